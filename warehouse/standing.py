"""Which of a run's assays stands for it: the one that was selected last."""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.append import Connection, append_rows, next_sequence


def select_assay(con: Connection, run_id: str, assay_id: str, night_id: str) -> bool:
    """Let a stored assay stand for its run; False where it already does. For a configuration that was put back."""
    return bool(select_assays(con, {run_id: assay_id}, night_id))


def select_assays(con: Connection, assays: Mapping[str, str], night_id: str) -> frozenset[str]:
    """Let stored assays stand for their runs (assay_id by run_id); the runs for which another stood before, or none."""
    current = dict(
        con.execute(
            "select run_id, arg_max(assay_id, sequence) from store.assay_selection "
            "where run_id in (select unnest($1::varchar[])) group by run_id",
            [list(assays)],
        ).fetchall()
    )
    chosen = [(run_id, assay_id) for run_id, assay_id in assays.items() if current.get(run_id) != assay_id]
    first = next_sequence(con, "assay_selection") if chosen else 0
    rows = [
        {"sequence": first + number, "run_id": run_id, "assay_id": assay_id, "night_id": night_id}
        for number, (run_id, assay_id) in enumerate(chosen)
    ]
    append_rows(con, "assay_selection", rows)
    return frozenset(run_id for run_id, _ in chosen)
