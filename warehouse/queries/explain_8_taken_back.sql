-- Laboratory results of the score that were taken back or replaced, by which row, and what a score was that had used them.
select
    replaced_lab.analyte, replaced_lab.how, replaced_lab.file_name, replaced_lab.source_line, replaced_lab.value_op,
    replaced_lab.value_text, replaced_lab.unit, replaced_lab.by_file_name, replaced_lab.by_source_line, replaced_lab.by_status,
    changed.was_night_id, changed.was_group, changed.was_score_min, changed.was_score_max, changed."group",
    changed.score_min, changed.score_max
from replaced_lab
left join score_taken_back as changed
    on changed.subject_id = replaced_lab.subject_id and changed.measure = replaced_lab.analyte
    and changed.source_key = replaced_lab.file_id || ':' || replaced_lab.source_line
where
    replaced_lab.subject_id = $subject and replaced_lab.file_id is not null
    and replaced_lab.analyte in ('neutrophils', 'lymphocytes', 'crp', 'afp')
order by replaced_lab.analyte, replaced_lab.file_name, replaced_lab.source_line;
