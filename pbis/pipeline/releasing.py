"""Entering the release of a held well: a person says which specimen it holds, by which factor it is diluted, or both.

What waits is looked up in the newest release, as a person sees it; the next night computes with the decision.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pbis.core.decision import LONGEST
from pbis.core.errors import UsageError
from pbis.core.plates.dilution import LARGEST_FACTOR
from pbis.core.verdicts.doubted import DOUBTS, LABEL_DIFFERS
from pbis.pipeline.deciding import Preview, Request, decide, target_of
from pbis.pipeline.published import run_query

_HELD = """
    select distinct plate_number, well, reasons from result_all
    where run_id = '{}' and qc_state = 'held' and contains(reasons, 'held') order by all
"""
_BY_SPECIMEN = (LABEL_DIFFERS.rule, DOUBTS["label"].rule, DOUBTS["cell"].rule, DOUBTS["net"].rule)
_BY_DILUTION = (DOUBTS["dilution"].rule,)
CAUSE = "verified"


@dataclass(frozen=True)
class HeldWell:
    """A well that waits, and the rules that hold it."""

    plate_number: int
    well: str
    rules: frozenset[str]

    @property
    def waits_for(self) -> str:
        """The options that release it."""
        asked = [("--specimen BARCODE", _BY_SPECIMEN), ("--dilution FACTOR", _BY_DILUTION)]
        return " and ".join(option for option, rules in asked if self.rules & set(rules)) or "a layout"

    @property
    def wants_specimen(self) -> bool:
        return bool(self.rules & set(_BY_SPECIMEN))

    @property
    def wants_dilution(self) -> bool:
        return bool(self.rules & set(_BY_DILUTION))


def release_well(
    root: Path,
    request: Request,
    clock: Callable[[], datetime],
    *,
    specimen: str | None,
    dilution: float | None,
    is_dry_run: bool = False,
) -> Preview:
    """Enter the release of one well. UsageError where the well is not held, with those that are, or where it waits for other words."""
    facts = _facts(specimen, dilution)
    run_id, target = target_of(root, request)
    held = held_wells(root, run_id)
    own = next((one for one in held if (one.plate_number, one.well) == (target.plate_number, target.well)), None)
    if own is None:
        raise UsageError(f"well {request.well} of {request.plate} is not held; {_listed(held)}")
    for name, rules in (("specimen", _BY_SPECIMEN), ("dilution", _BY_DILUTION)):
        if name in facts and not own.rules & set(rules):
            raise UsageError(
                f"well {request.well} of {request.plate} does not wait for its {name}: give {own.waits_for}"
            )
    told = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    return decide(root, replace(request, told=told), clock, is_dry_run=is_dry_run)


def _facts(specimen: str | None, dilution: float | None) -> dict[str, object]:
    if specimen is None and dilution is None:
        raise UsageError("say what the well holds: --specimen BARCODE, --dilution FACTOR, or both")
    if specimen is not None and not (specimen.strip() == specimen != "" and specimen.isprintable()):
        raise UsageError(f"--specimen: expected a barcode, found {specimen!r}")
    if specimen is not None and len(specimen) > LONGEST:
        raise UsageError(f"--specimen: a barcode has at most {LONGEST} characters")
    if dilution is not None and not 0 < dilution <= LARGEST_FACTOR:  # NaN is neither
        raise UsageError(f"--dilution: expected a factor above 0 and at most {LARGEST_FACTOR:g}, found {dilution:g}")
    facts: dict[str, object] = {} if specimen is None else {"specimen": specimen}
    return facts if dilution is None else facts | {"dilution": dilution}


def held_wells(root: Path, run_id: str) -> list[HeldWell]:
    """The wells of a run that wait, and for what."""
    rules: dict[tuple[int, str], set[str]] = {}
    for row in run_query(root, _HELD.format(run_id)).to_pylist():
        rules.setdefault((row["plate_number"], row["well"]), set()).update(row["reasons"].split("; "))
    return [HeldWell(number, well, frozenset(found)) for (number, well), found in rules.items()]


def _listed(held: Sequence[HeldWell]) -> str:
    if not held:
        return "no well of the plate is"
    return "held are " + ", ".join(f"{one.well} (waits for {one.waits_for})" for one in held)
