"""Where to begin in a release: the six views that answer most questions, and how the views hang together."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.draw.svg import element, figure, said

# View -> the question that it answers.
START: dict[str, str] = {
    "score": "which group is a patient in, and how sure is that?",
    "score_component": "which of the four values gave a point, and how near was it to its cut?",
    "score_input": "which number went into the score, from which laboratory row or wells?",
    "result": "what did a well measure?",
    "exclusion_reason": "which reading is kept out, why, and by how much?",
    "plate": "did a plate pass, and if not, why?",
}


@dataclass(frozen=True)
class Relation:
    """Views of which one row of `many` belongs to one row of `one` where these columns are equal. where: a condition on rows of the one."""

    one: str
    many: str
    columns: tuple[str, ...]
    where: str = ""

    @property
    def said(self) -> str:
        """The columns, and the condition, in words."""
        return ", ".join(self.columns) + (f"; {self.where}" if self.where else "")


RELATIONS = (
    Relation("score", "score_component", ("subject_id", "cutoff_set")),
    Relation("cutoff_current", "score_component", ("cutoff_set", "component"), "score_name = 'pbis'"),
    Relation("subject_start", "score", ("subject_id",)),
    Relation("subject_start", "score_input", ("subject_id",)),
    Relation("subject_start", "outcome", ("subject_id",)),
    Relation("subject_start", "clinical_lab", ("subject_id",)),
    Relation("subject_start", "visit", ("subject_id",)),
    Relation("subject_start", "specimen_result", ("subject_id",)),
    Relation("specimen_result", "result", ("assay_id", "plate_number", "specimen_id", "analyte")),
    Relation("plate", "specimen_result", ("assay_id", "plate_number")),
    Relation("plate", "result", ("assay_id", "plate_number")),
    Relation("plate", "exclusion_reason", ("assay_id", "plate_number")),
    Relation("plate", "standard_curve", ("assay_id", "plate_number")),
    Relation("plate", "qc_flag", ("assay_id", "plate_number")),
    Relation("standard_curve", "result", ("assay_id", "plate_number", "analyte")),
)

PICTURE = """
subject_start                                    a subject
 |-- score                                       in a cut-off set
 |    '-- score_component                        and a component; its cut is in cutoff_current
 |-- score_input                                 a measure: the number that its scores took
 |-- visit                                       a draw
 |-- clinical_lab                                a row that a laboratory sent
 |-- outcome                                     how it went on
 '-- specimen_result                             a specimen, analyte and plate
      '-- result                                 of which a well, as far as it may be reported
plate                                            a plate
 |-- standard_curve                              an analyte of it
 |    '-- result
 |-- exclusion_reason                            a reading that is kept out, and a reason
 |-- qc_flag                                     a finding
 '-- specimen_result
"""


def start_page() -> str:
    """The beginning of the dictionary, in Markdown."""
    rows = "".join(f"| `{view}` | {question} |\n" for view, question in START.items())
    joins = "".join(f"| `{each.one}` | `{each.many}` | {each.said} |\n" for each in RELATIONS)
    return (
        f"## Start with these six\n\n| view | question |\n|---|---|\n{rows}\n"
        "Examples that run as they stand are in [queries.md](queries.md), and on a terminal under `.queries`.\n\n"
        f"## How they hang together\n\n```\n{PICTURE.strip(chr(10))}\n```\n\n"
        f"| one row of | has rows of | where these are equal |\n|---|---|---|\n{joins}"
    )


# Column and row of each view in the drawing.
_PLACES: dict[str, tuple[int, int]] = {
    "cutoff_current": (0, 0), "score_component": (1, 0), "score": (2, 0), "outcome": (3, 0), "score_input": (0, 1),
    "subject_start": (2, 1), "visit": (3, 1), "clinical_lab": (4, 0), "specimen_result": (2, 2), "exclusion_reason": (4, 2),
    "result": (1, 3), "plate": (3, 3), "standard_curve": (2, 4), "qc_flag": (4, 4),
}  # fmt: skip
_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 132, 26, 28, 40  # px
_LOOK = 'font-size="12" text-anchor="middle"'


def drawing() -> str:
    """The same picture as SVG, with nothing fetched from anywhere: an arrow leads from one row to its many."""
    lines = [_line(each) for each in RELATIONS]
    boxes = [_box(view) for view in _PLACES]
    columns, rows = (max(place[n] for place in _PLACES.values()) + 1 for n in (0, 1))
    size = (columns * (_WIDTH + _GAP_X), rows * (_HEIGHT + _GAP_Y))
    arrow = (
        '<defs><marker id="many" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#5b6770"/></marker></defs>'
    )
    return figure(*size, "how the views hang together", [arrow, *lines, *boxes])


def _corner(view: str) -> tuple[float, float]:
    column, row = _PLACES[view]
    return column * (_WIDTH + _GAP_X) + _GAP_X / 2, row * (_HEIGHT + _GAP_Y) + _GAP_Y / 2


def _box(view: str) -> str:
    x, y = _corner(view)
    fill = "#dcecf7" if view in START else "#f4f5f6"
    return element("rect", f'fill="{fill}" stroke="#5b6770" rx="4"', x=x, y=y, width=_WIDTH, height=_HEIGHT) + element(
        "text", _LOOK, said(view), x=x + _WIDTH / 2, y=y + 17
    )


def _line(relation: Relation) -> str:
    """From the side of the one that faces the many to the side of the many that faces it."""
    (x1, y1), (x2, y2) = (_corner(view) for view in (relation.one, relation.many))
    beside, below = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
    if below:
        beside = 0
    return element(
        "line", 'stroke="#5b6770" marker-end="url(#many)"',
        x1=x1 + _WIDTH / 2 * (1 + beside), y1=y1 + _HEIGHT / 2 * (1 + below),
        x2=x2 + _WIDTH / 2 * (1 - beside), y2=y2 + _HEIGHT / 2 * (1 - below),
    )  # fmt: skip
