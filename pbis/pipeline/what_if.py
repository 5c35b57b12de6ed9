"""What if a cut-off were another? The published inputs, scored again; nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.config import load_site
from pbis.core.errors import UsageError
from pbis.core.frames import SCORE_INPUT
from pbis.core.scoring.components import BelowAtCut
from pbis.core.scoring.cutoffs import RATIO, CutoffSet, what_if
from pbis.core.scoring.score import score
from pbis.pipeline.published import run_query
from pbis.scores import load_sets

GROUPS = ("high", "low", "indeterminate", "not_scored")
_READ = ("subject_id", "cohort", "group", "score_min", "score_max")


@dataclass(frozen=True)
class Standing:
    """Where a subject stands under one set: group, certain and possible points."""

    group: str
    score_min: int
    score_max: int

    def __str__(self) -> str:
        points = f"{self.score_min}" if self.score_min == self.score_max else f"{self.score_min} to {self.score_max}"
        return f"{self.group.replace('_', ' ')} ({points})"


@dataclass(frozen=True)
class Move:
    """A subject whose group or points are not the same under the changed cut-offs."""

    subject_id: str
    cohort: str | None
    now: Standing
    then: Standing

    @property
    def changes_group(self) -> bool:
        return self.now.group != self.then.group


@dataclass(frozen=True)
class WhatIf:
    """now, then: group -> subjects. moves: sorted by study id, those that change their group first."""

    cutoff_set: str
    changes: tuple[str, ...]
    now: Mapping[str, int]
    then: Mapping[str, int]
    moves: tuple[Move, ...]


def what_if_published(root: Path, changes: Sequence[str], set_name: str | None = None) -> WhatIf:
    """Score the site's newest release again with changed cut-offs, such as ['IL2=5pg/mL', 'NLR=4'].

    set_name: the set that is changed; the site's own where None. UsageError where nothing is published or the set is
    unknown, ConfigError where a change makes no sense.
    """
    base = _base(root, set_name)
    changed = base
    for change in changes:
        changed = what_if(changed, change)
    columns = ", ".join(SCORE_INPUT.names)
    table = run_query(root, f"select {columns} from score_input order by subject_id, measure")
    return compare(table.cast(SCORE_INPUT.schema), base, changed, load_site(root).file.score.below_at_cut)


def compare(inputs: pa.Table, base: CutoffSet, changed: CutoffSet, below_at_cut: BelowAtCut = "zero") -> WhatIf:
    """The subjects of frames.SCORE_INPUT under both sets; below_at_cut as the site has it."""
    now, then = (score(inputs, [each], each.name, below_at_cut=below_at_cut).score for each in (base, changed))
    moves = [move for move in _pairs(now, then) if move.now != move.then]
    moves.sort(key=lambda move: (not move.changes_group, move.subject_id))
    return WhatIf(base.name, _changes(base, changed), _counts(now), _counts(then), tuple(moves))


def as_lines(found: WhatIf) -> list[str]:
    """The answer for people: cut-offs, groups before and after, who moves."""
    changed = sum(move.changes_group for move in found.moves)
    lines = [f"What if {'; '.join(found.changes) or 'nothing changed'}, everything else as in {found.cutoff_set}:", ""]
    lines += [f"  {'group':<14}{'now':>6}{'then':>6}"]
    lines += [f"  {name.replace('_', ' '):<14}{found.now[name]:>6}{found.then[name]:>6}" for name in GROUPS]
    lines += ["", f"{changed} of {sum(found.now.values())} patients change their group"]
    lines += [_line(move) for move in found.moves if move.changes_group]
    others = [move for move in found.moves if not move.changes_group]
    lines += [f"{len(others)} more change points only"] if others else []
    return [*lines, *[_line(move) for move in others]]


def as_json(found: WhatIf) -> dict[str, Any]:
    """The same for programs."""
    return {**asdict(found), "moves": [{**asdict(move), "changes_group": move.changes_group} for move in found.moves]}


def _base(root: Path, set_name: str | None) -> CutoffSet:
    name, sets = set_name or load_site(root).file.score.cutoff_set, load_sets()
    if name not in sets:
        raise UsageError(f"no cut-off set {name!r}; expected one of {', '.join(sets)}")
    return sets[name]


def _changes(base: CutoffSet, changed: CutoffSet) -> tuple[str, ...]:
    """`il2 >= 5 pg/mL instead of 3.2 pg/mL` for each cut-off that differs."""
    pairs = zip(base.cutoffs, changed.cutoffs, strict=True)
    return tuple(
        f"{new.component} {new.comparator} {_amount(new.value, new.unit)} instead of {_amount(old.value, old.unit)}"
        for old, new in pairs
        if (old.value, old.unit) != (new.value, new.unit)
    )


def _amount(value: str, unit: str) -> str:
    return value if unit == RATIO else f"{value} {unit}"


def _pairs(now: pa.Table, then: pa.Table) -> Iterable[Move]:
    for before, after in zip(_rows(now), _rows(then), strict=True):
        yield Move(before["subject_id"], before["cohort"], _standing(before), _standing(after))


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.select(list(_READ)).to_pylist()
    return found


def _standing(row: Mapping[str, Any]) -> Standing:
    return Standing(row["group"], row["score_min"], row["score_max"])


def _counts(table: pa.Table) -> dict[str, int]:
    counted = Counter(pc.cast(table["group"], pa.string()).to_pylist())
    return {name: counted[name] for name in GROUPS}


def _line(move: Move) -> str:
    return f"  {move.subject_id}  {move.cohort or 'no cohort'}  {move.now} -> {move.then}"
