-- One row: what a plate ($run, $number) was computed from beside its file and what people decided: its layout, its lot sheet, the checks, the configuration, the program.
select concat_ws(' ', coalesce(layout_file_id, ''), coalesce(lot_sheet_file_id, ''), suite_hash, config_hash, code_version) as basis
from plate
where run_id = $run and plate_number = $number
