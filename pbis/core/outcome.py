"""Can the two endpoints of one patient both be so? Progression-free survival ends at progression or death, whichever is first."""

from __future__ import annotations

PFS_LONGER = "pfs_longer_than_os"
DEAD_NOT_PROGRESSED = "dead_but_not_progressed"

_ROUNDING = 2.0**-26  # as far as R takes two survival times for one: the same day divided in two ways


def contradiction(
    os_months: float | None, is_dead: bool | None, pfs_months: float | None, is_progressed: bool | None
) -> str | None:
    """The rule that the four break, or None; what is not known breaks nothing.

    pfs_longer_than_os: whoever is free of progression is alive, so the first cannot last longer than the second.
    dead_but_not_progressed: a death at the end of progression-free survival is its event, so the second cannot be no.
    """
    if os_months is None or pfs_months is None:
        return None
    gap, width = pfs_months - os_months, _ROUNDING * max(1.0, os_months)
    if gap > width:
        return PFS_LONGER
    if is_dead is True and is_progressed is False and gap >= -width:
        return DEAD_NOT_PROGRESSED
    return None


def contradiction_words(
    rule: str, os_months: float, is_dead: bool | None, pfs_months: float, progressed: bool | None
) -> str:
    """The broken rule with the four values, as every door says it."""
    values = (
        f"OS {os_months:g} months (dead {_said(is_dead)}), PFS {pfs_months:g} months (progressed {_said(progressed)})"
    )
    if rule == PFS_LONGER:
        return f"{values}: PFS is longer than OS; PFS is not taken"
    return f"{values}: dead at the time of PFS, but not progressed; PFS is not taken"


def _said(flag: bool | None) -> str:
    return "unknown" if flag is None else str(int(flag))
