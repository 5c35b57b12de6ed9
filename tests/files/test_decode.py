"""One file, one text: a plate's reader and a laboratory's table decode alike, and refuse alike what is no text."""

from __future__ import annotations

import pytest

from pbis.clinical.extract import TableShape, parse_extract
from pbis.clinical.extract import decode as decode_table
from pbis.core.errors import InputRefused
from pbis.files.sheet import decode as decode_plate

TEXT = "who,what\r\na,µg/mL\r\nb,2\r\n"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_the_same_text(encoding, mark):
    data = (mark + TEXT).encode(encoding)
    plate, table = decode_plate("f", data), decode_table(data, "f")
    assert plate.text == TEXT.replace("\r\n", "\n")
    assert table == (TEXT, plate.encoding)
    extract = parse_extract(data, "f", TableShape("things", {"who": ("who",), "what": ("what",)}))
    assert extract.columns["what"].to_pylist() == ["µg/mL", "2"]


def test_windows_1252_is_the_last_resort():
    data = TEXT.encode("cp1252")
    assert decode_plate("f", data).encoding == decode_table(data, "f")[1] == "cp1252"


@pytest.mark.parametrize(
    ("data", "words"), [(b"a\nb\n\x00", "NUL"), (b"a\nb\n\x81", "cp1252"), (b"\xff\xfea", "utf-16")]
)
def test_what_is_no_text_is_refused_in_the_same_words(data, words):
    said = []
    for read in (lambda: decode_plate("f", data), lambda: decode_table(data, "f")):
        with pytest.raises(InputRefused, match=words) as refusal:
            read()
        said.append(str(refusal.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("size", [3, 59_999, 60_000, 60_001])  # line ends on either side of a piece's edge
@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\r\r\n", "\n\r"])
def test_line_ends_are_folded_alike_wherever_they_stand(size: int, end: str) -> None:
    text = f"{'x' * size}\r\n{'y' * size}{end}z{end}"
    folded = text.replace("\r\n", "\n").replace("\r", "\n")
    assert decode_plate("ends.csv", text.encode()).text == folded
    assert decode_plate("ends.csv", f"\u00b5{text}".encode()).text == f"\u00b5{folded}"
