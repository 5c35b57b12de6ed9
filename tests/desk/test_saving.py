"""What is taken along from the desk: results of a plate as tables that run nothing, figures as SVG that need no page around them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from fastapi.testclient import TestClient
from markupsafe import escape

from pbis.config import load_site
from pbis.desk.people import Role
from pbis.desk.saving import WRITTEN
from pbis.draw.figures import figures_in, names_in, standing_alone
from pbis.pipeline.published import run_query
from pbis.pipeline.released_plates import page_of, plates_of
from pbis.pipeline.trends_page import FILE_NAME
from pbis.report.page import PAGES

AtDesk = Callable[[Role | None], TestClient]

STYLE = PAGES.folder / PAGES.style


def place(root: Path) -> str:
    plate = plates_of(root)[0]
    return f"/plates/{plate['run_id']}/{plate['plate_number']}"


def test_the_results_of_a_plate_are_saved_as_the_release_has_them(at_desk: AtDesk, made_site: Path) -> None:
    client, own = at_desk(Role.VIEWER), place(made_site)
    asked = f"select value from replicate_result where run_id = '{own.split('/')[2]}' order by specimen_id, analyte, dilution_factor"
    values = run_query(made_site, asked).column("value").to_pylist()
    table = client.get(f"{own}/written/csv")
    assert re.search(r'filename="[\w.-]+_results\.csv"', table.headers["content-disposition"])
    lines = table.text.splitlines()
    assert lines[0] == ",".join(WRITTEN)
    assert len(lines) == 1 + len(values) > 7
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{own}/written/xlsx").content)).active
    at = WRITTEN.index("value")
    assert [row[at] for row in sheet.iter_rows(min_row=2, values_only=True)] == values
    assert client.get(f"{own}/written/pdf").status_code == 422
    assert client.get(f"/plates/{'0' * 64}/1/written/csv").status_code == 404


def test_every_figure_of_a_plate_and_of_the_charts_is_a_file_of_its_own(at_desk: AtDesk, made_site: Path) -> None:
    client, own = at_desk(Role.VIEWER), place(made_site)
    charts = load_site(made_site).path("reports") / FILE_NAME
    for page, written in ((own, page_of(made_site, plates_of(made_site)[0])), ("/charts", charts)):
        names = names_in(written.read_text())
        shown = client.get(page).text
        assert len(names) >= 7
        assert len(re.findall(rf'href="{re.escape(page)}/figure/\d+"', shown)) == len(names)
        for number, name in enumerate(names, 1):
            saved = client.get(f"{page}/figure/{number}")
            assert saved.headers["content-type"] == "image/svg+xml"
            drawing = ElementTree.fromstring(saved.text)
            assert drawing.find("{*}title").text.startswith(name)
        assert client.get(f"{page}/figure/{len(names) + 1}").status_code == 404


def test_a_saved_figure_has_the_colours_of_the_page_and_asks_for_nothing(made_site: Path) -> None:
    """A drawing program knows no variables and no style sheet of elsewhere."""
    written = page_of(made_site, plates_of(made_site)[0]).read_text()
    saved = standing_alone(figures_in(written)[0], STYLE)
    used = {name for told in re.findall(r'class="([^"]*)"', saved) for name in told.split()}
    assert {"plot", "fit", "std", "limit"} <= used
    for name in used:
        assert f".{name}" in saved.partition("</style>")[0], name
    assert "stroke-width:3.5" in saved  # of the curve, which the page gives by a variable with that default
    assert "var(" not in saved
    assert "url(" not in saved
    assert re.findall(r"https?://[^\"]*", saved) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("title", ["Curve of <b>&\"'", "Curve of IL-2: 5PL"])
def test_a_title_of_hostile_words_is_words(title: str) -> None:
    written = f'<svg viewBox="0 0 9 9" role="img" aria-label="{escape(title)}"><path class="fit" d="M0 0h9"/></svg>'
    (figure,) = figures_in(written)
    assert ElementTree.fromstring(standing_alone(figure, STYLE)).find("{*}title").text == title
    assert names_in(written) == (title.partition(": ")[0],)
