"""The page of one plate: order, words, numbers, size, stability."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from page_parser import parsed
from report_factory import Names, finding, plate, table

from pbis.core import frames
from pbis.pipeline.holding import as_held
from pbis.report import Hold, PlateDecision, plate_report, plate_row
from pbis.report.data import PLATE_TABLES, READING_COLUMNS
from pbis.report.page_hash import page_hashes
from pbis.report.text import percent, significant, whole


def wide() -> Names:
    return Names(analytes=tuple(f"Analyte-{n:02d}" for n in range(41)))


def test_sections_come_in_the_order_in_which_a_data_manager_asks() -> None:
    headings = re.findall(r"<h[12][^>]*>([^<(]*)", plate_report(plate()))
    assert [heading.strip() for heading in headings] == [
        "Plate PBIS-P07",
        "Analytes",
        "Plate map",
        "Flags",
        "Standard curves",
        "Standards and controls",
        "Trend",
        "Decisions and signatures",
        "Provenance",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Read 2026-03-09 14:05",
        "Kit Human cytokine 7-plex",
        "Lot K2210-17, expires 2027-01-31",
        "Instrument LX100/LX200 LX10005087402",
        "Proposed verdict: Pass with warnings",
        "6 of 7 analytes pass, failed: IL-10 (curve_acceptance)",
        "analytes failing 1",
        "analytes with a warning 2",
        "analytes passing 4",
        "wells low in beads 1",
        "of sample results reportable 84.6 %",
        "No decisions recorded.",
        "block_ ignored Block Audit Logs was not read.",
        "sha256 of the file a1a1a1",
        "Checksum in the file match",
        "Suite research, d4d4d4d4",
        "Last MagCAL1 Calibration passed 2026-03-06 09:00",
        "LLOQ 3.2 pg/mL, ULOQ 13 100 pg/mL; R² 0.9997",
        "Fitted with weights 1/y², then 1/f² with Huber.",
        "What failed: Too few beads (7 analytes in E5); too few standards pass in a row (IL-10); replicates of a sample",
        "Without a result: No result of IL-10 in any of 38 samples.",
        "no curve was fitted",
        "Hook: level dropped: 7.",
    ],
)
def test_the_page_says(said: str) -> None:
    assert said in re.sub(r"[✓✕!·i] (?=Pass|Fail|Warn)", "", parsed(plate_report(plate())).text)


def test_equal_warnings_of_the_reader_are_one_line_of_the_page() -> None:
    said = [
        (f"well {well}: Total Events is 7 in block Median, 8 in Count", line)
        for well, line in (("A1", 5), ("B1", 6), ("C1", 7))
    ]
    rows = [
        {"run_id": "r", "position": i, "code": "events", "message": text, "source_line": line}
        for i, (text, line) in enumerate(said)
    ]
    page = parsed(plate_report(replace(plate(), warning=table(frames.WARNING, rows)))).text
    assert page.count("Total Events is") == 1
    assert "8 in Count (line 5) [3 times: also B1 (line 6), C1 (line 7)]" in page


def test_a_flag_shows_rule_place_observed_limit_and_action() -> None:
    text = parsed(plate_report(plate())).text.replace("_ ", "_")
    assert (
        "Too few standards pass in a row curve_acceptance IL-10 plate 2 levels at least 4 contiguous levels Repeat the analyte on a new plate."
        in text
    )
    assert "replicate_cv_sample TNF A4, B4 CV 18.2 % at most 15 % Look at both wells." in text


def test_states_are_words_not_colour_alone() -> None:
    tiles = plate_report(plate()).split('<ul class="tiles">')[1].split("</ul>")[0]
    words = re.findall(r'<li class="(\w+)">.*?</span> (\w+)</span>', tiles, re.DOTALL)
    assert words == [("fail", "Fail"), ("warn", "Warning"), ("warn", "Warning")] + [("pass", "Pass")] * 4


def test_every_tile_shows_the_marks_of_its_own_curve() -> None:
    page = plate_report(plate())
    tiles = re.findall(r'<a href="#curve-(\d+)"><svg class="spark"[^>]*><use href="#s(\d+)"/></svg><b>([^<]*)', page)
    curves = dict(re.findall(r'<figure id="curve-(\d+)">\s*<h3>([\w-]+) .*?</h3>', page, re.DOTALL))
    drawn = dict(re.findall(r'<figure id="curve-(\d+)">(?:(?!</figure>).)*?<g id="s(\d+)">', page, re.DOTALL))
    assert len(tiles) == 7
    assert all(place == mark == drawn[place] and curves[place] == name for place, mark, name in tiles)


def test_how_the_curves_were_fitted_is_said_once() -> None:
    assert parsed(plate_report(plate())).text.count("with Huber") == 1


def test_standards_and_controls_stand_in_one_table() -> None:
    data = plate()
    text = parsed(plate_report(data)).text
    level = next(row for row in data.level.to_pylist() if row["analyte"] == "IL-6" and row["standard_level"] == 2)
    said = f"{percent(level['recovery_pct'])} of {significant(level['expected_concentration'])}; MFI {whole(level['mean_mfi'])}; CV"
    assert said in text
    wells = [row for row in data.result.to_pylist() if row["analyte"] == "IL-6" and row["well"] in ("A3", "B3")]
    assert f"{', '.join(significant(row['concentration']) for row in wells)}; range" in text
    both = [finding(rule="kit_control_range", severity="warn", analyte="IL-6", replicate_group="Control1 x1")]
    assert (
        f"✕ {significant(wells[0]['concentration'])}, "
        in parsed(plate_report(replace(data, finding=table(frames.FINDING, both)))).text
    )


def test_the_hash_without_decisions_stays_while_people_decide_and_the_other_moves() -> None:
    one = PlateDecision(3, "2026-03-10 08:05", "A. Name", "kept", "the plate", None, "other", "seen", "", False)
    bare, decided = (
        plate_report(replace(plate(), decisions=told, basis=name)) for told, name in (((), "aa"), ((one,), "bb"))
    )
    assert page_hashes(bare).plate == page_hashes(decided).plate
    assert page_hashes(bare).whole != page_hashes(decided).whole
    assert page_hashes(plate_report(replace(plate(), plate="other"))).plate != page_hashes(bare).plate
    for page in (bare, decided):
        assert page_hashes(page).plate in page
        assert page_hashes(page).whole in page
    with pytest.raises(ValueError, match="no block of decisions"):
        page_hashes("<html></html>")


def test_tiles_lead_to_their_curves() -> None:
    page = parsed(plate_report(plate()))
    targets = {attributes.get("id") for _, attributes in page.elements}
    links = [a["href"] for a in page.all("a")]
    assert len([link for link in links if link and link.startswith("#curve-")]) == 7
    assert {str(link)[1:] for link in links} <= targets


def test_the_map_is_a_table_with_heads_and_cells_that_take_the_focus() -> None:
    page = parsed(plate_report(plate()))
    cells = [a for a in page.all("td") if str(a.get("class", "")).startswith("w ")]
    assert len(cells) == 96
    assert {cell["tabindex"] for cell in cells} == {"0"}
    assert all(a.get("scope") in ("col", "row") for a in page.all("th"))


def test_every_drawing_has_a_name_or_is_hidden_from_readers() -> None:
    drawings = parsed(plate_report(plate())).all("svg")
    assert len(drawings) == 7 + 7 + 6  # curves, the same small in the tiles, the key
    assert all(a.get("aria-label") or a.get("aria-hidden") == "true" for a in drawings)


def test_no_history_no_levey_jennings() -> None:
    assert "Levey" not in plate_report(plate())


def test_the_same_plate_gives_the_same_bytes() -> None:
    assert plate_report(plate()) == plate_report(plate())


def test_the_order_of_rows_does_not_matter() -> None:
    data = plate()
    shuffled = replace(
        data,
        **{
            name: getattr(data, name).take(list(reversed(range(getattr(data, name).num_rows)))) for name in PLATE_TABLES
        },
    )
    assert plate_report(shuffled) == plate_report(data)


def test_41_curves_are_small() -> None:
    assert len(plate_report(plate(wide())).encode()) < 300_000


def test_a_plate_broken_everywhere_stays_small() -> None:
    data = plate(wide())
    places = zip(*(data.result.column(name).to_pylist() for name in ("well", "analyte")), strict=True)
    found = [finding(well=well, analyte=analyte, observed=3.0) for well, analyte in places]
    assert len(plate_report(replace(data, finding=table(frames.FINDING, found))).encode()) < 300_000


def test_a_plate_without_standards_controls_or_findings_is_a_page() -> None:
    data = plate()
    bare = {
        name: getattr(data, name).slice(0, 0) for name in ("curve", "level", "finding", "reagent", "lot", "warning")
    }
    samples = data.result.filter([role == "unknown" for role in data.result.column("well_role").to_pylist()])
    text = parsed(plate_report(replace(data, result=samples, **bare))).text
    assert "No rule found anything to act on." in text
    assert "Kit not named in the export" in text
    assert "no curve was fitted" in text


def test_an_empty_plate_is_a_page() -> None:
    data = plate()
    names = ("well", "result", "curve", "level", "finding", "analyte_verdict", "reading_state", "reagent")
    empty = {name: getattr(data, name).slice(0, 0) for name in names}
    assert "Plate PBIS-P07" in plate_report(replace(data, **empty))


def test_a_plate_needs_exactly_one_verdict() -> None:
    data = plate()
    with pytest.raises(ValueError, match="expected one plate verdict, found 0"):
        plate_report(replace(data, plate_verdict=data.plate_verdict.slice(0, 0)))


def test_the_row_for_the_index_repeats_the_verdict() -> None:
    row = plate_row(plate(), "plates/x.html", note="late")
    assert (row.plate, row.state, row.started, row.report_path) == (
        "PBIS-P07",
        "warn",
        "2026-03-09 14:05",
        "plates/x.html",
    )
    assert (row.analytes_failed, row.analytes_warned, row.analytes_passed, row.low_bead_wells) == (1, 2, 4, 1)
    assert (row.reportable_pct, row.note) == (pytest.approx(84.6, abs=0.05), "late")


def test_jinja2_loads_only_when_a_page_is_made() -> None:
    code = "import sys, pbis.report; sys.exit('jinja2' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_held_plate_says_why_and_what_to_type_and_nothing_of_it_is_reportable() -> None:
    commands = ("pbis decide release --plate a1a1", "pbis decide exclude --plate a1a1 --cause twin")
    hold = Hold("PBIS-P07 is held: also in <b>other.csv</b>.", commands)
    page = plate_report(as_held(plate(), hold))
    text = parsed(page).text
    assert "Proposed verdict: Held" in text
    assert "PBIS-P07 is held: also in <b>other.csv</b>. By the rules: " in text
    assert all(command in text for command in commands)
    assert "of sample results reportable 0 %" in text
    assert "0 of 76 reportable" in text
    assert plate_row(as_held(plate(), hold), "x.html").state == "held"
    assert as_held(plate(), None).plate_verdict == plate().plate_verdict


def test_decisions_are_shown_with_what_became_of_them() -> None:
    first = PlateDecision(
        3, "2026-03-10 08:05", "A. <Name>", "excluded", "well C4, analyte IL-6", None, "outlier", "far off", "", True
    )  # fmt: skip
    reversal = "by decision 5 of B. Name, 2026-03-11 09:00 (entered in error: another well)"
    second = replace(first, sequence=4, kind="kept", rule="hook_effect", reversal=reversal, is_applied=False)
    third = replace(first, sequence=6, about="well Z9", is_applied=False)
    text = parsed(plate_report(replace(plate(), decisions=(first, second, third)))).text
    assert (
        "3 excluded well C4, analyte IL-6 A. <Name>, 2026-03-10 08:05 outlier: far off stands; these results are"
        in text
    )
    assert (
        f"4 kept Hook at the highest standard hook_ effect well C4, analyte IL-6 A. <Name>, 2026-03-10 08:05 outlier: far off reversed {reversal}"
        in text
    )
    assert "6 excluded well Z9" in text
    assert "stands; it changes nothing of these results" in text
    assert "No decisions recorded." not in text


def test_a_page_needs_no_more_of_readings_than_is_fetched_for_it() -> None:
    data = plate()
    less = {name: getattr(data, name).select(list(columns)) for name, columns in READING_COLUMNS.items()}
    assert plate_report(replace(data, **less)) == plate_report(data)
