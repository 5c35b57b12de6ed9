-- The gain of the reporter, which a panel may ask for.
alter table store.run add column "reporter_gain" VARCHAR;
comment on column store.run."reporter_gain" is 'gain of the reporter channel, as the export names it';
