"""What a person tells about a file that was refused: labels of wells, the order of its dates, its panel; it is read again then.

Such a file has no readings yet, so that a telling names its bytes, which stay as they are: what is told stands in the decision log, and
every night that reads the file asks it here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import TELL, Decision, Target
from pbis.core.errors import MalformedFile, UsageError
from pbis.core.frames import WARNING
from pbis.core.plates.doubtful import LABEL
from pbis.core.plates.plate import PlateRead
from pbis.pipeline.context import Bench, Night
from pbis.pipeline.deciding import Preview
from pbis.pipeline.opening import hash_of
from pbis.pipeline.quarantine import bring_back, quarantined
from pbis.pipeline.sealing import enter_decision
from pbis.pipeline.settings import site_panels

LEAST = 8  # characters of a hash that may stand for it, as for plates
_LABEL = re.compile(r"([A-Pa-p])0*([1-9]|1\d|2[0-4])=(\S.*)")
DATE_ORDERS = ("dmy", "mdy", "ymd")


@dataclass(frozen=True)
class FileTold:
    """labels: well -> what it holds, of the plate `plate_number` of the file; date_order: dmy, mdy or ymd; panel: name of the kit.

    panel is what the matching of kits is to ask before it looks at the site's panels.
    """

    labels: Mapping[tuple[int, str], str] = field(default_factory=dict)
    date_order: str | None = None
    panel: str | None = None


def told_of(decisions: Iterable[Decision]) -> FileTold:
    """What the standing decisions about a file tell of it."""
    labels: dict[tuple[int, str], str] = {}
    rest: dict[str, str] = {}
    for one in decisions:
        if one.kind == TELL:
            facts = one.facts
            labels |= {(one.target.plate_number, well): name for well, name in facts.pop("label", {}).items()}
            rest |= facts
    return FileTold(labels, rest.get("date_order"), rest.get("panel"))


def told_about(night: Bench, file_id: str) -> FileTold:
    """What people told about the file of these bytes."""
    return told_of(night.decisions.get(file_id, ()))


def with_labels(read: PlateRead, told: FileTold) -> PlateRead:
    """The plate with its wells called as told; they are no longer in doubt about it. MalformedFile for wells it does not have."""
    if not told.labels:
        return read
    keys = list(zip(*(read.reading.column(name).to_pylist() for name in ("plate_number", "well")), strict=True))
    absent = sorted(told.labels.keys() - set(keys))
    if absent:
        raise MalformedFile(
            f"a decision says what well {absent[0][1]} of plate {absent[0][0]} holds, which the export does not have",
            file=read.run.file_name,
            expected="wells of the export",
            found=absent[0][1],
            hint="reverse the decision: pbis decide reverse",
        )
    labels = read.reading.column("sample_label").to_pylist()
    called = [told.labels.get(key, label) for key, label in zip(keys, labels, strict=True)]
    at = read.reading.schema.get_field_index("sample_label")
    reading = read.reading.set_column(at, read.reading.schema.field(at), pa.array(called, pa.string()))
    left = [
        row["kind"] != LABEL or (row["plate_number"], row["well"]) not in told.labels for row in read.doubt.to_pylist()
    ]
    warning = _said(read, told)
    return replace(read, reading=reading, doubt=read.doubt.filter(pa.array(left, pa.bool_())), warning=warning)


def _said(read: PlateRead, told: FileTold) -> pa.Table:
    """The warnings with what was told in the place of what was in doubt."""
    wells = {well for _, well in told.labels}
    starts = tuple(f"well {well} is called " for well in wells)
    kept = [
        row
        for row in read.warning.to_pylist()
        if row["code"] != "label_differs" or not row["message"].startswith(starts)
    ]
    for (_, well), name in sorted(told.labels.items()):
        message = f"well {well} is called {name!r} by a decision"
        kept.append({"run_id": read.run.run_id, "code": "label_told", "message": message, "source_line": None})
    rows = [row | {"position": i} for i, row in enumerate(kept, 1)]
    return WARNING.table({name: [row[name] for row in rows] for name in WARNING.names})


def return_told(night: Night) -> tuple[Path, ...]:
    """Refused files about which something was told since are brought back to the inbox."""
    told = {file_id for file_id, own in night.decisions.items() if any(one.kind == TELL for one in own)}
    if not told:
        return ()
    due = told & warehouse.told_since_refused(night.con)
    site = night.site
    return bring_back(site.path("quarantine"), site.path("inbox"), frozenset(due))


def tell(
    root: Path,
    file: str,
    facts: Mapping[str, Any],
    clock: Callable[[], datetime],
    *,
    author: str,
    reason: str,
    plate_number: int = 1,
    is_dry_run: bool = False,
) -> Preview:
    """Enter what a person tells about a refused file. UsageError where no quarantined plate has the hash, or nothing is told."""
    if not facts:
        raise UsageError("say something about the file: --label WELL=NAME, --date-order ORDER or --panel NAME")
    site = load_site(root)
    _check_panel(site, facts.get("panel"))
    path, file_id = _quarantined(site.path("quarantine"), file)
    told = json.dumps(dict(facts), sort_keys=True, ensure_ascii=False)
    target = Target(file_id, path.name, plate_number)
    decision = Decision(0, clock(), author, TELL, target, "verified", reason, told=told)
    if not is_dry_run:
        decision = enter_decision(site, decision)
    return Preview(decision, 0, 0, ())


def _check_panel(site: Site, name: str | None) -> None:
    """A name that no kit of the site has would refuse the file again, and nothing else could be told of it."""
    names = [panel.name for panel in site_panels(site)] if name is not None else []
    if name is not None and name not in names:
        known = ", ".join(names) or "none"
        raise UsageError(f"--panel {name}: expected one of the site's panels ([assay] panels of site.toml): {known}")


def _quarantined(quarantine: Path, file: str) -> tuple[Path, str]:
    found: dict[str, Path] = {}
    for path in quarantined(quarantine, "plates"):
        with path.open("rb") as opened:
            found.setdefault(hash_of(opened), path)
    named = [key for key in found if len(file) >= LEAST and key.startswith(file.casefold())]
    if len(named) != 1:
        many = "several refused plates have" if named else "no refused plate has"
        known = ", ".join(f"{key[:12]} ({path.name})" for key, path in sorted(found.items())) or "none"
        raise UsageError(f"{many} the hash {file!r}; in quarantine are {known}")
    return found[named[0]], named[0]


def labels_of(texts: Sequence[str]) -> dict[str, str]:
    """'H4=P105' -> well and name. UsageError where a text says neither."""
    found: dict[str, str] = {}
    for text in texts:
        match = _LABEL.fullmatch(text.strip())
        if match is None or not text.isprintable():
            raise UsageError(f"--label: expected WELL=NAME, for example H4=P105, found {text!r}")
        well = f"{match.group(1).upper()}{int(match.group(2))}"
        if well in found:
            raise UsageError(f"--label: well {well} is named twice")
        found[well] = match.group(3)
    return found
