"""Nights that did not come to their end, and what they stored, refused or published that no morning's page has shown."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.append import Connection


def unfinished_nights(con: Connection, but: str) -> list[str]:
    """Earlier nights that never came to their end."""
    rows = con.execute(
        "select night_id from store.night anti join store.night_end using (night_id) where night_id <> $1 order by sequence",
        [but],
    ).fetchall()
    return [row[0] for row in rows]


# Nights that were interrupted after the last one that came to its end: no index has shown what they did.
LEFT_BEHIND = """
with ended as (
    select coalesce(max(night.sequence), 0) as sequence
    from store.night join store.night_end using (night_id) where night_end.state <> 'interrupted'
),
left_behind as (
    select night_id from store.night join store.night_end using (night_id)
    where night_end.state = 'interrupted' and night.sequence > (select sequence from ended)
)
"""


def nights_left_behind(con: Connection) -> list[str]:
    """Names of nights that were killed after the last one that came to its end, oldest name first."""
    return [row[0] for row in con.execute(f"{LEFT_BEHIND} select night_id from left_behind order by all").fetchall()]


def release_last_seen(con: Connection, newest: str) -> str:
    """The release that people were led to when a night last came to its end: `newest`, or the one before those of nights left behind."""
    left, before = set(nights_left_behind(con)), newest
    while before in left:
        row = con.execute("select release_before from store.release_made where release = $1", [before]).fetchone()
        if row is None or row[0] is None:
            return newest
        before = row[0]
    return before


def runs_left_behind(con: Connection) -> set[str]:
    """Runs that such nights computed."""
    rows = con.execute(f"{LEFT_BEHIND} select run_id from store.assay join left_behind using (night_id)").fetchall()
    return {row[0] for row in rows}


def said_left_behind(con: Connection, codes: Sequence[str], rules: Sequence[str]) -> list[str]:
    """What such nights had to say of the plates that they loaded: warnings of these codes and findings of these rules, each behind the
    name of the plate's file, in the order of the files."""
    if not runs_left_behind(con):
        return []
    rows = con.execute(_SAID, {"codes": list(codes), "rules": list(rules)}).fetchall()
    return [f"{name}: {message}" for name, message, *_ in rows]


_SAID = f"""
{LEFT_BEHIND},
loaded as (select assay.run_id, assay.assay_id, run.file_name from store.assay join left_behind using (night_id) join store.run using (run_id)),
said as (
    select loaded.file_name, 1 as place, warning.position, warning.message
    from store.assay_warning as warning join loaded using (assay_id) where list_contains($codes, warning.code)
    union all
    select loaded.file_name, 2 as place, 0 as position, finding.message
    from finding_standing as finding join loaded using (assay_id) where list_contains($rules, finding.rule)
)
select distinct file_name, message, place, position from said order by file_name, place, position, message
"""


def imports_left_behind(con: Connection) -> set[str]:
    """Clinical files (file_id) that such nights stored."""
    rows = con.execute(
        f"{LEFT_BEHIND} select file_id from store.clinical_import join left_behind using (night_id)"
    ).fetchall()
    return {row[0] for row in rows}


def refusals_of(con: Connection, night_id: str) -> list[tuple[str, str, str | None]]:
    """Kind, name and sha256 (None where the bytes were not read) of every file that the night refused, whole or in part."""
    query = "select kind, name, sha256 from store.refusal where night_id = $1 order by all"
    return con.execute(query, [night_id]).fetchall()
