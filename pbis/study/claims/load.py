"""Reading a list of claims. Numbers that were printed stay text, because their digits say how far they were rounded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pbis.core.errors import ConfigError

Kind = Literal["two_by_two", "shares", "hazard_ratio", "value", "same", "capacity", "named_test", "unit"]
Printed = Annotated[str, msgspec.Meta(pattern=r"^\d*\.?\d+$")]
Count = tuple[int, int]


class FromData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which number of a study the claim can be compared with."""

    population: str
    outcome: Literal["os", "pfs", "response"]
    score: str = "PBIS, 0 to 4"


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One statement. Which fields it needs depends on its kind; first, second: (with, of) counts."""

    id: str
    says: str
    kind: Kind
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
}


def load_claims(path: Path | None = None) -> ClaimList:
    """The claims of a file, or those of the score's own paper. Raises ConfigError in one line."""
    chosen = path or Path(__file__).parent / "pbis-2025.toml"
    try:
        made = msgspec.toml.decode(chosen.read_bytes(), type=ClaimList)
    except FileNotFoundError:
        raise ConfigError(f"{chosen}: there is no such file") from None
    except msgspec.DecodeError as error:
        raise ConfigError(f"{chosen}: {error}") from None
    for claim in made.claim:
        lacking = [name for name in _NEEDS[claim.kind] if not getattr(claim, name)]
        if lacking:
            raise ConfigError(f"{chosen}: claim {claim.id} of kind {claim.kind}: expected {', '.join(lacking)}")
    return made
