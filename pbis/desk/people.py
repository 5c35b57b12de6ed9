"""Who sits at the desk, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pbis.pipeline.accounts import Role

__all__ = ["GRANTED", "Permission", "Person", "Role"]


class Permission(StrEnum):
    """What a route asks of the person who calls it."""

    OPEN = "open"  # asked of nobody: signing in, health, style sheets
    SEE = "see"  # pages, searches, exports
    MEND = "mend"  # tell a layout, a kit, a date order; correct a barcode; upload; retry
    DECIDE = "decide"  # exclude, keep, annotate, choose guide sets, put off, reverse; sign for a review or the responsibility
    APPROVE = "approve"  # accept, reject, order a repeat, take these back, sign for the approval
    ADMINISTER = "administer"  # accounts and sessions


_SEES = frozenset({Permission.OPEN, Permission.SEE})
_REVIEWS = _SEES | {Permission.MEND, Permission.DECIDE}
_APPROVES = _REVIEWS | {Permission.APPROVE}
GRANTED: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _SEES,
    Role.REVIEWER: _REVIEWS,
    Role.APPROVER: _APPROVES,
    Role.ADMIN: _APPROVES | {Permission.ADMINISTER},
}


@dataclass(frozen=True)
class Person:
    """Who is signed in. account: by which decisions are entered; name: as it is printed beside a signature."""

    account: str
    name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        return permission in GRANTED[self.role]
