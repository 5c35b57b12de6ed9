"""The pages in a real browser: no complaint on the console, pickers that work, nothing that overflows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browsing import load, printed, probe, probed
from report_factory import Names, plate

from pbis.report import plate_report

PICK = """
const cell = (n) => document.querySelectorAll('#map td.w')[n];
const pick = (id, value) => {
  const box = document.getElementById(id);
  box.value = value;
  box.dispatchEvent(new Event('change'));
};
const said = () => document.getElementById('map-caption').textContent;
"""


@pytest.mark.parametrize("page", ["plate", "night"], indirect=True)
def test_the_console_stays_silent(page: str, tmp_path: Path) -> None:
    elements, console = load(page, tmp_path)
    assert console == []
    assert "</main>" in elements


def test_a_foreign_script_would_be_blocked_and_heard_of(tmp_path: Path) -> None:
    page = plate_report(plate()).replace("</main>", "</main><script>document.title='taken'</script>")
    elements, console = load(page, tmp_path)
    assert "<title>taken" not in elements
    assert any("Content Security Policy" in line for line in console)


def test_hostile_names_run_nothing(tmp_path: Path) -> None:
    attack = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    data = plate(Names(analytes=tuple(f"{attack}{n}" for n in range(5)), sample=attack + "{}", plate=attack))
    code = PICK + "pick('analyte', '2'); pick('metric', 'mfi'); return [document.title, document.images.length]"
    title, images = probe(plate_report(data), tmp_path, code)
    assert title == f"Plate {attack}"
    assert images == 0


def test_pickers_show_each_metric_of_each_analyte(tmp_path: Path) -> None:
    code = (
        PICK
        + """
    const seen = {all: [cell(52).textContent, said()]};
    pick('analyte', '5');
    for (const metric of ['flag', 'mfi', 'beads', 'cv', 'result']) {
      pick('metric', metric);
      seen[metric] = [cell(52).lastElementChild.textContent, said(), cell(52).className];
    }
    pick('analyte', '-1');
    seen.back = document.getElementById('metric').value;
    pick('metric', 'beads');
    seen.lowest = [cell(52).lastElementChild.textContent, said()];
    seen.hidden = document.getElementById('pickers').hidden;
    return seen;
    """
    )
    seen = probe(plate_report(plate()), tmp_path, code)
    assert seen["all"][0] == "009✕ 4"
    assert "left out of this view: IL-10 (fail), IL-17A (warn), TNF (warn)" in seen["all"][1]
    assert seen["flag"] == ["fail", "Flag of IL-6 in each well.", "w fail"]
    assert seen["beads"][0] == "✕ 22"
    assert "mark2" in seen["beads"][2]
    assert seen["mfi"][1].startswith("MFI of IL-6. Darker is higher: ")
    assert re.fullmatch(r"✕ [\d.]+", seen["cv"][0])
    assert seen["result"][1] == "Result of IL-6 in pg/mL, dilution applied."
    assert seen["back"] == "flag"
    assert seen["lowest"][0] == "22"
    assert seen["lowest"][1].startswith("Lowest Bead count of each well over all analytes.")
    assert seen["hidden"] is False


def test_the_script_draws_the_first_view_as_the_page_was_written(tmp_path: Path) -> None:
    code = PICK + "return [...document.querySelectorAll('#map td.w')].map((c) => [c.className, c.textContent])"
    drawn = probe(plate_report(plate()), tmp_path, code)
    page = plate_report(plate())
    cells = re.findall(r'class="(w \w+)" data-n="[^"]*" title="[^"]*"><i class="\w+">([^<]*)</i><b>([^<]*)</b>', page)
    assert drawn == [[kind, label + text] for kind, label, text in cells]


def test_wells_are_reached_by_arrow_keys_and_say_what_they_hold(tmp_path: Path) -> None:
    code = (
        PICK
        + """
    pick('analyte', '4');
    cell(0).focus();
    const key = (name) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true}));
    key('ArrowDown'); key('ArrowRight'); key('ArrowUp'); key('ArrowUp'); key('ArrowLeft'); key('ArrowLeft'); key('ArrowDown');
    const stops = document.querySelectorAll('#map td[tabindex="0"]').length;
    return [document.activeElement.dataset.n, document.getElementById('detail').textContent, stops];
    """
    )
    name, detail, stops = probe(plate_report(plate()), tmp_path, code)
    assert name == "B1, background Background0"
    assert re.match(r"B1, background Background0\. IL-2: MFI [\d.]+, \d+ beads, CV [\d.]+ %, result .*; pass\.", detail)
    assert stops == 1


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("page", ["plate", "night"], indirect=True)
def test_nothing_sticks_out_of_the_window(page: str, width: int, tmp_path: Path) -> None:
    """Wide tables scroll inside their own box. A narrow window is a frame: the browser itself opens no narrower than 500."""
    inner = tmp_path / "inner.html"
    code = "return [document.documentElement.scrollWidth, innerWidth]"
    inner.write_text(probed(page, code), encoding="utf-8")
    outer = f'<!DOCTYPE html><iframe src="inner.html" width="{width}" height="900" frameborder="0"></iframe>'
    outer += "<script>onload=()=>{document.title=document.querySelector('iframe').contentDocument.getElementById('probe').textContent}</script>"
    elements, _ = load(outer, tmp_path, "--allow-file-access-from-files", "--window-size=1400,900")
    scroll, inside = json.loads(re.search(r"<title>(.*?)</title>", elements).group(1))  # type: ignore[union-attr]
    assert inside == width
    assert scroll <= width


@pytest.mark.parametrize(("analytes", "most"), [(7, 4), (41, 8)])
def test_a_plate_fits_on_few_sheets_each_of_which_says_whose_it_is(analytes: int, most: int, tmp_path: Path) -> None:
    data = plate(Names(analytes=tuple(f"Analyte-{n:02d}" for n in range(analytes)))) if analytes > 7 else plate()
    written = tmp_path / "page.html"
    written.write_text(plate_report(data), encoding="utf-8")
    assert 1 <= printed(written, tmp_path) <= most
    assert '@bottom-left{content:"Plate PBIS-P07, file a1a1a1a1a1a1"' in written.read_text(encoding="utf-8")


def test_thirty_analytes_fit_one_screen(tmp_path: Path) -> None:
    page = plate_report(plate(Names(analytes=tuple(f"Analyte-{n:02d}" for n in range(30)))))
    code = (
        "const last = [...document.querySelectorAll('.tiles li')].map((tile) => tile.getBoundingClientRect().bottom);"
    )
    code += "return [last.length, Math.max(...last)]"
    count, bottom = probe(page, tmp_path, code, "--window-size=1400,1000")
    assert count == 30
    assert bottom <= 900
