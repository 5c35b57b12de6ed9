"""A fault that verifying a site found: which thing, what it should be, what it is, and since when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class SiteFault:
    """kind: archive, warehouse, decisions, ledger, release, page, delivery or lake; night: the first night that differs, '' where none is known."""

    kind: str
    object: str
    expected: str
    found: str
    night: str = ""

    @property
    def sentence(self) -> str:
        """The fault as one line."""
        since = f"; first night that differs: {self.night}" if self.night else ""
        return " ".join(f"{self.kind}: {self.object}: expected {self.expected}; found {self.found}{since}".split())
