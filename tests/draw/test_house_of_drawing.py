"""One kit: no second escaping, scale, environment of templates or list of colours anywhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbis.draw import palette

ROOT = Path(__file__).resolve().parents[2] / "pbis"
OUTSIDE = sorted(p for p in ROOT.rglob("*.py") if "draw" not in p.relative_to(ROOT).parts[:1])


@pytest.mark.parametrize(
    "pattern",
    [
        r"import jinja2|from jinja2",
        r"from html import|import html",
        r"<(svg|text|rect|path|circle|line)\b",
        r"class \w*(Scale|Axes)\b",
        r"\"#[0-9a-f]{3,6}\"",
    ],
)
def test_only_the_kit_writes_svg_escapes_words_and_makes_an_environment(pattern: str) -> None:
    found = [str(p.relative_to(ROOT)) for p in OUTSIDE if re.search(pattern, p.read_text(encoding="utf-8"))]
    assert found == []


def test_style_sheets_take_their_colours_from_the_palette() -> None:
    for path in ROOT.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert ":root" not in text
        assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= set(re.findall(r"--[\w-]+", palette.variables())), path
