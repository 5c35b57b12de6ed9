-- Whose record number a laboratory result was sent under, so that sites can be compared.
alter table store.clinical_lab add column "site" VARCHAR;
comment on column store.clinical_lab."site" is 'site of the patient''s record number, by the linkage table; null where it names none or several';
