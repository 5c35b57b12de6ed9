"""A suite: the effective checks of a profile, the numbers that core needs of them, and the hashes of what they decide and say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import fields as fields_of
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.entries import PROFILES, TREND_TABLES, Entry, all_entries, guide_set, overridden, read_checked
from pbis.core.errors import ConfigError
from pbis.core.measures.qc import MeasureSettings, TrendSettings
from pbis.core.tolerances import Tolerances
from pbis.core.trends.baseline import GuideSet

if TYPE_CHECKING:
    pass

# A suite's hash of an earlier build -> the hash of the same rules now: assays that were computed by them stand. None today: every
# earlier build lacks rules that today's plates are judged by.
FORMER: dict[str, str] = {}
# Raised where a measure that plates are judged by is computed otherwise, so that plates of the archive are judged anew. 2: a well beyond the range
# stands among its replicates, and a dilution beyond it among the others (pbis/core/measures/beyond.py).
MEASURED = 2


@dataclass(frozen=True)
class Suite:
    """The effective checks of a profile, where each parameter of a measure stands, and the guide sets that the lab gave."""

    profile: str
    entries: tuple[Entry, ...]
    guide_sets: tuple[GuideSet, ...] = ()

    @cached_property
    def hash(self) -> str:
        """sha256 over what decides about a plate by itself: equal hashes compute and judge equally, however they say it.

        Trend rules are not in it: a changed one must not compute plates anew.
        """
        entries = [{name: row[name] for name in _DECIDES} for row in _plain(self._of_plates)]
        numbers = [
            asdict(tolerances(self)),
            asdict(measure_settings(self)),
        ]  # also those of an entry that the lab disabled
        return _sha256([self.profile, entries, numbers, MEASURED])

    @property
    def hashes(self) -> tuple[str, ...]:
        """Names under which assays by these rules may be stored: today's, then those of earlier builds that decide alike."""
        return (self.hash, *(former for former, now in FORMER.items() if now == self.hash))

    @cached_property
    def wording_hash(self) -> str:
        """sha256 over how it is said: sentences, actions, sources and who changed what; no result hangs on it."""
        return _sha256([{name: row[name] for name in row if name not in _DECIDES} for row in _plain(self._of_plates)])

    @property
    def _of_plates(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.table not in TREND_TABLES]

    @cached_property
    def trend_hash(self) -> str:
        """sha256 over the trend rules and the guide sets."""
        rules = _plain([entry for entry in self.entries if entry.table in TREND_TABLES])
        return _sha256([self.profile, rules, [vars(guide) for guide in self.guide_sets]])

    def of(self, table: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.table == table)

    def entry(self, entry_id: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.id == entry_id), None)


def load_suite(profile: str, override: Path | None = None) -> Suite:
    """The checks of a profile, with a lab's overrides where a file is given. ConfigError names file and line."""
    if profile not in PROFILES:
        raise ConfigError(f"no such QC profile: {profile}; expected {' or '.join(PROFILES)}")
    entries = all_entries()
    guide_sets: tuple[GuideSet, ...] = ()
    if override is not None:
        located = read_checked(override, "override.schema.json")
        entries, guide_sets = overridden(entries, located), tuple(map(guide_set, located.value.get("guide_sets", ())))
    chosen = tuple(entry for entry in entries if profile in entry.profiles)
    told = _measured((*all_entries(), *chosen))
    return Suite(profile, tuple(replace(entry, told=told) for entry in chosen), guide_sets)


def trend_settings(suite: Suite) -> TrendSettings:
    """The numbers that trends need."""
    named = _parameters(suite, TrendSettings)
    out, near = (_always(suite, name).kwargs for name in ("westgard_1_3s.fail", "westgard_1_2s.warn"))
    guide, least, shown = (int(named.pop(name)) for name in ("guide_plates", "least_plates", "cv_plates"))
    is_log = bool(named.pop("log_controls"))
    return TrendSettings(
        limit_low_sds=float(out["min_value"]),
        limit_high_sds=float(out["max_value"]),
        warn_low_sds=float(near["min_value"]),
        warn_high_sds=float(near["max_value"]),
        guide_plates=guide,
        least_plates=least,
        cv_plates=shown,
        log_controls=is_log,
        **{name: float(value) for name, value in named.items()},
    )


def _parameters(suite: Suite, wanted: type[Any]) -> dict[str, float]:
    """Parameters of measures that are fields of `wanted`, by name, those of a disabled entry as the project has them."""
    known = {field.name for field in fields_of(wanted)}
    return {name: value for name, value in _measured((*all_entries(), *suite.entries)).items() if name in known}


def _measured(entries: Sequence[Entry]) -> dict[str, float]:
    """Parameters of measures by name; of two entries that carry one the later counts."""
    return {name: value for entry in entries for name, value in entry.measure.items()}


def measure_settings(suite: Suite) -> MeasureSettings:
    """The numbers that measures need, from the entries that carry them; an entry that a lab disabled asks for nothing."""
    named = _parameters(suite, MeasureSettings)
    beads = suite.entry("bead_count.fail")
    return MeasureSettings(
        low_beads=float(beads.kwargs["min_value"]) if beads else 0.0,
        **{name: float(value) for name, value in named.items()},
    )


def tolerances(suite: Suite) -> Tolerances:
    """What levels and curves must keep to. Limits of recovery, of CV, of detection, of flat and of hooked curves are needed
    whether or not the lab wants to be told of them; what a profile does not ask of a curve, or a lab disabled, is not asked."""
    inner, ends = (_always(suite, f"standard_recovery.{name}").kwargs for name in ("inner", "ends"))
    warn, fail, count, share = (suite.entry(f"curve_acceptance.{name}") for name in ("warn", "fail", "count", "share"))
    ec50_low, ec50_high = (suite.entry(f"curve_fit.{name}") for name in ("ec50_low", "ec50_high"))
    return Tolerances(
        recovery_low_pct=float(inner["min_value"]),
        recovery_high_pct=float(inner["max_value"]),
        recovery_end_low_pct=float(ends["min_value"]),
        recovery_end_high_pct=float(ends["max_value"]),
        run_warn=_least(warn),
        run_fail=_least(fail),
        least_passing=_least(count),
        least_passing_pct=_least(share),
        flat_ratio=float(_always(suite, "curve_fit.flat").kwargs["min_value"]),
        ec50_low_ratio=_least(ec50_low),
        ec50_high_ratio=None if ec50_high is None else float(ec50_high.kwargs["max_value"]),
        **{name: float(value) for name, value in _parameters(suite, Tolerances).items()},
    )


def nlr_limits(suite: Suite) -> tuple[float, float]:
    """Percent by which two ways to the NLR of one specimen may differ without a word, and without a conflict; a lab that does
    not want to be told keeps the project's limits, because a contradiction still is one."""
    differs, contradicts = (_always(suite, f"lab_count_percent.{name}").kwargs for name in ("warn", "fail"))
    return float(differs["max_value"]), float(contradicts["max_value"])


def _least(entry: Entry | None) -> float | None:
    return None if entry is None else float(entry.kwargs["min_value"])


def _always(suite: Suite, entry_id: str) -> Entry:
    """The suite's entry, or the project's own where the lab disabled it: its numbers are needed all the same."""
    return suite.entry(entry_id) or next(entry for entry in all_entries() if entry.id == entry_id)


# Of an entry, what a result or a verdict hangs on; false_alarm_rate gives the number expected that a plate's sentence prints.
_DECIDES = (
    "table",
    "id",
    "rule",
    "type",
    "kwargs",
    "severity",
    "unit",
    "effect",
    "measure",
    "unjudged",
    "false_alarm_rate",
)


def _plain(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries in order of id, as JSON can write them."""
    rows = [{name: value for name, value in vars(entry).items() if name != "told"} for entry in entries]
    rows.sort(key=lambda row: row["id"])
    return [row | {"change": None if row["change"] is None else dict(vars(row["change"]))} for row in rows]


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
