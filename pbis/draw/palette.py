"""The colours of pages and drawings, once: names for drawings, and the same as variables at the head of every style sheet."""

from __future__ import annotations

INK, SOFT, LINE, WASH, PAPER = "#18212d", "#525d6b", "#d8dde4", "#f5f7f9", "#fff"
BLUE, RED, GREEN, AMBER, PURPLE, TEAL = "#1d4f82", "#b3362a", "#2f7d4f", "#b4770b", "#6b4a9c", "#1f7f86"
GRID, PALE, EMPTY = (
    "#e8ebef",
    "#9db3cb",
    "#eef0f3",
)  # lines behind data, bars that say nothing special, cells without data
SERIES = (BLUE, RED, GREEN, AMBER, PURPLE, TEAL)
BEST_TO_WORST = ("#1f6f4a", "#7fbf9a", "#e9d8a6", "#c65b4a", "#c9cdd3")  # the last: not known

_VARIABLES = {
    "ink": INK, "soft": SOFT, "line": LINE, "paper": PAPER, "wash": WASH, "link": BLUE,
    "fail": "#8f1d14", "fail-bg": "#fdecea", "fail-line": "#c23b2e",
    "warn": "#6a4600", "warn-bg": "#fff4d8", "warn-line": "#c98a00",
    "pass": "#1c5a2e", "pass-bg": "#e9f5ec", "pass-line": "#4b9a62",
}  # fmt: skip


def variables() -> str:
    """The rule that gives a style sheet its colours by name."""
    return ":root{" + ";".join(f"--{name}:{colour}" for name, colour in _VARIABLES.items()) + "}"


def on_white(colour: str, share: float) -> str:
    """The colour, as strong as `share`, on white."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in parts)
