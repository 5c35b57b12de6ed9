"""Warnings that a reader gathers while it reads; they leave as the run_warning frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from pbis.core.frames import WARNING


@dataclass
class Notes:
    """Warnings in the order they were met; the same code and message is kept once."""

    found: dict[tuple[str, str], int | None] = field(default_factory=dict)

    def add(self, code: str, message: str, line: int | None = None) -> None:
        self.found.setdefault((code, message), line)

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
