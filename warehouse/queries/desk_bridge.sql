-- One row per specimen reading that may bridge two lots (view bridge_result).
select * from bridge_result
