"""The guard on collapse: what a night would publish is held against the newest release before anything is published.

Plates, subjects and certain scores of that release that are none any more need a cause that is on record: a withdrawal of
consent, a decision, a retraction, a held well or plate, a newer export, a trend alarm, an identity that is in doubt or was settled, other settings, another
program, or newer input about that very patient. Each is counted once, under all that may be its cause. What no cause explains stops the night, unless a
person has accepted a fall of that size from that release. Where nothing has changed, the scores must be those that are published.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

import warehouse
from pbis.config import Site
from pbis.core.decision import ACCEPT_FALL, Decision, Target, standing
from pbis.core.errors import IntegrityError, UsageError
from pbis.pipeline.context import AcceptedFall, Night
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.differing import difference
from pbis.pipeline.open_pages import open_words, opened_score
from pbis.pipeline.sealing import enter_decision

CERTAIN = ("high", "low")
_PLATES, _SCORES = "parquet/plate.parquet", "parquet/score.parquet"
_OR = " or "
_SHOWN = 3  # names in a sentence; the others are one query away
# In this order. The last three are about everything, or about the patient at large, and are told where nothing else may be the cause.
CAUSES = (
    "withdrawals", "decisions", "retractions", "held wells", "held plates", "supersessions", "trend alarms", "identity conflicts",
    "changed configuration", "changed code version", "newer input",
)  # fmt: skip
_AT_LARGE = CAUSES[-3:]
_OF_SUBJECTS = ("withdrawals", "identity conflicts", "changed configuration", "changed code version")


@dataclass(frozen=True)
class Fall:
    """Things of one kind that a release shows and the night does not. causes: how many each explains, or one of several (`decisions or retractions`); unexplained: names of the rest."""

    what: str
    release: str
    before: int
    after: int
    causes: Mapping[str, int]
    unexplained: tuple[str, ...]

    @property
    def lost(self) -> int:
        return sum(self.causes.values()) + len(self.unexplained)

    @property
    def sentence(self) -> str:
        """What, before, after, explained by cause, unexplained."""
        explained = ", ".join(f"{count} by {cause}" for cause, count in self.causes.items()) or "none"
        names = ", ".join(self.unexplained[:_SHOWN]) + (", ..." if len(self.unexplained) > _SHOWN else "")
        rest = f"{len(self.unexplained)} ({names})" if self.unexplained else "none"
        return (
            f"{self.what}: {self.before} in release {self.release}, {self.after} tonight, {self.lost} of the release are none any more; "
            f"explained: {explained}; unexplained: {rest}"
        )


def enter_accepted(site: Site, asked: AcceptedFall, clock: Callable[[], datetime]) -> None:
    """A decision that a fall from the newest release may pass; none where one that stands allows as much. UsageError where there
    is no release."""
    release = newest_release(site)
    if release is None:
        raise UsageError(f"{site.root}: nothing is published yet, so that nothing can fall; leave out --accept-fall")
    own = [one for one in standing(log_of(site)) if one.target.plate_content == release.name]
    if accepted(own) < asked.at_most:
        told = json.dumps({"at_most": asked.at_most})
        target = Target(release.name, release.name)
        enter_decision(
            site, Decision(0, clock(), asked.author, ACCEPT_FALL, target, "verified", asked.reason, told=told)
        )


def accepted(decisions: Iterable[Decision]) -> int:
    """The largest fall that standing decisions let pass."""
    return max((int(one.facts["at_most"]) for one in decisions if one.kind == ACCEPT_FALL), default=0)


def newest_release(site: Site) -> Path | None:
    """The folder that people are led to; None where nothing is published."""
    link = site.path("releases") / warehouse.CURRENT
    folder = link.parent / link.readlink() if link.is_symlink() else None
    is_one = folder is not None and any((folder / name).is_file() for name in (warehouse.MANIFEST, _SCORES))
    return folder if is_one else None


def require_as_published(night: Night, score: pa.Table) -> None:
    """IntegrityError where tonight's scores are others than the published ones, which rest on the same."""
    release = newest_release(night.site)
    if release is not None:
        _require_its_files(release)
    fault = published_difference(night, score)
    if fault:
        raise IntegrityError(
            f"scores: nothing that they are derived from has changed since the release, but they are others: expected {fault[0]}, "
            f"found {fault[1]}; nothing was published; run pbis verify --site {night.site.root}"
        )


def published_difference(night: Night, score: pa.Table) -> tuple[str, str] | None:
    """Expected and found, in words, where the newest release shows other scores than these; None where it shows them, in its closed
    words or as they are."""
    release = newest_release(night.site)
    if release is None or not (release / _SCORES).is_file():  # a file that is gone is the manifest's to tell
        return None
    shown = warehouse.shown_by(release).score
    own = [
        name for name in shown.column_names if name != "treatment_started_on"
    ]  # a release moves the dates of patients
    differs = difference("score", shown.select(own), score)
    return differs and difference("score", shown.select(own), opened_score(score, open_words(night)))


def falls_of_killed(night: Night, score: pa.Table) -> tuple[str, ...]:
    """Notes on falls from the release that people saw last, where nights that were killed at their end published others since: they let
    them pass, and no morning's page has told of them."""
    newest = newest_release(night.site)
    if newest is None:
        return ()
    release = newest.with_name(warehouse.release_last_seen(night.con, newest.name))
    if release == newest:
        return ()
    if not (release / _SCORES).is_file() or _other_than_published(release):
        said = f"release {release.name}, which people saw last, is not there as it was published"
        return (
            f"{said}: what fell from it in the night that was killed is not told; run pbis verify --site {night.site.root}",
        )
    return _notes(falls_from(night, release, score))


def require_no_fall(night: Night, score: pa.Table) -> tuple[str, ...]:
    """A note for each fall that is explained or accepted; IntegrityError with a sentence for each that is not."""
    release = newest_release(night.site)
    if release is None:
        return _nothing_to_compare(night.site)
    _require_its_files(release)
    falls = falls_from(night, release, score)
    asked = night.options.accept_fall
    most = max(accepted(night.decisions.get(release.name, ())), asked.at_most if asked else 0)
    stopping = [] if night.options.replayed else [fall for fall in falls if len(fall.unexplained) > most]
    if stopping:
        raise IntegrityError(
            f"nothing was published: {'. '.join(fall.sentence for fall in stopping)}. Find out what was lost "
            f"(pbis verify; docs/reliability.md); where it is meant to go: pbis night --site {night.site.root} "
            f'--accept-fall {max(len(fall.unexplained) for fall in stopping)} --reason "WHY" --author "YOUR NAME"'
        )
    return _notes(falls)


def _notes(falls: Iterable[Fall]) -> tuple[str, ...]:
    return tuple(fall.sentence + (", accepted" if fall.unexplained else "") for fall in falls)


def _nothing_to_compare(site: Site) -> tuple[str, ...]:
    """A note where a release was published and is gone; none before the first one."""
    link = site.path("releases") / warehouse.CURRENT
    if not os.path.lexists(link):
        return ()
    led = link.readlink().name if link.is_symlink() else "no release"
    said = (
        f"releases/{warehouse.CURRENT} leads to {led}, which is not there: the guard had nothing to compare tonight's plates, subjects "
        f"and scores with; put the release back from a backup, or look with pbis verify --site {site.root}"
    )
    return (said,)


def _require_its_files(release: Path) -> None:
    """What is compared with must be what was published."""
    for name, expected, found in _other_than_published(release):
        raise IntegrityError(
            f"release {release.name}, {name}: expected sha256 {expected[:12]}, found {found[:12]}; nothing was "
            f"published; put the release back from a backup (docs/reliability.md)"
        )


def _other_than_published(release: Path) -> list[tuple[str, str, str]]:
    """Name, expected and found sha256 of files that are compared and are not what was published. Releases of earlier builds have no
    manifest."""
    manifest = release / warehouse.MANIFEST
    if not manifest.is_file():
        return []
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    found = {name: _sha256(release / name) for name in (_PLATES, _SCORES)}
    return [(name, str(files.get(name)), sha256) for name, sha256 in found.items() if sha256 != files.get(name)]


def _sha256(path: Path) -> str:
    return warehouse.sha256_of(path) if path.is_file() else "no file"


def falls_from(night: Night, release: Path, score: pa.Table) -> tuple[Fall, ...]:
    """What the release shows and tonight's plates and scores do not, kind by kind."""
    shown, plates = warehouse.shown_by(release), warehouse.standing_plates(night.con)
    was, now = _groups(shown.score), _groups(score)
    unsettled = _unsettled(shown.score)
    lost_plates = sorted(shown.plates - plates)
    lost = sorted(was.keys() - now.keys())
    certain = {name for name, group in now.items() if group in CERTAIN}
    unsure = sorted({name for name, group in was.items() if group in CERTAIN} - certain)
    if not (lost_plates or lost or unsure):
        return ()
    everywhere = _everywhere(night, release.name)
    causes = {name: own | everywhere for name, own in warehouse.fall_causes(night.con, release.name).items()}
    newer = warehouse.superseded_plates(night.con, release.name)

    def of_plate(key: tuple[str, int]) -> frozenset[str]:
        return (frozenset({"supersessions"}) if key[0] in newer else frozenset()) | everywhere

    def of_subject(name: str) -> frozenset[str]:
        settled = frozenset({"identity conflicts"}) if name in unsettled else frozenset()
        withdrawn = frozenset({"withdrawals"}) if night.withdrawn.who(name) else frozenset()
        return (causes.get(name, everywhere) | settled | withdrawn) & frozenset(_OF_SUBJECTS)

    def of_score(name: str) -> frozenset[str]:
        return causes.get(name, everywhere) if name in now else of_subject(name)

    before = sum(group in CERTAIN for group in was.values())
    named = [f"{run_id[:12]}/{number}" for run_id, number in lost_plates]
    told = (
        _fall("plates", release.name, (len(shown.plates), len(plates)), named, [of_plate(key) for key in lost_plates]),
        _fall("subjects", release.name, (len(was), len(now)), lost, [of_subject(name) for name in lost]),
        _fall("scored patients", release.name, (before, len(certain)), unsure, [of_score(name) for name in unsure]),
    )
    return tuple(fall for fall in told if fall.lost)


def _fall(
    what: str, release: str, counts: tuple[int, int], names: Sequence[str], causes: Sequence[Collection[str]]
) -> Fall:
    told = [_cause(own) for own in causes]
    counted = Counter(sorted((cause for cause in told if cause), key=lambda cause: CAUSES.index(cause.split(_OR)[0])))
    left = tuple(name for name, cause in zip(names, told, strict=True) if not cause)
    return Fall(what, release, *counts, dict(counted), left)


def _cause(own: Collection[str]) -> str:
    """All that may have been it, of what is about the thing itself; else the first of what is about everything; '' for none."""
    itself = [cause for cause in CAUSES if cause in own and cause not in _AT_LARGE]
    return _OR.join(itself) or next((cause for cause in _AT_LARGE if cause in own), "")


def _everywhere(night: Night, release: str) -> frozenset[str]:
    changed = warehouse.changed_since(night.con, release, night.night_id)
    said = (("changed configuration", changed.configuration), ("changed code version", changed.code))
    return frozenset(cause for cause, is_so in said if is_so)


def _groups(score: pa.Table) -> dict[str, str]:
    """Subject -> group under the set that the site reports."""
    mine = score.filter(score.column("is_site_set"))
    return dict(zip(mine.column("subject_id").to_pylist(), mine.column("group").to_pylist(), strict=True))


def _unsettled(score: pa.Table) -> frozenset[str]:
    """Subjects of whom it was not known whether a record number means them: nothing is lost where it turns out that none does."""
    rows = zip(score.column("subject_id").to_pylist(), score.column("reasons").to_pylist(), strict=True)
    return frozenset(name for name, reasons in rows if "identity_conflict" in str(reasons))
