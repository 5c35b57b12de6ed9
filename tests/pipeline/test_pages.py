"""The pages of a site: every link leads somewhere, and the numbers on them are those that SQL gives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from browsing import click_all, load, printed, shown

from pbis.config import Site
from pbis.pipeline.morning import lying
from pbis.pipeline.published import run_query
from pbis.report.morning import LeftLying


def numbers_of(page: str) -> dict[str, str]:
    """The figures at the head of a page: words -> number."""
    found = re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page.split("</header>")[0])
    return dict(found)


def rows_of(page: str, section: str) -> list[list[str]]:
    """Cells of the rows of a section's tables, as they read."""
    part = page.split(f'<section aria-labelledby="{section}">')[1].split("</section>")[0]
    lines = [re.split(r"<t[hd]\b[^>]*>", line)[1:] for line in re.findall(r"<tr.*?</tr>", part, re.DOTALL)]
    return [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in line] for line in lines]


def test_numbers_on_the_index_are_those_of_sql(good: Site) -> None:
    page = (good.path("reports") / "index.html").read_text("utf-8")
    numbers = numbers_of(page)
    ask = 'select "group", count(*) as n from score where is_site_set group by all'
    groups = {row["group"]: row["n"] for row in run_query(good.root, ask).to_pylist()}
    for group in ("high", "low", "indeterminate", "not_scored"):
        assert numbers[f"patients {group.replace('_', ' ')}"] == str(groups.get(group, 0))
    states = [row["state"] for row in run_query(good.root, "select state from plate").to_pylist()]
    for state, words in (("fail", "needs a person"), ("warn", "worth a look"), ("pass", "with nothing to do")):
        said = {
            int(number) for head, number in numbers.items() if head.endswith((words, words.replace("needs", "need")))
        }
        assert said == {states.count(state)}
    assert f"{sum(groups.values())} patients by study id" in page
    assert len(rows_of(page, "patients")) == sum(groups.values()) + 1


def test_the_strip_shows_the_verdicts_of_sql(good: Site) -> None:
    page = (good.path("reports") / "index.html").read_text("utf-8")
    signs = {"pass": "·", "warn": "!", "fail": "✕", "held": "?"}
    states = run_query(good.root, "select analyte, state from analyte_plate order by analyte").to_pylist()
    (plate,) = run_query(good.root, "select state from plate").to_pylist()
    lines = rows_of(page, "strip")[1:]
    assert lines == [["The plate", signs[plate["state"]]], *([row["analyte"], signs[row["state"]]] for row in states)]


def test_numbers_on_a_plates_page_are_those_of_sql(good: Site) -> None:
    (page,) = [path.read_text("utf-8") for path in (good.path("reports") / "plates").glob("*.html")]
    (plate,) = run_query(good.root, "select * from plate").to_pylist()
    numbers = numbers_of(page)
    assert numbers["analytes failing"] == str(plate["analytes_failed"])
    assert numbers["analytes passing"] == str(plate["analytes_passed"])
    tiles = re.findall(
        r'<b>([^<]+)</b>.*?<span class="count">(\d+) of (\d+) reportable', page.split('class="tiles"')[1], re.DOTALL
    )
    ask = "select analyte, reportable_count, well_count from analyte_plate"
    told = [tuple(map(str, row.values())) for row in run_query(good.root, ask).to_pylist()]
    assert sorted(tiles) == sorted(told)
    flags = run_query(good.root, "select distinct rule from qc_flag where severity != 'info'").to_pylist()
    assert all(row["rule"] in page.replace("<wbr>", "") for row in flags)


def test_numbers_on_the_cohort_sheet_are_those_of_sql(good: Site) -> None:
    page = (good.path("reports") / "cohort.html").read_text("utf-8")
    words = ("high", "low", "indeterminate", "not_scored")
    ask = """select cutoff_set, count(*) filter ("group" = 'high') as high, count(*) filter ("group" = 'low') as low,
        count(*) filter ("group" = 'indeterminate') as indeterminate, count(*) filter ("group" = 'not_scored') as not_scored,
        bool_or(is_site_set) as is_own from score group by all order by is_own desc, cutoff_set"""
    sets = run_query(good.root, ask).to_pylist()
    numbers = numbers_of(page)
    assert [numbers[f"patients {word.replace('_', ' ')}"] for word in words] == [str(sets[0][word]) for word in words]
    told = [(line[0].split()[0], *line[2:]) for line in rows_of(page, "groups")[1:]]
    assert told == [(row["cutoff_set"], *(str(row[word]) for word in words)) for row in sets]
    assert len(rows_of(page, "depending")[1:]) == _count(
        good, """select subject_id from score group by all having count(distinct "group") > 1"""
    )
    near = "select subject_id from score_component join score using (subject_id, cutoff_set) where is_site_set and score_component.is_near_cut"
    assert len(rows_of(page, "near")[1:]) == _count(good, near) > 0
    assert sum(row[word] for row in sets[:1] for word in words) == _count(good, "select distinct subject_id from score")


def test_points_and_limits_on_the_cohort_sheet_are_those_of_sql(good: Site) -> None:
    page = (good.path("reports") / "cohort.html").read_text("utf-8")
    ask = """select count(*) filter (point = 1) as point, count(*) filter (point = 0) as none, count(*) filter (point is null) as unknown
        from score_component join score using (subject_id, cutoff_set) where is_site_set and component = """
    boxes = {box.split(",")[0].split("<")[0]: box for box in page.split("<figure>\n<h3>")[1:]}
    assert list(boxes) == ["NLR", "CRP", "IL-12", "IL-2"]
    for name, box in boxes.items():
        (row,) = run_query(good.root, f"{ask}'{name.lower().replace('-', '')}'").to_pylist()
        own = box.split('<tr class="own">')[1].split("</tr>")[0]
        told = [int(cell) for cell in re.findall(r'<td class="n">(\d+)', own)]
        assert told == list(row.values()), name
    lines = run_query(
        good.root,
        "select measure, plate, dilution_factor, count(distinct subject_id) as n from score_limit group by all",
    ).to_pylist()
    limits = {(line[0].replace("-", "").lower(), line[2], line[4], line[7]) for line in rows_of(page, "limits")[1:]}
    assert limits == {(row["measure"], row["plate"], f"{row['dilution_factor']:g}", str(row["n"])) for row in lines}


def _count(site: Site, query: str) -> int:
    return int(run_query(site.root, f"select count(*) as n from ({query})").column("n")[0].as_py())


def test_a_click_on_every_link_leads_to_what_it_names(good: Site, tmp_path: Path) -> None:
    reports = good.path("reports")
    pages = [reports / "index.html", *sorted((reports / "plates").glob("*.html"))]
    clicked = click_all(pages, tmp_path)
    assert len(clicked) > 20
    assert [one for one in clicked if not (one.is_there and one.at == one.href)] == []
    assert {one.title for one in clicked} >= {"Plate HCC7P_20250915_P01", "Night 2026-01-05-1"}


def test_what_a_night_refused_lies_in_quarantine_on_its_own_page_and_on_the_next(tmp_path: Path) -> None:
    """Files are moved when the night ends, after its pages: both nights must show the same, or the next would write its page anew."""
    tonight = {LeftLying("b.csv", "labs", "2026-01-06-1")}
    for name, night in (("a.csv", "2026-01-05-1"), ("b.csv", "2026-01-06-1")):
        folder = tmp_path / night / "labs"
        folder.mkdir(parents=True)
        (folder / f"{name}.why.txt").write_text("why")
        if name == "a.csv":
            (folder / name).write_text("a")
    before = lying(tmp_path, tonight)
    assert [(row.name, row.night_id) for row in before] == [("b.csv", "2026-01-06-1"), ("a.csv", "2026-01-05-1")]
    (tmp_path / "2026-01-06-1" / "labs" / "b.csv").write_text("b")
    assert lying(tmp_path, set()) == before
    (tmp_path / "2026-01-05-1" / "labs" / "a.csv").unlink()
    assert [row.name for row in lying(tmp_path, set())] == ["b.csv"]


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_pages_of_the_demo_in_pictures_on_paper_and_by_every_link(tmp_path: Path) -> None:
    """Every page of the demo and of its study. PBIS_PAGES: the folder for pictures and sheets, that somebody looks at; PBIS_AXE: axe.min.js, by
    which each page is judged for those who do not see it."""
    site, study = tmp_path / "site", tmp_path / "study"
    for command in (("demo", str(site)), ("study", "--site", str(site), "-o", str(study))):
        subprocess.run(
            [str(Path(sys.executable).with_name("pbis")), *command], check=True, capture_output=True, timeout=600
        )
    out = Path(os.environ.get("PBIS_PAGES") or tmp_path / "pages")
    out.mkdir(parents=True, exist_ok=True)
    pages = [path for path in sorted((site / "reports").rglob("*.html")) if not path.name.startswith("night-")]
    pages.append(study / "report.html")
    for page in pages:
        assert all(shown(page, out, width).stat().st_size > 20_000 for width in (1400, 500)), page
        assert printed(page, out) <= (4 if page.parent.name == "plates" else 60), page
        assert page.stat().st_size < 700_000 or page.name == "report.html", page
        assert _judged(page, out) == [], page
    clicked = click_all(pages, tmp_path)
    assert [one for one in clicked if not (one.is_there and one.at == one.href)] == []


def _judged(page: Path, folder: Path) -> list[str]:
    """What axe finds on the page; nothing where PBIS_AXE names no axe."""
    if not os.environ.get("PBIS_AXE"):
        return []
    axe = Path(os.environ["PBIS_AXE"]).read_text("utf-8").replace("</script>", "<\\/script>")
    code = "axe.run().then((found) => document.body.append(Object.assign(document.createElement('pre'), {id: 'axe', "
    code += "textContent: found.violations.map((one) => one.id + ': ' + one.nodes[0].html).join('\\n') || 'nothing'})))"
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text("utf-8"))
    elements, _ = load(text.replace("</body>", f"<script>{axe}</script><script>{code}</script></body>"), folder)
    said = re.search(r'<pre id="axe">(.*?)</pre>', elements, re.DOTALL)
    assert said is not None
    return [line for line in said.group(1).splitlines() if line != "nothing"]
