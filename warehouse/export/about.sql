-- One row: the release, the night that made it, and when that night began (UTC).
select release.release, night.night_id, night.started_at, night.code_version
from release
join night using (night_id)
