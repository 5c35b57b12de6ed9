-- What a laboratory file says in words that nobody mapped, and how much of it was refused alone: nothing that came is unexplained.
create table store.lab_unmapped (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "kind" VARCHAR not null,
    "sent" VARCHAR not null,
    "analytes" VARCHAR,
    "row_count" BIGINT not null,
    "why" VARCHAR,
    primary key ("import_id", "file_id", "kind", "sent")
);
comment on table store.lab_unmapped is 'one row per code, unit or status word of a laboratory file that its map does not know';
comment on column store.lab_unmapped."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.lab_unmapped."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.lab_unmapped."kind" is 'code, unit or status';
comment on column store.lab_unmapped."sent" is 'the word as sent, its beginning; its kind and hash in a release; empty where none was sent';
comment on column store.lab_unmapped."analytes" is 'what a unit was sent for, joined by '', ''; null for codes and status words';
comment on column store.lab_unmapped."row_count" is 'rows of the file that have it';
comment on column store.lab_unmapped."why" is 'why it is not understood, in one sentence; null in a release, since it quotes';

alter table store.clinical_import add column "refused_count" BIGINT;
comment on column store.clinical_import."refused_count" is 'rows, lines or messages refused alone, beside its rows; null before it was kept';
