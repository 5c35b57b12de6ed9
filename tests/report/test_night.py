"""The index of a night: urgency, refusals, groups, readings of the cut-off, patients."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from page_parser import parsed
from report_factory import night, plate_line

from pbis.report import AlarmRow, RefusedRow, basis_of, night_index
from pbis.report.patients import depends_on_reading, group_counts, patients


def test_the_action_is_not_said_twice() -> None:
    row = RefusedRow("a.csv", "a.csv: is empty (export it again)", "export it again")
    assert parsed(night_index(replace(night(), refused=(row,)))).text.count("export it again") == 1


def test_plates_that_need_a_person_come_first() -> None:
    links = re.findall(r'href="\./plates/([^"]*)"', night_index(night()))
    assert links == ["PBIS-P07.html", "PBIS-P03.html", "PBIS-P01.html"]


@pytest.mark.parametrize(
    "said",
    [
        "plate needs a person 1",
        "plate worth a look 1",
        "plate with nothing to do 1",
        "file refused 1",
        "patients high 6",
        "patients low 6",
        "patients indeterminate 6",
        "patients not scored 6",
        "Needs a person",
        "Replaces the export of 2026-03-06; the older one stays on record.",
        "broken.csv line 12: expected 8 cells, found 3 Export the plate again and drop it in.",
        "Cut-off set used: pbis-2025-as-published",
        "NLR ≥ 3.5, CRP ≥ 0.13 mg/dL, IL-12 ≥ 11.6 pg/mL, IL-2 ≥ 3.2 ng/mL; high from 2 points",
        "5 patients would move to another group under another reading of the IL-2 cut-off.",
        "Database releases/current/pbis.duckdb",
        "CRP, mg/dL",
        "1 to 3",
        "unknown, below range undecided",
        "at the cut",
        "near the cut",
    ],
)
def test_the_page_says(said: str) -> None:
    assert said in parsed(night_index(night())).text


def test_why_the_set_matters_is_its_own_note_or_what_the_night_says() -> None:
    assert "under this set hardly anyone earns the IL-2 point" in night_index(night())
    assert "Because we say so." in night_index(replace(night(), why_the_set_matters="Because we say so."))


def test_the_sets_own_line_comes_first_and_is_marked() -> None:
    names = re.findall(r'<tr( class="own")?><th scope="row">(pbis-[^<]*)', night_index(night()))
    assert names == [
        (' class="own"', "pbis-2025-as-published"),
        ("", "pbis-2025-il2-pgml"),
        ("", "pbis-2025-no-il2"),
    ]


def test_patients_whose_group_hangs_on_the_reading() -> None:
    data = night(patients=12)
    sets = [each.name for each in data.cutoff_sets]
    found = depends_on_reading(data.score, sets)
    assert [(one.subject_id, one.groups) for one in found] == [
        ("S0000", ("high", "low", "low")),
        ("S0005", ("low", "high", "high")),
        ("S0010", ("indeterminate", "high", "high")),
    ]


def test_counts_cover_every_group_of_every_set() -> None:
    counted = group_counts(night(patients=3).score)
    assert counted["pbis-2025-as-published"] == {"high": 1, "low": 1, "indeterminate": 1, "not_scored": 0}


def test_a_value_just_under_the_cut_is_not_shown_as_the_cut() -> None:
    data = night(patients=1)
    (first,) = patients(data.score, data.component, data.site_set)
    assert first.components[0].value == "3.499"


def test_an_unknown_component_keeps_its_operator_and_reason() -> None:
    data = night(patients=3)
    third = patients(data.score, data.component, data.site_set)[2]
    assert (third.components[3].value, third.components[3].note) == ("< 6.4", "below range undecided")
    assert (third.score, third.group_word) == ("1 to 3", "Indeterminate")


def test_a_set_without_il2_has_no_il2_point() -> None:
    data = replace(night(patients=1), site_set="pbis-2025-no-il2")
    (first,) = patients(data.score, data.component, data.site_set)
    assert (first.components[3].value, first.components[3].point) == ("–", "not counted")
    assert "not counted" in night_index(data)


def test_a_night_with_nothing_says_so() -> None:
    bare = night(patients=0)
    text = parsed(night_index(replace(bare, plates=(), refused=()))).text
    assert "No plate was processed this night." in text
    assert "No patient was scored this night." in text
    assert "No patient's group changes with the reading of the IL-2 cut-off." in text
    assert "Refused files" not in text


def test_the_site_set_must_be_among_the_sets() -> None:
    with pytest.raises(ValueError, match="'other' is not among the sets"):
        night_index(replace(night(), site_set="other"))


def test_the_same_night_gives_the_same_bytes_in_any_order_of_rows() -> None:
    data = night()
    turned = replace(
        data,
        plates=data.plates[::-1],
        score=data.score.take(list(reversed(range(data.score.num_rows)))),
        component=data.component.take(list(reversed(range(data.component.num_rows)))),
        cutoff_sets=data.cutoff_sets[::-1],
    )
    assert night_index(turned) == night_index(data)


def test_two_plates_of_one_name_keep_their_order() -> None:
    twins = (plate_line("P", "warn"), replace(plate_line("P", "warn"), file_name="again.csv"))
    page = night_index(replace(night(), plates=twins))
    assert page == night_index(replace(night(), plates=twins[::-1]))


ALARM = AlarmRow(
    "PBIS-P07", "IL-2", "K17", "westgard", "IL-2 qc1 is <far> off", "do not report", True, True, "plates/a.html"
)


def test_trend_alarms_are_listed_in_words_new_ones_first() -> None:
    old = replace(ALARM, plate="PBIS-P01", takes=False, is_new=False, report_path="")
    page = night_index(replace(night(), alarms=(old, ALARM)))
    text = parsed(page).text
    assert "trend alarms 2" in text
    assert "PBIS-P07 new this night IL-2 K17 westgard IL-2 qc1 is <far> off kept back do not report" in text
    assert text.index("PBIS-P07 new this night") < text.index("PBIS-P01 known before")
    assert "reported, marked" in text
    assert 'href="./plates/a.html"' in page
    assert "Trend alarms" not in night_index(night())


def test_an_index_names_what_it_was_made_from() -> None:
    assert basis_of(night_index(replace(night(), basis="ab12"))) == "ab12"
    assert basis_of(night_index(night())) is None


def test_a_night_says_whose_plates_it_lists() -> None:
    assert "No plate was new this night; these wait for a decision." in parsed(night_index(night())).text
    told = parsed(night_index(replace(night(), read_count=3))).text
    assert "No plate was new" not in told
    gone = parsed(night_index(replace(night(), plates=(), read_count=1))).text
    assert "1 plate of this night is superseded by newer exports." in gone
    assert "No plate was processed" not in gone


def test_a_plate_of_an_unknown_state_needs_a_person() -> None:
    assert "plate needs a person 1" in parsed(
        night_index(replace(night(), plates=(plate_line("P1", "of_tomorrow"),)))
    ).text  # fmt: skip
