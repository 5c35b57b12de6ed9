-- What waits for a person: open items as nights found them, notes of nights, decisions that put an item off, and work that was planned.
create table store.night_note (
    "night_id" VARCHAR not null,
    "position" BIGINT not null,
    "code" VARCHAR not null,
    "kind" VARCHAR,
    "name" VARCHAR,
    "sha256" VARCHAR,
    "message" VARCHAR,
    primary key ("night_id", "position")
);
comment on table store.night_note is 'one row per sentence that a night said of a file, a plate or itself';
comment on column store.night_note."night_id" is 'night that wrote the row';
comment on column store.night_note."position" is 'order within the night, from 1';
comment on column store.night_note."code" is 'note, or blocked_by_sheet: the plate could not be computed anew';
comment on column store.night_note."kind" is 'what the file was dropped as; null where the note is about no file';
comment on column store.night_note."name" is 'name of the file; null where the note is about no file';
comment on column store.night_note."sha256" is 'sha256 of its bytes, of a plate its run_id; null where it is not known';
comment on column store.night_note."message" is 'the sentence; in a release null where it is about no file of the laboratory';

create table store.open_check (
    "night_id" VARCHAR not null,
    "sequence" BIGINT not null,
    "item_count" BIGINT not null,
    "blocking_count" BIGINT not null,
    "basis" VARCHAR not null,
    primary key ("night_id")
);
comment on table store.open_check is 'one row per night that found other open items than the one before it';
comment on column store.open_check."night_id" is 'night that wrote the row';
comment on column store.open_check."sequence" is 'order of the checks, from 1';
comment on column store.open_check."item_count" is 'items that were open';
comment on column store.open_check."blocking_count" is 'of them, those that keep a result back';
comment on column store.open_check."basis" is 'sha256 over the items';

create table store.open_item_found (
    "night_id" VARCHAR not null,
    "position" BIGINT not null,
    "kind" VARCHAR not null,
    "object_kind" VARCHAR not null,
    "object_key" VARCHAR not null,
    "plate" VARCHAR,
    "run_id" VARCHAR,
    "subject_id" VARCHAR,
    "item_count" BIGINT not null,
    "since_night" VARCHAR not null,
    "blocks" VARCHAR,
    "what" VARCHAR not null,
    "remedy" VARCHAR not null,
    "command" VARCHAR,
    primary key ("night_id", "position")
);
comment on table store.open_item_found is 'one row per open item of a night that found other ones than the night before it';
comment on column store.open_item_found."night_id" is 'night that wrote the row';
comment on column store.open_item_found."position" is 'order within the night, from 1';
comment on column store.open_item_found."kind" is 'what is open, from the closed list of docs/open-items.md';
comment on column store.open_item_found."object_kind" is 'plate, file, specimen, subject, layout, decision or cutoff_set';
comment on column store.open_item_found."object_key" is 'what the object is called; with the kind it names the item';
comment on column store.open_item_found."plate" is 'plate that it is about; null where it is about none';
comment on column store.open_item_found."run_id" is 'run of that plate; null where none is loaded';
comment on column store.open_item_found."subject_id" is 'study id; null where it is about no single subject';
comment on column store.open_item_found."item_count" is 'how many wells, barcodes, rows or plates have this one cause';
comment on column store.open_item_found."since_night" is 'night that found it first without a break';
comment on column store.open_item_found."blocks" is 'what waits for it: results; null where nothing does';
comment on column store.open_item_found."what" is 'what is open, in a sentence';
comment on column store.open_item_found."remedy" is 'what a person does about it, in a sentence';
comment on column store.open_item_found."command" is 'command to type, where there is one; empty in a release';

create table store.expected_work (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "plate" VARCHAR,
    "specimen_id" VARCHAR,
    "subject_id" VARCHAR,
    "due_on" DATE,
    primary key ("import_id", "file_id", "source_line")
);
comment on table store.expected_work is 'one row per row of a worklist: a plate, a tube or a visit that was planned, and the day by which it is expected';
comment on column store.expected_work."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.expected_work."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.expected_work."source_line" is '1-based line of the file';
comment on column store.expected_work."plate" is 'plate that was planned, as its layout calls it; null where none is named';
comment on column store.expected_work."specimen_id" is 'barcode of the tube; null where none is named';
comment on column store.expected_work."subject_id" is 'study id whose visit is planned; null where none is named';
comment on column store.expected_work."due_on" is 'day by which it is expected';

comment on column store.decision."kind" is 'exclude, keep, release, tell, accept_fall, later, withdraw, erase or reverse';
comment on column store.decision."plate_content" is 'content hash of the plate''s readings, its run_id where it has none, sha256 of a file that is told about, a release, or a keyed hash of a subject who withdrew; zeros for an open item that is put off';
comment on column store.decision."plate" is 'plate name when it was decided; of an accepted fall the release; subject of a withdrawal; kind of an open item that is put off';
comment on column store.decision."told" is 'what a release, a telling, an accepted fall, a putting off or an erasure says, as JSON; null for the others';
comment on column store.clinical_file."kind" is 'layouts, lot_sheets, specimens, labs, treatments, outcomes or worklists';
