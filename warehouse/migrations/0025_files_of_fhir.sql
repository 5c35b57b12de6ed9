-- What a FHIR file is to others: an export comes as files that refer to each other, and again every week with a few new lines.
create table store.fhir_file (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "reference_count" BIGINT not null,
    "outside_count" BIGINT not null,
    "unresolved_count" BIGINT not null,
    "known_count" BIGINT not null,
    "references_hash" VARCHAR,
    "line_hashes" VARCHAR not null,
    primary key ("import_id", "file_id")
);
comment on table store.fhir_file is 'one row per FHIR file, with what it is to others';
comment on column store.fhir_file."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.fhir_file."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.fhir_file."reference_count" is 'patients and specimens that it holds and that results refer to';
comment on column store.fhir_file."outside_count" is 'references of its results to what it does not hold itself';
comment on column store.fhir_file."unresolved_count" is 'those of them that no file held when it was read';
comment on column store.fhir_file."known_count" is 'lines that stood already by an earlier file and are no rows of this one';
comment on column store.fhir_file."references_hash" is 'sha256 over what the references outside mean; null where there are none';
comment on column store.fhir_file."line_hashes" is 'hashes of its new lines in hex, 32 digits each; not in a release';
