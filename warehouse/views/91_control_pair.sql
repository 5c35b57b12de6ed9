-- One row per standing plate x assay measure of the score with two controls: both, and what of their errors the curve gives both.
create or replace view control_pair as
with
history as (from qc_history),
wanted as (from analyte_for_score),
reading as (from store.result),
place as (from store.plate_place),
curve_part as (
    select
        assay_id, plate_number, analyte,
        avg(ci_shared * power(ln(ci_high / ci_low), 2) order by ci_shared * power(ln(ci_high / ci_low), 2)) as shared_width_squared
    from reading
    where analyte in (select analyte from analyte_for_score) and well_role = 'qc_control' and ci_low > 0
    group by all
),
pair as (
    select
        history.assay_id, history.run_id, history.plate_number, wanted.measure, history.analyte, history.lot,
        history.instrument, history.method, history.started_at,
        bool_and(history.is_accepted) as is_accepted,
        max(history.value) filter (history.metric = 'qc1') as qc1,
        max(history.value) filter (history.metric = 'qc2') as qc2
    from history
    join wanted on wanted.analyte = history.analyte
    where history.metric in ('qc1', 'qc2')
    group by all
)
select pair.*, curve_part.shared_width_squared, place.variance as place_variance, place.error as place_error
from pair
left join curve_part
    on curve_part.assay_id = pair.assay_id and curve_part.plate_number = pair.plate_number
    and curve_part.analyte = pair.analyte
left join place on place.assay_id = pair.assay_id and place.plate_number = pair.plate_number
where pair.qc1 is not null and pair.qc2 is not null;

comment on view control_pair is 'one row per standing plate x assay measure of the score with two controls: what plates of a lot differ by is found from them';
comment on column control_pair.measure is 'il12 or il2';
comment on column control_pair.qc1 is 'mean concentration of the control with the lowest nominal, unit of the curve';
comment on column control_pair.qc2 is 'mean concentration of the control with the highest nominal';
comment on column control_pair.shared_width_squared is 'squared width of a control well''s 95 % interval in ln, the part that the curve gives, mean over the wells; null where none has an interval';
comment on column control_pair.place_variance is 'variance of ln MFI that the place on the plate adds to its samples, as they lean; null where the plate was computed before it was kept, or has few samples';
comment on column control_pair.place_error is 'SD of it by chance where nothing leans';
