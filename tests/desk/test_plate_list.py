"""The list of plates: a thousand of them searched, filtered, sorted and paged; what is written out is what is shown, and no spreadsheet runs it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import openpyxl
import pytest
from fastapi.testclient import TestClient

from pbis.core.quoted import SPECIMEN, called
from pbis.desk.people import Role
from pbis.desk.plate_list import WRITTEN, Wanted, chosen
from pbis.pipeline.released_plates import as_csv, as_workbook

AtDesk = Callable[[Role | None], TestClient]


def row(number: int, **other: Any) -> dict[str, Any]:
    """A plate as the release has it."""
    told = dict.fromkeys(WRITTEN) | {
        "run_id": f"{number:064x}",
        "plate_number": 1,
        "plate": f"P{number:04d}",
        "file_name": f"p{number:04d}.csv",
        "started_at": datetime(2026, 1, 1, 9) + timedelta(days=number),
        "state": ("pass", "warn", "fail", "held")[number % 4],
        "review": "pending",
        "kit_lots": f"lot {number % 3}",
        "low_bead_wells": number % 7,
    }
    return told | other


PLATES = [row(number) for number in range(1000)]
ON_THEM = [
    {"run_id": one["run_id"], "plate_number": 1, "specimen_id": f"S{one['plate']}-{place}", "subject_id": f"N{place}"}
    for one in PLATES
    for place in range(40)
]


@pytest.mark.parametrize(
    ("asked", "count", "first"),
    [
        ({}, 1000, "P0999"),
        ({"order": "up"}, 1000, "P0000"),
        ({"q": "p001"}, 10, "P0019"),
        ({"q": "SP0007-3"}, 1, "P0007"),
        ({"q": "n39"}, 1000, "P0999"),
        ({"state": "held", "sort": "plate", "order": "up"}, 250, "P0003"),
        ({"sort": "state", "order": "down"}, 1000, "P0003"),
        ({"kit": "lot 1"}, 333, "P0997"),
        ({"since": "2026-01-03", "until": "2026-01-04"}, 2, "P0003"),
        ({"review": "accepted"}, 0, None),
    ],
    ids=str,
)
def test_a_thousand_plates_are_searched_filtered_and_sorted(asked: dict[str, Any], count: int, first: str) -> None:
    began = time.process_time()
    found = chosen(PLATES, ON_THEM, Wanted(**asked))
    assert time.process_time() - began < 0.15
    assert (len(found), found[0]["plate"] if found else None) == (count, first)


def test_a_plate_without_a_date_stands_last_either_way() -> None:
    plates = [row(1), row(2, started_at=None), row(3)]
    either: dict[Literal["up", "down"], list[str]] = {
        "up": ["P0001", "P0003", "P0002"],
        "down": ["P0003", "P0001", "P0002"],
    }
    for order, names in either.items():
        assert [one["plate"] for one in chosen(plates, [], Wanted(order=order))] == names
    assert [one["plate"] for one in chosen(plates, [], Wanted(until="2026-01-02"))] == ["P0001"]


def test_what_is_written_out_runs_in_no_spreadsheet() -> None:
    found = chosen([row(1, plate="=1+2", file_name="@cmd")], [], Wanted())
    assert as_csv(found, WRITTEN).splitlines()[1].startswith("'=1+2,1,")
    sheet = openpyxl.load_workbook(io.BytesIO(as_workbook(found, WRITTEN, "plates"))).active
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+2", "s")


def test_the_list_is_a_page_with_links_to_plates_and_files_of_the_same(at_desk: AtDesk) -> None:
    client = at_desk(Role.VIEWER)
    whole = client.get("/plates").text
    assert "2 plates of 2" in whole
    assert whole.count('<th scope="row"><a href="/plates/') == 2
    one = client.get("/plates", params={"q": "sr001001"}).text
    assert "1 plate of 2" in one
    assert "SR001001 of P1001" in one
    assert "No plate is like that" in client.get("/plates", params={"q": "<b>"}).text
    written = client.get("/plates/written/csv", params={"q": "SR001001"})
    assert written.headers["content-disposition"].endswith('"plates.csv"')
    assert len(written.text.splitlines()) == 2
    assert client.get("/plates/written/xlsx").content[:2] == b"PK"
    assert client.get("/plates", params={"sort": "sentence"}).status_code == 422


def test_a_plate_is_found_by_the_name_that_the_pages_show_and_however_a_system_writes_its_letters() -> None:
    rows = [row(1, plate_number=2), row(2, file_name="Mu\u0308nster.csv"), row(3)]
    hashed = called(SPECIMEN, "Ann Meyer")
    on_them = [{"run_id": rows[2]["run_id"], "plate_number": 1, "specimen_id": hashed, "subject_id": None}]

    def found(q: str) -> list[str]:
        return [one["plate"] for one in chosen(rows, on_them, Wanted(q=q))]

    assert found("p0001/2") == ["P0001"]
    assert found("P0001/1") == []
    assert found("M\u00fcnster") == ["P0002"]
    assert found("Ann Meyer") == ["P0003"]  # a release calls it by its hash
    assert found("Ann") == []
