"""The index of a night: which plates need a person, what was refused and what to do, who scored what by which cut-offs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pbis.core.scoring.cutoffs import CutoffSet
from pbis.core.verdicts.states import takes_all
from pbis.report.data import NightReport, PlateRow
from pbis.report.morning import STATES, months, strip
from pbis.report.page import render
from pbis.report.pages.todo import todo_groups
from pbis.report.patients import GROUP_WORDS, component_heads, depends_on_reading, group_counts, patients
from pbis.report.text import SEVERITY_ORDER

MOST_OPEN = 100  # open items of a kind, and alarms, on the page of a night: nobody reads more in a morning, and years of them make a page of megabytes
BASIS = re.compile(r'<meta name="pbis-basis" content="([0-9a-f]+)">')
HEAD = 4096  # the basis stands within so many characters of the page
MOST = 400  # rows of a table of patients or files: what somebody reads on a page; more are asked in SQL
NEEDS = {"held": "Waits for a decision", "fail": "Needs a person", "warn": "Worth a look", "pass": "Nothing to do"}
COMPONENT_NAMES = {"nlr": "NLR", "crp": "CRP", "il12": "IL-12", "il2": "IL-2"}


@dataclass(frozen=True)
class NightSetLine:
    """A cut-off set beside the patients that it puts into each group, in the order of GROUP_WORDS."""

    name: str
    title: str
    status: str
    cuts: str
    note: str
    is_site: bool
    counts: tuple[int, ...]


def night_index(data: NightReport) -> str:
    """One self-contained HTML page for the night, without any script; the same data gives the same bytes.

    Raises ValueError where the site's cut-off set is not among the sets.
    """
    sets = _set_lines(data)
    alarms = sorted(data.alarms, key=lambda row: (not row.is_new, row.plate, row.analyte, row.rule, row.message))
    context = {
        "title": f"Night {data.night_id}",
        "basis": data.basis,
        "night": data,
        "todo": todo_groups(data.todo, MOST_OPEN),
        "alarms": alarms[:MOST_OPEN],
        "more_alarms": len(alarms[MOST_OPEN:]),
        "changes": sorted(data.changes, key=lambda row: (not row.is_new, row.subject_id, row.measure)),
        "plate_numbers": _plate_numbers(data),
        "patient_numbers": _patient_numbers(sets[0]),
        "plates": sorted(data.plates, key=_urgency),
        "needs": NEEDS,
        "refused": sorted(data.refused, key=lambda row: (row.file_name, row.reason)),
        "sets": sets,
        "site": sets[0],
        "why": data.why_the_set_matters or sets[0].note,
        "words": GROUP_WORDS,
        "depending": depends_on_reading(data.score, [line.name for line in sets]),
        "heads": component_heads(data.component, data.site_set, COMPONENT_NAMES),
        "patients": patients(data.score, data.component, data.site_set, MOST),
        "patient_count": sum(sets[0].counts),
        "most": MOST,
        "grid": strip(data.morning.plates) if data.morning else None,
        "months": months(data.morning.plates) if data.morning else [],
        "states": STATES,
    }
    return render("night.html.j2", context)


def basis_of(page: str) -> str | None:
    """The basis that a written index names; None for one that names none."""
    found = BASIS.search(page[:HEAD])
    return found.group(1) if found else None


def _urgency(row: PlateRow) -> tuple[int, str, str]:
    return SEVERITY_ORDER.get(row.state, 0), row.plate, row.file_name


def _plate_numbers(data: NightReport) -> list[tuple[str, str, str]]:
    """Class, number and words of the figures about plates; colour only where a number is bad news. Of a night that worked on no plate
    they count all that stand."""
    stand = data.morning.plates if data.morning and not data.read_count else data.plates
    states = [row.state for row in stand]
    held = states.count("held")
    waiting = [("warn", held, "plate waits for a decision", "plates wait for a decision")] if held else []
    found = (
        *waiting,
        (
            "fail",
            sum(takes_all(state) and state != "held" for state in states),
            "plate needs a person",
            "plates need a person",
        ),
        ("warn", states.count("warn"), "plate worth a look", "plates worth a look"),
        ("quiet", states.count("pass"), "plate with nothing to do", "plates with nothing to do"),
        ("fail", sum(not row.is_part for row in data.refused), "file refused", "files refused"),
    )
    parts = sum(row.is_part for row in data.refused)
    if parts:
        found += (("warn", parts, "file refused in part", "files refused in part"),)
    if data.alarms:
        found += (("fail", len(data.alarms), "trend alarm", "trend alarms"),)
    return [(kind if count else "quiet", str(count), one if count == 1 else many) for kind, count, one, many in found]


def _patient_numbers(site: NightSetLine) -> list[tuple[str, str, str]]:
    words = zip(site.counts, GROUP_WORDS.values(), strict=True)
    return [("quiet", str(count), f"patients {word.lower()}") for count, word in words]


def _set_lines(data: NightReport) -> list[NightSetLine]:
    """The site's own set first, the others by name."""
    if data.site_set not in {each.name for each in data.cutoff_sets}:
        raise ValueError(f"the site's cut-off set {data.site_set!r} is not among the sets of the night")
    counted = group_counts(data.score)
    lines = [_set_line(each, data.site_set, counted.get(each.name, {})) for each in data.cutoff_sets]
    return sorted(lines, key=lambda line: (not line.is_site, line.name))


def _set_line(each: CutoffSet, site_set: str, counts: dict[str, int]) -> NightSetLine:
    is_interpreted = any(cut.status != "as_published" for cut in each.cutoffs)
    return NightSetLine(
        name=each.name,
        title=each.title,
        status="interpreted" if is_interpreted else "as published",
        cuts=_cuts(each),
        note=each.note,
        is_site=each.name == site_set,
        counts=tuple(counts.get(group, 0) for group in GROUP_WORDS),
    )


def _cuts(each: CutoffSet) -> str:
    """`NLR ≥ 3.5, CRP ≥ 0.13 mg/dL; high from 2 points`."""
    said = ", ".join(
        f"{COMPONENT_NAMES.get(cut.component, cut.component)} {cut.comparator} {cut.value} {cut.unit}".removesuffix(
            " 1"
        )
        for cut in each.cutoffs
    )
    return f"{said.replace('>=', '≥')}; high from {each.high_at} points"
