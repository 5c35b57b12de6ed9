-- One row per treated subject with an anchor draw x assay measure: all plates that hold the draw, combined by policy.
-- Rule 5: plates that fail QC drop out; quantified plates agree up to the CV limit and give their geometric mean, else
-- duplicate_conflict; plates all below (above) range give the weakest bound of a dilution, and of several dilutions the one that says
-- most; a quantified plate beside a censored one counts if it lies within the other's bound, else duplicate_conflict.
-- Cytokines of serum and of plasma differ, so tubes of two materials are no repeats of each other: those of the material in which the
-- score was found answer where there are any, else none does (assay_mismatch; ADR 37). A tube of unknown material goes with any. A draw that only a held plate could answer waits for its
-- decision; so does, where the site scores accepted plates alone, one that only a plate could answer which nobody has accepted. Never by which value looks better. All rows stay.
create or replace view draw_result as
with
setting as (select repeat_cv_pct, only_accepted, materials from score_setting),
tube as (
    select subject_id, unnest(specimen_ids) as specimen_id
    from anchor_draw
),
drawn as (select subject_id, specimen_id, material from eligible_draw),
anchor as (
    select tube.subject_id, tube.specimen_id, drawn.material
    from tube
    left join drawn on drawn.subject_id = tube.subject_id and drawn.specimen_id = tube.specimen_id
),
wanted as (from analyte_for_score),
scoring as (select assay_id from scoring_assay),
held as (select run_id as held_run_id, plate_number as held_plate_number from held_plate),
accepted as (select run_id as accepted_run_id, plate_number as accepted_plate_number from accepted_plate),
-- A plate whose repeat has come answers no more: it is not waited for.
reviewed as (
    select run_id as reviewed_run_id, plate_number as reviewed_plate_number, state as review_state, answered_by_run_id
    from store.plate_review
    qualify row_number() over (partition by run_id, plate_number order by sequence desc) = 1
),
sent as (
    select
        anchor.subject_id, anchor.material, lower(trim(anchor.material)) as word,
        -- "Serum gel" and "serum, SST" are serum: a tube for it is no other material.
        if(contains(word, 'serum') and not contains(word, 'plasma'), 'serum', word) as material_key, wanted.measure, held.held_run_id is not null as is_held,
        setting.only_accepted and accepted.accepted_run_id is null as is_silent,
        is_silent and reviewed.answered_by_run_id is null as is_waiting,
        replace(coalesce(reviewed.review_state, 'pending'), '_', ' ') as review_state,
        specimen_result.* replace (
            if(is_silent, null, specimen_result.value_op) as value_op,
            specimen_result.is_contradictory and not is_silent as is_contradictory
        )
    from anchor
    cross join wanted
    cross join setting
    join specimen_result on specimen_result.specimen_id = anchor.specimen_id and specimen_result.analyte = wanted.analyte
    semi join scoring on scoring.assay_id = specimen_result.assay_id
    left join held
        on held.held_run_id = specimen_result.run_id and held.held_plate_number = specimen_result.plate_number
    left join accepted
        on accepted.accepted_run_id = specimen_result.run_id and accepted.accepted_plate_number = specimen_result.plate_number
    left join reviewed
        on reviewed.reviewed_run_id = specimen_result.run_id and reviewed.reviewed_plate_number = specimen_result.plate_number
),
told as (
    select
        sent.*,
        count(distinct material_key) filter (value_op is not null) over same as material_count,
        coalesce(bool_or(list_contains(setting.materials, material_key)) filter (value_op is not null) over same, false) as is_found_in_one,
        coalesce(list_contains(setting.materials, material_key), true) as is_of_found
    from sent
    cross join setting
    window same as (partition by subject_id, measure)
),
sorted as (
    select
        * exclude (word, material_key, is_found_in_one, is_of_found),
        material_count > 1 and is_found_in_one and not is_of_found as is_left_out,
        material_count > 1 and not is_found_in_one as is_of_several
    from told
),
candidate as (
    select * replace (if(is_left_out, null, value_op) as value_op, is_contradictory and not is_left_out as is_contradictory)
    from sorted
),
-- Of each dilution the weakest bound, which all its plates prove; of several dilutions the one that says most.
bounded as (
    select
        subject_id, measure, value_op, dilution_factor,
        case value_op when '<' then max(value) when '>' then min(value) end as bound,
        -- Behind a bound nobody compares plates: an interval that holds all of theirs, however far apart they lie.
        case when count(ci_low) = count(*) then min(ci_low) end as bound_ci_low,
        case when count(ci_high) = count(*) then max(ci_high) end as bound_ci_high
    from candidate
    where value_op in ('<', '>')
    group by subject_id, measure, value_op, dilution_factor
),
bound as (
    from bounded
    qualify row_number() over (
        partition by subject_id, measure, value_op order by if(value_op = '<', bound, -bound), dilution_factor
    ) = 1
),
combined as (
    select
        subject_id, measure, analyte,
        count(*) as plate_count,
        count(value_op) as used_plate_count,
        count(*) filter (value_op = '=') as quantified_count,
        count(*) filter (value_op = '<') as below_count,
        count(*) filter (value_op = '>') as above_count,
        min(value) filter (value_op = '=') as lowest,
        max(value) filter (value_op = '=') as highest,
        -- Of a value of 0 the geometric mean is 0; ln inside case, for an aggregate takes it of every row, before its filter.
        case when min(value) filter (value_op = '=') = 0 then 0
            else exp(avg(case when value > 0 then ln(value) end order by value) filter (value_op = '=')) end as geometric_mean,
        100 * stddev_samp(value order by value) filter (value_op = '=')
            / avg(value order by value) filter (value_op = '=') as cv_pct,
        min(value) filter (value_op = '<') as tightest_below,
        max(value) filter (value_op = '>') as tightest_above,
        case when min(ci_low) filter (value_op = '=') = 0 then 0
            else exp(avg(case when ci_low > 0 then ln(ci_low) end order by ci_low) filter (value_op = '=')) end as ci_low,
        case when min(ci_high) filter (value_op = '=') = 0 then 0
            else exp(avg(case when ci_high > 0 then ln(ci_high) end order by ci_high) filter (value_op = '=')) end as ci_high,
        min(unit) filter (value_op is not null) as unit,
        count(distinct unit) filter (value_op is not null) as unit_count,
        sum(reading_count)::bigint as reading_count,
        (sum(used_count) filter (value_op is not null))::bigint as used_count,
        sum(excluded_count)::bigint as excluded_count,
        coalesce(sum(other_dilution_count) filter (value_op is not null), 0)::bigint as other_dilution_count,
        sum(held_count) as held_count,
        nullif(array_to_string(list_sort(list_distinct(flatten(list(string_split(excluded_because, '; '))))), '; '), '') as excluded_because,
        bool_or(is_contradictory) as is_contradictory,
        string_agg(distinct plate, ', ' order by plate) filter (is_contradictory) as contradictory_plates,
        string_agg(distinct plate, ', ' order by plate) filter (is_held) as held_plates,
        string_agg(distinct format('{} ({})', plate, review_state), ', ' order by format('{} ({})', plate, review_state))
            filter (is_waiting) as waiting_plates,
        max(dilution_difference_pct) filter (is_not_parallel) as dilution_difference_pct,
        string_agg(distinct plate, ', ' order by plate) as plates,
        bool_or(is_of_several) as is_of_several,
        list(distinct material order by material) filter (value_op is not null and material is not null) as materials,
        list(distinct material order by material) filter (is_left_out and material is not null) as left_out_materials,
        min(specimen_id order by specimen_id) as specimen_id,
        string_agg(
            assay_id || ':' || plate_number || ':' || wells || ':' || analyte, ';' order by assay_id, plate_number, wells
        ) filter (value_op is not null) as source_key
    from candidate
    group by subject_id, measure, analyte
),
judged as (
    select
        combined.*,
        case
            when used_plate_count = 0 and is_contradictory then 'duplicate_conflict'
            when used_plate_count = 0 and (held_plates is not null or held_count > 0 or waiting_plates is not null) then 'awaiting_decision'
            when used_plate_count = 0 then 'failed_qc'
            when is_of_several then 'assay_mismatch'
            when unit_count > 1 then 'unit_ambiguous'
            when below_count > 0 and above_count > 0 then 'duplicate_conflict'
            when quantified_count > 1 and cv_pct > repeat_cv_pct then 'duplicate_conflict'
            when quantified_count > 0 and below_count > 0 and highest >= tightest_below then 'duplicate_conflict'
            when quantified_count > 0 and above_count > 0 and lowest <= tightest_above then 'duplicate_conflict'
        end as reason
    from combined
    cross join setting
)
select
    judged.subject_id, judged.measure, analyte, specimen_id, plates,
    case
        when reason is not null then null
        when quantified_count > 0 then '='
        when below_count > 0 then '<'
        else '>'
    end as value_op,
    case
        when reason is not null then null
        when quantified_count > 0 and lowest = highest then lowest
        when quantified_count > 0 then geometric_mean
        else bound.bound
    end as value,
    unit,
    case when reason is not null then null when quantified_count > 0 then ci_low else bound_ci_low end as ci_low,
    case when reason is not null then null when quantified_count > 0 then ci_high else bound_ci_high end as ci_high,
    reason, plate_count, used_plate_count, reading_count, used_count, excluded_count, excluded_because, cv_pct, lowest,
    highest, dilution_difference_pct, source_key, held_plates, waiting_plates, materials, left_out_materials, contradictory_plates, other_dilution_count
from judged
left join bound
    on bound.subject_id = judged.subject_id and bound.measure = judged.measure
    and bound.value_op = if(below_count > 0, '<', '>');

comment on view draw_result is 'one row per treated subject with an anchor draw x assay measure: its plates combined by policy';
comment on column draw_result.measure is 'il12 or il2';
comment on column draw_result.specimen_id is 'specimen barcode, the first where the draw has several';
comment on column draw_result.plates is 'plates that hold the draw, joined by '', ''';
comment on column draw_result.value_op is '=, < or >; null where there is a reason';
comment on column draw_result.value is 'value or bound in unit';
comment on column draw_result.ci_low is 'lower end of the 95 % interval: of quantified plates the mean on the log scale, behind a bound the lowest of all plates';
comment on column draw_result.ci_high is 'upper end; behind a bound the highest of all plates';
comment on column draw_result.reason is 'why there is no value, from the closed list; null where there is one';
comment on column draw_result.plate_count is 'plates x tubes that hold the draw';
comment on column draw_result.used_plate_count is 'of these, with a value or bound';
comment on column draw_result.used_count is 'wells behind the value';
comment on column draw_result.reading_count is 'wells over all plates and dilutions';
comment on column draw_result.other_dilution_count is 'of these, with a value or bound at a dilution that does not count';
comment on column draw_result.excluded_count is 'of these, not used because of QC';
comment on column draw_result.held_plates is 'plates of these that are held until a person decides, joined by '', ''; null without any';
comment on column draw_result.cv_pct is 'CV of the quantified plates, percent; null for a single one';
comment on column draw_result.lowest is 'lowest quantified plate';
comment on column draw_result.highest is 'highest quantified plate';
comment on column draw_result.dilution_difference_pct is 'difference of in-range dilutions where it is beyond the limit, percent';
comment on column draw_result.source_key is 'assay_id:plate_number:wells:analyte, several joined by ;';
comment on column draw_result.materials is 'materials of the tubes behind the value, as written';
comment on column draw_result.left_out_materials is 'materials of tubes of the draw that do not count beside one in which the score was found, as written';
comment on column draw_result.contradictory_plates is 'plates of these on which the draw''s own wells contradict each other about the range, joined by '', ''; they answer nothing; null without any';
comment on column draw_result.waiting_plates is 'plates that no person has accepted as they are now, each with the state of its review, where the site scores accepted plates alone; null otherwise';
