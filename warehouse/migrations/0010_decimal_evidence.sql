-- Why a file was read with its decimal mark, as is already said of its dates.
alter table store.run add column "decimal_evidence" VARCHAR;
comment on column store.run."decimal_evidence" is 'why that decimal mark';
