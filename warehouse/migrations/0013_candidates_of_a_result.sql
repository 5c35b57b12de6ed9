-- A laboratory result whose record number is in conflict names the subjects that it may mean, so that they can say why they have none.
alter table store.clinical_lab add column "candidates" VARCHAR;
comment on column store.clinical_lab."candidates" is 'study ids that the record number may mean, joined by ;, where it is a conflict';
