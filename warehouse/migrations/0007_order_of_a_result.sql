-- What versions of one laboratory result share, so that a correction of its collection time finds it in another file.
alter table store.clinical_lab add column "order_id" VARCHAR;
comment on column store.clinical_lab."order_id" is 'what versions of one result share beside subject and code: filler order number, else the placer''s, with the sub-identifier; FHIR identifier, else id; null where the sender gives none';
