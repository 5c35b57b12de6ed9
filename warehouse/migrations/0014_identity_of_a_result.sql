-- A FHIR Observation is one result whatever time or status its versions bear, so that a newer one, or a deletion, finds the older.
alter table store.clinical_lab add column "fhir_id" VARCHAR;
alter table store.clinical_lab add column "version" VARCHAR;
alter table store.clinical_lab add column "updated_at" TIMESTAMP;
comment on column store.clinical_lab."fhir_id" is 'id of the FHIR Observation: one id is one result; null where the format has none';
comment on column store.clinical_lab."version" is 'version of the FHIR Observation (meta.versionId), as sent';
comment on column store.clinical_lab."updated_at" is 'last change of the FHIR Observation (meta.lastUpdated), site wall time';
