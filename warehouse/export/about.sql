-- One row: the release, the night that made it, and when that night began (UTC).
select release.release, night.night_id, night.started_at, night.code_version
from release
join night on night.night_id = coalesce(release.night_id, release.release) -- where there are no scores yet: the night it is called by
