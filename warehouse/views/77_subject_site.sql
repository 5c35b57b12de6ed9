-- One row per subject of the latest night whose laboratory results came from a site that the linkage table names.
create or replace view subject_site as
with
input as (select distinct subject_id from score_input),
imported as (select import_id from current_import),
lab as (
    select distinct subject_id, site
    from store.clinical_lab
    join imported using (import_id)
    where site is not null
)
select lab.subject_id, string_agg(lab.site, ' and ' order by lab.site) as site
from lab
join input using (subject_id)
group by lab.subject_id;

comment on view subject_site is 'one row per subject of the latest night whose laboratory results came from a site that the linkage table names';
comment on column subject_site.site is 'site of the record number, several joined by and';
