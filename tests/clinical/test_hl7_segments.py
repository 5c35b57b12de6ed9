"""The splitter of HL7 v2: line ends, separators, escapes, frames and batches; what is cut off is refused with its line."""

from __future__ import annotations

import pytest

from pbis.clinical.hl7.segments import Message, messages, part_of, unescape
from pbis.core.errors import MalformedFile

MESSAGE = "MSH|^~\\&|LIS|N|P|C|20260305||ORU^R01|1|P|2.5\rPID|1||M1\rOBX|1|NM|X||1.3\r"


def split(text: str) -> list[Message]:
    return list(messages(text, "dump.hl7"))


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\n\n"])
def test_any_line_end_ends_a_segment_and_counts_as_a_line(end: str) -> None:
    (message,) = split(MESSAGE.replace("\r", end))
    assert [segment.fields[0] for segment in message.segments] == ["MSH", "PID", "OBX"]
    assert [segment.line for segment in message.segments] == ([1, 3, 5] if end == "\n\n" else [1, 2, 3])


def test_the_header_s_fields_keep_the_numbers_of_the_standard() -> None:
    (message,) = split(MESSAGE)
    assert message.segments[0].fields[1:4] == ["|", "^~\\&", "LIS"]
    assert message.kind == "ORU^R01"


def test_other_separators_come_out_as_the_usual_ones() -> None:
    text = "MSH*$:!%*LIS*N*P*C*20260305**ORU$R01*1*P*2.5\rOBX*1*ST*A$B|C^D**a!F!b:c%d*\r"
    (message,) = split(text)
    fields = message.segments[1].fields
    assert message.kind == "ORU^R01"
    assert part_of(fields[3], 2) == "B|C^D"
    assert fields[5] == "a\\F\\b~c&d"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"),
        ("10\\S\\3/uL", "10^3/uL"),
        ("\\X3C\\6.4", "<6.4"),
        ("one\\.br\\two", "one two"),
        ("\\H\\high\\N\\", "high"),
        ("C:\\dir", "C:\\dir"),
        ("\\Q\\", "\\Q\\"),
    ],
)
def test_escapes(sent: str, meant: str) -> None:
    assert unescape(sent) == meant


def test_frames_of_mllp_leave_no_trace() -> None:
    found = split(f"\v{MESSAGE}\x1c\r\v{MESSAGE}\x1c\r")
    assert [[segment.line for segment in message.segments] for message in found] == [[1, 2, 3], [5, 6, 7]]


def test_a_segment_after_the_end_of_its_frame_belongs_to_no_message() -> None:
    strays: list[int] = []
    assert len(list(messages(f"\v{MESSAGE}\x1c\rOBX|2|NM|X||1\r", "dump.hl7", strays))) == 1
    assert strays == [5]
    with pytest.raises(MalformedFile, match="line 5: text outside a message"):
        split(f"\v{MESSAGE}\x1c\rOBX|2|NM|X||1\r")


def test_a_batch_gives_its_messages() -> None:
    assert len(split(f"FHS|^~\\&\rBHS|^~\\&\r{MESSAGE}{MESSAGE}BTS|2\rFTS|1\r")) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"FHS|^~\\&\rBHS|^~\\&\r{MESSAGE}BTS|1\r", "line 6: the file is cut off: FHS of line 1 has no FTS"),
        (f"BHS|^~\\&\r{MESSAGE}", "line 4: the file is cut off: BHS of line 1 has no BTS"),
        (f"BHS|^~\\&\r{MESSAGE}BTS|2\r", "line 5: the batch is not whole; expected 2; found 1 in it"),
        (f"{MESSAGE}BTS|1\r", "line 4: BTS without BHS"),
        (f"\v{MESSAGE}", "broken frames; expected as many ends as beginnings; found 1 that begin, 0 that end"),
        (f"PID|1||M1\r{MESSAGE}", "line 1: text before the first message (MSH) of a file of HL7 v2"),
    ],
)
def test_what_is_not_whole_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(MalformedFile) as refusal:
        split(text)
    assert words in str(refusal.value)
    assert "M1" not in str(refusal.value)


def test_a_header_that_ends_after_its_name_declares_nothing() -> None:
    (message,) = split("MSH")
    assert (message.kind, message.separators.are_usable) == ("", False)


def test_a_line_end_inside_a_text_goes_on_with_it() -> None:
    (message,) = split("MSH|^~\\&|||||||ORU^R01\nOBX|1|TX|NOTE||first\nsecond||||||F\n")
    assert message.segments[1].fields[5] == "first\nsecond"
    assert message.segments[1].fields[11] == "F"
    assert (message.joined, message.broken) == ([3], [])


def test_a_broken_segment_is_named_and_not_joined() -> None:
    (message,) = split("MSH|^~\\&|||||||ORU^R01\nPID|1||M1\nPID1||M2\nOBX|1|NM|X||1\n")
    assert message.broken == [3]
    assert message.segments[1].fields == ["PID", "1", "", "M1"]


def test_chunks_never_part_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    text = MESSAGE.replace("\r", "\r\n") * 3
    whole = [message.segments for message in split(text)]
    for size in (1, 7, 40, 41, 42, 43):
        monkeypatch.setattr("pbis.clinical.hl7.segments.CHUNK", size)
        assert [message.segments for message in split(text)] == whole
