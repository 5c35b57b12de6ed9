"""The text beside a refused file, as a page shows it: sentences and steps flow with the window, and its table of cells alone keeps its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

_STEP = re.compile(r"^ +\d+\. ")
Kind = Literal["words", "steps", "cells"]


@dataclass(frozen=True)
class WhyPart:
    """Lines of one kind that follow each other; steps are without their numbers."""

    kind: Kind
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as they stood."""
        return "\n".join(self.lines)


def why_parts(text: str) -> tuple[WhyPart, ...]:
    """The parts of the text (pbis/pipeline/why_text.py) in their order."""
    lines = [line for line in text.splitlines() if line.strip()]
    return tuple(WhyPart(kind, tuple(_plain(kind, own))) for kind, own in groupby(lines, _kind))


def _kind(line: str) -> Kind:
    return "steps" if _STEP.match(line) else "cells" if line.startswith("  ") else "words"


def _plain(kind: Kind, lines: Iterable[str]) -> Iterable[str]:
    return (_STEP.sub("", line) for line in lines) if kind == "steps" else lines
