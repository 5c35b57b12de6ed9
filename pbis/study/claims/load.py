"""Reading a list of claims. Numbers that were printed stay text, because their digits say how far they were rounded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pbis.core.errors import ConfigError

_Counted = Literal["two_by_two", "shares", "hazard_ratio", "value", "same", "capacity", "named_test", "unit"]
_Implied = Literal["number", "sum", "part", "below", "correlation", "range", "fold", "events", "overlap"]
Kind = _Counted | _Implied
Printed = Annotated[str, msgspec.Meta(pattern=r"^\d*\.?\d+$")]
Count = tuple[int, int]


class FromData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which number of a study the claim can be compared with: like with like, an adjusted effect with an adjusted one."""

    population: str
    outcome: Literal["os", "pfs", "response"]
    score: str = "PBIS, 0 to 4"
    model: Literal["crude", "adjusted"] = "crude"


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One statement. Which fields it needs depends on its kind; first, second: (with, of) counts.

    place: section, table or figure; printed: the figures as they are printed there; derived: a statement of ours about them.
    """

    id: str
    says: str
    kind: Kind
    place: str = ""
    printed: tuple[str, ...] = ()
    derived: bool = False
    first: Count | None = None
    second: Count | None = None
    p: Printed | None = None
    hr: Printed | None = None
    low: Printed | None = None
    high: Printed | None = None
    values: tuple[Printed, ...] = ()
    printed_pct: tuple[Printed, ...] = ()
    pairs: int | None = None
    groups: Count | None = None
    pooled: Count | None = None
    named: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    cut_pg_ml: float | None = None
    highest_normal_pg_ml: float | None = None
    before: Printed | None = None
    after: Printed | None = None
    p_below: Printed | None = None
    r: Printed | None = None
    patients: int | None = None
    parts: tuple[int, ...] = ()
    total: int | None = None
    part: int | None = None
    whole: int | None = None
    against: tuple[Printed, ...] = ()
    reference: str | None = None
    data: FromData | None = None


class ClaimList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A paper's claims."""

    title: str
    citation: str
    author: str
    reviewed_on: str
    claim: tuple[Claim, ...]


_NEEDS = {
    "two_by_two": ("first", "second", "p"),
    "shares": ("first", "second", "p"),
    "hazard_ratio": ("hr", "low", "high"),
    "value": ("hr",),
    "same": ("values",),
    "capacity": ("pairs", "groups"),
    "named_test": ("named", "claims"),
    "unit": ("cut_pg_ml", "highest_normal_pg_ml", "before", "after"),
    "number": ("printed",),
    "sum": ("parts", "total"),
    "part": ("part", "whole"),
    "below": ("p_below", "values"),
    "correlation": ("r", "patients", "p_below"),
    "range": ("values", "low", "high"),
    "fold": ("values", "against", "low", "high"),
    "events": ("low", "high", "groups"),
    "overlap": ("reference", "claims"),
}


def load_claims(path: Path | None = None) -> ClaimList:
    """The claims of a file, or those of the score's own paper. Raises ConfigError in one line."""
    chosen = path or Path(__file__).parent / "pbis-2025.toml"
    try:
        made = msgspec.toml.decode(chosen.read_bytes(), type=ClaimList)
    except FileNotFoundError:
        raise ConfigError(f"{chosen}: there is no such file") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{chosen}: {error}") from None
    for claim in made.claim:
        lacking = [name for name in _NEEDS[claim.kind] if not getattr(claim, name)]
        if lacking:
            raise ConfigError(f"{chosen}: claim {claim.id} of kind {claim.kind}: expected {', '.join(lacking)}")
        known = {other.id for other in made.claim}
        unknown = [name for name in (*claim.claims, *filter(None, [claim.reference])) if name not in known]
        if unknown:
            raise ConfigError(f"{chosen}: claim {claim.id}: there is no claim {unknown[0]}")
    return made
