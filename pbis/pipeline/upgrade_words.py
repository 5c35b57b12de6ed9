"""The preview of an upgrade in words, for programs, and as a page."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any

from pbis.config import Site
from pbis.core.site_time import shown
from pbis.core.words import plural
from pbis.pipeline.effect import Effect, as_json
from pbis.pipeline.effect_words import NOTHING, counted, effect_lines, moved_patients, points_at, to_words
from pbis.pipeline.upgrading import Upgrade
from pbis.report.preview import EffectTable, PreviewReport, PreviewStep, preview_page
from pbis.version import __version__

_NAMED = 40  # patients whose group would be another that stand at the head of the page: a screen; own choice
_MOST = 200  # rows of a kind and step on the page: what a person reads, and a page of 41 analytes is not 10 MB; --json has all


def upgrade_words(upgrade: Upgrade) -> list[str]:
    """Lines for people: what all of it would change, then each change with what it alone does."""
    lines = [counted(upgrade.whole)]
    for step in upgrade.steps:
        lines += ["", f"{step.cause}: {step.sentence}", *(f"  {line}" for line in to_words(step.effect))]
    return [*lines, *(["", *(f"note: {note}" for note in upgrade.notes)] if upgrade.notes else [])]


def upgrade_json(upgrade: Upgrade) -> dict[str, Any]:
    """The same for programs: every row, before and after, of each step and of the whole."""
    steps = [{"cause": step.cause, "sentence": step.sentence, "effect": as_json(step.effect)} for step in upgrade.steps]
    return {
        "nothing_would_change": not upgrade.changes_something,
        "steps": steps,
        "whole": as_json(upgrade.whole),
        "notes": list(upgrade.notes),
    }


def upgrade_page(site: Site, upgrade: Upgrade, at: datetime) -> str:
    """The same as a page that works by itself, of the look of the night's pages."""
    steps = tuple(
        PreviewStep(each.cause, each.sentence, counted(each.effect), _tables(each.effect)) for each in upgrade.steps
    )
    moved = moved_patients(upgrade.whole)
    return preview_page(
        PreviewReport(
            site=site.file.site.name,
            made=shown(at, site.time_zone),
            program=__version__,
            said=counted(upgrade.whole) if upgrade.changes_something else NOTHING,
            steps=steps,
            moved=tuple(
                (row["subject_id"], points_at(row, "before"), points_at(row, "after")) for row in moved[:_NAMED]
            ),
            moved_more=max(0, len(moved) - _NAMED),
            notes=upgrade.notes,
        )
    )


def _tables(effect: Effect) -> tuple[EffectTable, ...]:
    found = []
    for kind, lines in groupby(effect_lines(effect), lambda line: line.kind):
        rows = [(line.about, line.before, line.after, line.more) for line in lines]
        left = len(rows) - _MOST
        title = f"{plural(len(rows), kind)}" + (f", the first {_MOST}; --json has all" if left > 0 else "")
        found.append(EffectTable(kind, title, tuple(rows[:_MOST])))
    return tuple(found)
