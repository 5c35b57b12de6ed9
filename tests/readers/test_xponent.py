"""The golden export, read completely, and every way of damaging it, refused or said."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from open_dates import OPEN

from pbis.core.errors import CorruptedLadder, InputRefused, MalformedFile
from pbis.core.frames import READING, SPECS
from pbis.readers import read_bytes


def cell(read, well, analyte, column):
    rows = [r for r in read.reading.to_pylist() if (r["well"], r["analyte_reported"]) == (well, analyte)]
    return rows[0][column]


def codes(read):
    return [w["code"] for w in read.warning.to_pylist()]


def test_every_frame_follows_its_declaration(read_golden):
    names = {"run_header": "header", "analyte_run": "analyte", "run_event": "event", "run_warning": "warning"}
    for spec_name in [
        "run_header",
        "reading",
        "analyte_run",
        "reagent",
        "lot",
        "calibration",
        "sample_summary",
        "run_event",
        "block",
        "run_warning",
    ]:
        attribute = names.get(spec_name, spec_name.removeprefix("sample_"))
        table = SPECS[spec_name].check(getattr(read_golden, attribute))
        keys = table.select(list(SPECS[spec_name].key)).to_pylist()
        assert len({tuple(k.values()) for k in keys}) == len(keys), spec_name


@pytest.mark.parametrize(
    ("well", "analyte", "column", "value"),
    [
        ("A1", "IL-2", "mfi", 15.0),
        ("A1", "IL-2", "source_line", 47),
        ("A2", "IL-2", "mfi", None),
        ("A2", "IL-2", "mfi_text", "NaN"),
        ("A2", "IL-2", "bead_count", 0),
        ("H1", "IL-2", "result_reported", 3.2),
        ("H1", "IL-2", "result_reported_op", "<"),
        ("H1", "IL-2", "result_reported_text", "< 3.2"),
        ("B2", "TNFa", "result_reported_op", ">"),
        ("F1", "TNFa", "comment", "Control Failed."),
        ("F1", "TNFa", "recovery_reported_pct", 84.0),
        ("A1", "TNFa", "dilution_factor_reported", None),
        ("B2", "TNFa", "dilution_factor_reported", 4.0),
        ("B2", "TNFa", "bead_region", "75"),
        ("B2", "TNFa", "total_events", 908),
    ],
)
def test_cells_of_the_golden_export(read_golden, well, analyte, column, value):
    assert cell(read_golden, well, analyte, column) == value


def test_header_and_properties(read_golden):
    run = read_golden.run
    assert (run.instrument_type, run.instrument_serial, run.batch) == ("MAGPIX", "MAGPX00000001", "GOLDEN_1")
    assert (run.started_at, run.stopped_at) == (datetime(2025, 3, 14, 15, 2, 7), datetime(2025, 3, 14, 16, 31, 59))
    assert (run.analysis_mode, run.min_events, run.samples_declared) == ("Quan FitOfAllStandards", 50, 8)
    assert (run.crc_state, run.is_resaved, run.date_order) == ("match", False, "mdy")
    tnf = read_golden.analyte.to_pylist()[1]
    assert (tnf["coef_d"], tnf["coef_f"], tnf["r2_reported"], tnf["unit_reported"]) == (-1.0625, None, 0.9987, "pg/mL")
    control = [r for r in read_golden.reagent.to_pylist() if r["reagent_kind"] == "qc_control"][1]
    assert (control["expected_concentration"], control["range_low"], control["range_high"]) == (50.0, 45.0, 70.0)
    assert read_golden.lot.column("expires_on").to_pylist()[0] == date(2025, 11, 17)
    assert read_golden.calibration.column("state").to_pylist() == ["passed", "expired", "unknown"]
    assert read_golden.event.column("well").to_pylist() == [None, "B2"]


def test_a_sample_name_that_stands_twice_keeps_both_rows(read_golden):
    rows = [r for r in read_golden.summary.to_pylist() if r["sample_label"] == "P2" and r["analyte_reported"] == "TNFa"]
    assert [(r["occurrence"], r["avg_net_mfi"], r["avg_result_op"]) for r in rows] == [(1, 795.5, "="), (2, None, ">")]


def test_an_unknown_block_is_listed_and_said(read_golden):
    ignored = [b for b in read_golden.block.to_pylist() if not b["is_consumed"]]
    assert [(b["name"], b["first_line"], b["row_count"]) for b in ignored] == [("Wobble Index", 180, 1)]
    assert codes(read_golden) == ["calibration_expired", "calibration_unknown", "block_ignored"]


@pytest.mark.parametrize(
    ("edit", "line", "words"),
    [
        (('"515","376.5","902"', '"515","902"'), 49, "shorter than its header"),
        (('"515","376.5","902"', '"515","376.5","902","7"'), 49, "longer than its header"),
        (('"515","376.5","902"', '"515","","376.5"'), 49, "another number of events"),
        (('"3(1,C1)"', '"3(1,D1)"'), 50, "two rows name one well"),
        (('"3(1,C1)"', '"3(1,C13)"'), 49, "no well of the plate"),
        (('"3(1,C1)"', '"C1"'), 49, "no well of the plate"),
        (('"IL-2","TNFa","Total Events"', '"IL-2","IL-2","Total Events"'), 46, "two columns have one name"),
        (('"IL-2","TNFa","Total Events"', '"IL-2","","Total Events"'), 46, "no name"),
        (('"DataType:","Count"', '"DataType:","Median"'), 69, "stands twice"),
        (('"DataType:","Median"', '"DataType:","Medial"'), 209, "no Median block"),
        (('"BeadID:","48","75"\n"Per Bead', '"BeadID:","48","76"\n"Per Bead'), 164, "two bead regions"),
        (('"Results"', '"Result"'), 45, "before the line `Results`"),
        (('"Control1","35","45"', '"Control1","35"'), 157, "shorter than its header"),
    ],
)
def test_damage_is_refused_with_its_line(edited, edit, line, words):
    with pytest.raises(MalformedFile) as refusal:
        read_bytes(edited(edit), "plate.csv")
    assert refusal.value.line == line
    assert words in str(refusal.value)


def test_a_statistic_that_is_no_number_is_left_empty_and_said(edited):
    text = edited().decode().replace('"100.00","100.00"', '"20.lip","100.00"', 1)
    read = read_bytes(text.encode(), "plate.csv")
    assert cell(read, "B1", "IL-2", "recovery_reported_pct") is None
    assert "unreadable_value" in codes(read)


def test_blocks_may_come_in_any_order_be_short_or_missing(read_golden, edited):
    text = edited().decode()
    pieces = text.split('"DataType:"')
    footer_at = pieces[-1].index("-- CRC --")
    pieces[-1], footer = pieces[-1][:footer_at], pieces[-1][footer_at:]
    shuffled = pieces[0] + "".join('"DataType:"' + piece for piece in reversed(pieces[1:])) + footer
    read = read_bytes(shuffled.encode(), "plate.csv")
    columns = [name for name in READING.names if name not in ("run_id", "source_line")]
    assert read.reading.select(columns).equals(read_golden.reading.select(columns))
    short = text.replace('"10(1,B2)","P2","34","0","908"\r\n', "", 1)
    assert "rows_absent" in codes(read_bytes(short.encode(), "plate.csv"))
    without = text.replace('"DataType:","Count"', '"DataType:","Tally"', 1)
    assert "block_absent" in codes(read_bytes(without.encode(), "plate.csv"))


def test_crc_state_is_a_warning_never_a_refusal(edited):
    data = edited()
    assert read_bytes(data, "p").run.crc_state == "match"
    changed = data.replace(b'"115.5"', b'"115.0"', 1)
    read = read_bytes(changed, "p")
    assert read.run.crc_state == "mismatch"
    assert "crc_mismatch" in codes(read)
    absent = read_bytes(data[: data.index(b"-- CRC --")], "p")
    assert absent.run.crc_state == "absent"
    assert {"footer_absent", "crc_absent"} <= set(codes(absent))


def test_the_export_cut_at_every_line_is_refused_or_identical(edited, read_golden):
    lines = edited().split(b"\r\n")
    columns = [name for name in READING.names if name != "run_id"]
    whole = read_golden.reading.select(columns)
    refused = []
    for count in range(1, len(lines) - 1):
        cut = b"\r\n".join(lines[:count]) + b"\r\n"
        try:
            read = read_bytes(cut, "p")
        except InputRefused as refusal:
            refused.append(refusal)
        else:
            assert read.reading.select(columns).equals(whole), count
            assert "crc_absent" in codes(read), count
    assert len(refused) > 200
    assert [refusal for refusal in refused if refusal.line is None] == []


def test_a_corrupted_ladder_is_refused_with_the_value_it_should_have(edited):
    with pytest.raises(CorruptedLadder) as refusal:
        read_bytes(edited(('\n"Standard2","16","16"', '\n"Standard2","16000","16"')), "p")
    assert refusal.value.line == 147
    assert "Standard2 of IL-2 (line 147) is 16000, should be 16" in str(refusal.value)


def test_an_undecidable_date_is_unknown_until_the_site_settles_it(edited):
    read = read_bytes(edited(*OPEN), "p")
    said = [row for row in read.warning.to_pylist() if row["code"] == "date_unknown"]
    assert (read.run.started_at, read.run.date_order, [row["source_line"] for row in said]) == (None, None, [3])
    told = read_bytes(edited(*OPEN), "p", site_order="dmy")
    assert (told.run.started_at, told.reading) == (datetime(2025, 4, 3, 15, 2, 7), read.reading)
    assert "date_unknown" not in told.warning.column("code").to_pylist()
    read = read_bytes(edited(*OPEN[:3]), "p")
    assert read.run.started_at == datetime(2025, 3, 4, 15, 2, 7)
    assert read.run.date_evidence == "Country Code 409"


def test_two_plates_in_a_batch_keep_their_numbers(edited):
    text = edited().decode()
    for before, after in (("9(1,A2)", "9(2,A1)"), ("10(1,B2)", "10(2,B1)")):
        text = text.replace(before, after)
    read = read_bytes(text.encode(), "p")
    keys = {(r["plate_number"], r["well"]) for r in read.reading.to_pylist()}
    assert {(1, "A1"), (2, "A1"), (1, "B1"), (2, "B1")} <= keys
    assert read.run.plate_count == 2
