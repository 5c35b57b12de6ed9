"""Warnings that a reader gathers while it reads; they leave as the run_warning frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from pbis.core.frames import WARNING
from pbis.files.date_order import DateOrder


@dataclass
class Notes:
    """Warnings in the order they were met; the same code and message is kept once."""

    found: dict[tuple[str, str], int | None] = field(default_factory=dict)

    def add(self, code: str, message: str, line: int | None = None) -> None:
        self.found.setdefault((code, message), line)

    def add_order(self, order: DateOrder) -> None:
        """Say that dates of the file are unknown, where nothing settles their order."""
        if order.undecided is not None:
            cell = order.undecided
            message = (
                f"{cell.text!r} reads as day/month and as month/day and nothing in the file decides: dates like it are unknown; "
                "date_order in [inbox] of site.toml settles it"
            )
            self.add("date_unknown", message, cell.line)

    def table(self, run_id: str) -> pa.Table:
        return WARNING.table(
            {
                "run_id": [run_id] * len(self.found),
                "position": list(range(1, len(self.found) + 1)),
                "code": [code for code, _ in self.found],
                "message": [message for _, message in self.found],
                "source_line": list(self.found.values()),
            }
        )
