"""Names from files cannot become markup or code, pages load nothing, and the policy binds every byte that runs."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from html import unescape

import pytest
from page_parser import Page, parsed
from report_factory import Names, finding, night, plate, plate_line, table

from pbis.core import frames
from pbis.draw.page import policy
from pbis.report import RefusedRow, night_index, plate_report

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</script><script>alert(1)</script>",
    "]]><svg onload=alert(1)>",
    "</style><style>*{display:none}</style>",
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "a\u202etxt.exe\u2066b",
    "<!--<script>",
    "\u2028alert(1)\x00",
    "&lt;script&gt;",
)
NAME = "{:03d}"


def hostile_plate(attack: str, in_frames: str | None = None) -> str:
    """A plate on which the attack stands wherever a file can put text; frames hold UTF-8 only, headers may not."""
    inner = attack if in_frames is None else in_frames
    names = Names(
        analytes=(f"{inner}1", f"{inner}2", f"{inner}3", f"{inner}4", "IL-6"),
        sample=inner.replace("{", "{{").replace("}", "}}") + NAME,
        file=f"{attack}.csv",
        plate=inner,
    )
    data = plate(names)
    run = replace(data.run, protocol_name=attack, instrument_serial=attack, program=attack)
    found = table(frames.FINDING, [finding(analyte=inner, observed_text=inner, rule=inner, action=inner)])
    return plate_report(replace(data, run=run, finding=found, provenance={attack: attack}))


def hostile_night(attack: str) -> str:
    data = night(patients=4, sample=attack.replace("{", "{{").replace("}", "}}") + NAME)
    row = replace(plate_line(attack, "fail", note=attack), sentence=attack, report_path=attack)
    refused = (RefusedRow(attack, attack, attack),)
    return night_index(replace(data, night_id=attack, plates=(row,), refused=refused, paths={attack: attack}))


def shape(page: Page) -> Counter[tuple[str, tuple[str, ...]]]:
    """How often which element with which attributes: what no text may change."""
    return Counter((tag, tuple(attributes)) for tag, attributes in page.elements)


@pytest.mark.parametrize("attack", ATTACKS)
def test_names_never_add_an_element_or_an_attribute_to_a_plate(attack: str) -> None:
    assert shape(parsed(hostile_plate(attack))) == shape(parsed(hostile_plate("harmless")))


@pytest.mark.parametrize("attack", ATTACKS)
def test_names_never_add_an_element_or_an_attribute_to_a_night(attack: str) -> None:
    assert shape(parsed(hostile_night(attack))) == shape(parsed(hostile_night("harmless")))


def test_a_file_name_that_is_no_text_still_gives_a_page_that_can_be_written() -> None:
    assert b"bad <U+DC80>.csv" in unescape(hostile_plate("bad \udc80", in_frames="x")).encode()
    index = replace(night(), refused=(RefusedRow("bad \udc80.csv", "why", "what"),))
    assert night_index(index).encode()


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("make", [hostile_plate, hostile_night])
def test_no_link_leaves_the_folder_and_nothing_hides_in_the_text(make: object, attack: str) -> None:
    page = make(attack)  # type: ignore[operator]
    for link in parsed(page).all("a"):
        assert re.match(r"(#|\./)", str(link["href"]))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2028\u2029\x00]", page)


def test_hostile_text_is_still_readable_as_what_it_is() -> None:
    text = parsed(hostile_plate("<b>bold</b>\u202e")).text
    assert "<b>bold</b><U+202E>" in text


def inline(page: str, kind: str) -> str:
    return re.search(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL).group(1)  # type: ignore[union-attr]


def test_the_policy_names_this_style_and_this_script_byte_for_byte() -> None:
    page = plate_report(plate())
    (said,) = [a["content"] for a in parsed(page).all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    for kind in ("style", "script"):
        digest = b64encode(sha256(inline(page, kind).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in str(said)
    assert str(said).startswith("default-src 'none'; ")
    assert "unsafe" not in str(said)


def test_the_policy_comes_before_anything_that_it_governs() -> None:
    page = plate_report(plate())
    assert page.index("Content-Security-Policy") < page.index("<style>") < page.index("<script")


def test_the_index_runs_no_script() -> None:
    page = night_index(night())
    assert "<script" not in page
    assert "script-src" not in page


def test_a_changed_script_changes_the_policy() -> None:
    assert policy("a", "b") != policy("a", "c")
    assert policy("a", "b") != policy("d", "b")


@pytest.mark.parametrize("page", ["plate", "night"], indirect=True)
def test_pages_refer_to_nothing_outside_themselves(page: str) -> None:
    told = re.sub(r"sha256-[\w+/=]+", "", page)  # a digest may hold two slashes
    assert not re.search(r"(?i)\bhttps?:|//\w|@import|url\(|\bsrc=|<link|<iframe|<object|<embed|<base", told)


@pytest.mark.parametrize("page", ["plate", "night"], indirect=True)
def test_pages_have_no_handlers_and_no_style_attributes(page: str) -> None:
    for _, attributes in parsed(page).elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("page", ["plate", "night"], indirect=True)
def test_ids_are_unique(page: str) -> None:
    ids = [attributes["id"] for _, attributes in parsed(page).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_hidden_data_is_only_what_the_map_shows() -> None:
    """The page carries no operator and no computer name, in no place."""
    data = plate()
    page = plate_report(replace(data, run=replace(data.run, operator="jane.doe", computer_name="LABPC-17")))
    assert "jane.doe" not in page
    assert "LABPC-17" not in page
