"""What plates, patients and files lack, counted by kind (queries/missing.sql)."""

from __future__ import annotations

from typing import Any

from warehouse.append import Connection
from warehouse.explain import QUERIES


def missing_rows(con: Connection) -> list[dict[str, Any]]:
    """area, item_count, part_count, first_at and last_at (UTC or null), a row an area, as the latest night that looked found it."""
    text = (QUERIES / "missing.sql").read_text("utf-8")
    return list(con.execute(text).to_arrow_table().to_pylist())
