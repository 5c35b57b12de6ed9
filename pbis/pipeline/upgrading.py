"""What would change where this program, another configuration, kit, method or other limits went live on a site: before they do.

The next night is walked on a copy of the warehouse, one change after another, so that each row which would stand otherwise is told with what
makes it so: first this program on what is there, then decisions that no night has seen, then what is named, the one on top of the other. The
site may be of an earlier build; it is read and never written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

import expectations
import warehouse
from pbis.config import Site, site_with
from pbis.core.decision import Decision
from pbis.core.errors import UsageError
from pbis.core.words import plural
from pbis.panels import load_panel
from pbis.pipeline.context import Settings
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.effect import Effect
from pbis.pipeline.settings import load_settings
from pbis.pipeline.supposing import beside, copied, settle, suppose
from pbis.version import __version__

VIEWS, CODE, CONFIGURATION, DECISIONS = "views", "code", "configuration", "decisions"
METHOD, LIMITS, KIT, FILES = "method", "limits", "kit", "kit, limits, layouts or lot sheets"


@dataclass(frozen=True)
class Planned:
    """What is to go live. config: a site.toml; kits: panels, each in the place of the site's of its name; suite: an override of limits; method: of
    curves. None of them: this program on the site as it is."""

    config: Path | None = None
    kits: tuple[Path, ...] = ()
    suite: Path | None = None
    method: str = ""


@dataclass(frozen=True)
class UpgradeStep:
    """One change and what it alone would do. cause: views, code, configuration, decisions, method, limits or kit; sentence: which change it is."""

    cause: str
    sentence: str
    effect: Effect


@dataclass(frozen=True)
class Upgrade:
    """steps: in the order in which they were taken, those that do nothing among them; whole: what all of them do together."""

    steps: tuple[UpgradeStep, ...]
    whole: Effect
    notes: tuple[str, ...]

    @property
    def changes_something(self) -> bool:
        """Whether anything would stand otherwise, by whichever change."""
        return not (self.whole.is_empty and all(step.effect.is_empty for step in self.steps))


@dataclass(frozen=True)
class _Way:
    """A site under settings with decisions, and what is said of the change to it."""

    cause: str
    sentence: str
    site: Site
    settings: Settings
    events: tuple[Decision, ...]


def preview_upgrade(site: Site, planned: Planned, clock: Callable[[], datetime]) -> Upgrade:
    """What would stand otherwise after the next night of this program under what is planned. ConfigError where a file of it says something
    impossible, UsageError where no night was here yet or a kit is none of the site's, SiteBusy while a night is at work."""
    with copied(site) as was:
        events = log_of(site)  # read later than the copy was taken, so that it holds all that the copy has seen
        ways = _planned(site, planned, events)
        steps, notes = _of_views(site, was)
        first = now = was
        for number, way in enumerate((*_as_it_is(site, was, events), *ways)):
            after = beside(now, f"after_{number}.duckdb")
            told = suppose(_alone(way.site, was.parent), way.settings, after, way.events, clock)
            steps.append(UpgradeStep(way.cause, way.sentence, Effect(**warehouse.effects(now, after))))
            notes += [note for note in told if note not in notes]
            now = after
        whole = Effect(**warehouse.effects(first, now))
    return Upgrade(tuple(steps), whole, tuple(notes))


def _of_views(site: Site, file: Path) -> tuple[list[UpgradeStep], list[str]]:
    """What this program shows otherwise of the very rows that are stored; the copy is of today's form afterwards."""
    old = beside(file, "as_it_was.duckdb")
    if not settle(site, file):
        return [], []
    found = warehouse.effects_of_views(old, file)
    if found is None:
        return [], [
            "the site is of a build whose views cannot be asked today's questions; what it shows is taken as this program shows it"
        ]
    sentence = "this program shows what is stored by other views"
    return [UpgradeStep(VIEWS, sentence, Effect(**found))], []


def _as_it_is(site: Site, file: Path, events: tuple[Decision, ...]) -> Iterator[_Way]:
    """This program on what is there, then what was decided since the latest night."""
    settings = load_settings(site)
    seen = events[: _seen(file)]
    config_hash, code_version = warehouse.latest_way(file)
    causes = [CODE] if code_version != __version__ else []
    causes += [CONFIGURATION] if config_hash != site.config_hash else []
    sentence = f"this program ({__version__}; the latest night ran with {code_version or 'none'}) on the site as it is"
    yield _Way(" and ".join(causes) or FILES, sentence, site, settings, seen)
    if len(seen) < len(events):
        count = plural(len(events) - len(seen), "decision")
        yield _Way(DECISIONS, f"{count} of the log that no night has computed with", site, settings, events)


def _seen(file: Path) -> int:
    with warehouse.opened(file) as con:
        return int(warehouse.decision_head(con)["sequence"])


def _planned(site: Site, planned: Planned, events: tuple[Decision, ...]) -> list[_Way]:
    """The ways under what is planned, each on top of the one before it."""
    ways = []
    if planned.config is not None:
        other = site_with(site, planned.config)
        site = _with_method(site, other.file.assay.method)
        ways.append(_Way(METHOD, f"[assay] method of {planned.config}", site, load_settings(site), events))
        site = other
        ways.append(_Way(CONFIGURATION, f"the rest of {planned.config}", site, load_settings(site), events))
    if planned.method:
        site = _with_method(site, planned.method)
        ways.append(_Way(METHOD, f"[assay] method = {planned.method}", site, load_settings(site), events))
    settings = load_settings(site)
    if planned.suite is not None:
        suite = expectations.load_suite(site.file.assay.profile, planned.suite)
        settings = replace(settings, suite=suite, tolerances=expectations.tolerances(suite))
        ways.append(_Way(LIMITS, f"limits of {planned.suite}", site, settings, events))
    for path in planned.kits:
        settings = _with_kit(settings, path)
        ways.append(_Way(KIT, f"the kit of {path}", site, settings, events))
    return ways


def _with_method(site: Site, method: str) -> Site:
    assay = msgspec.structs.replace(site.file.assay, method=method)
    return msgspec.structs.replace(site, file=msgspec.structs.replace(site.file, assay=assay))


def _with_kit(settings: Settings, path: Path) -> Settings:
    kit = load_panel(path)
    known = [panel.name for panel in settings.panels]
    if kit.name not in known:
        raise UsageError(
            f"{path}: its panel is {kit.name!r}, which is none of the site's ({', '.join(known) or 'none'}); one more kit is planned with --config"
        )
    return replace(settings, panels=tuple(kit if panel.name == kit.name else panel for panel in settings.panels))


def _alone(site: Site, folder: Path) -> Site:
    """The site without its releases: scores are computed whatever they were published from, and nothing that falls stops a preview."""
    paths = msgspec.structs.replace(site.file.paths, releases=str(folder / "no_releases"))
    return msgspec.structs.replace(site, file=msgspec.structs.replace(site.file, paths=paths))
