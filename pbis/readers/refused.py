"""Files that lie beside plate exports: recognised by content and refused by name, with what to do instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pbis.core.errors import UnrecognisedFormat
from pbis.files.book import Book
from pbis.files.delimiter import first_line
from pbis.files.sheet import Text

EXPORT_CSV = "in xPONENT choose Results > Export and drop the CSV"
SAVE_CSV = "open it and save the sheet as CSV, or export the CSV again"


@dataclass(frozen=True)
class Kind:
    """A kind of file by its bytes or its first line, and the advice that goes with its refusal."""

    title: str
    hint: str


def check_bytes(name: str, data: bytes) -> None:
    """Raise UnrecognisedFormat for documents, archives, pictures, and the project files of other software."""
    kind = _of_suffix(name)
    if kind is not None and _is_binary(data):
        raise UnrecognisedFormat(
            f"is {kind.title}", file=name, expected="a plate export", found=kind.title, hint=kind.hint
        )
    for is_kind, kind in _BY_BYTES:
        if is_kind(data):
            raise UnrecognisedFormat(
                f"is {kind.title}",
                file=name,
                expected="a plate export as delimited text",
                found=kind.title,
                hint=kind.hint,
            )


def check_book(book: Book) -> None:
    """Raise UnrecognisedFormat for workbooks of a known other kind, by the cells of their first rows."""
    for sheet in book.sheets:
        for i in range(min(len(sheet.rows), 30)):
            words = " ".join(sheet.row_text(i))
            if re.search(r"\bBelysa\b", words):
                raise UnrecognisedFormat(
                    "is a Belysa report",
                    file=book.name,
                    line=i + 1,
                    column=sheet.name,
                    expected="a plate export",
                    found=words[:60],
                    hint=EXPORT_CSV,
                )
            if {cell.casefold() for cell in sheet.row_text(i)} >= {"well", "role"}:
                raise UnrecognisedFormat(
                    "is a plate layout",
                    file=book.name,
                    line=i + 1,
                    column=sheet.name,
                    expected="a plate export",
                    found=words[:60],
                    hint="drop it into the folder of layouts",
                )


def check_text(text: Text) -> None:
    """Raise UnrecognisedFormat for text files of a known other kind."""
    line = first_line(text.text)
    for pattern, kind in _BY_FIRST_LINE:
        if pattern.match(line.strip().lstrip("\ufeff")):
            raise _is_kind(text.name, _of_suffix(text.name) or kind, line)


def unclaimed(name: str, lines: Sequence[str], titles: Sequence[str]) -> UnrecognisedFormat:
    """The refusal of a file that no reader claims; one of other software, or of another assay, is still called by its name.

    lines: the first lines of a text, or one line about a workbook. They are asked only here, because a plate export may name
    anything in its protocol or its samples.
    """
    line = next((line for line in lines if line.strip(' ",;\t')), "")
    kind = _of_suffix(name)
    if kind is not None:
        return _is_kind(name, kind, line)
    for at, text in enumerate(lines, 1):
        for pattern, other in _BY_ANY_LINE:
            if pattern.search(text):
                return _is_kind(name, other, text.strip(), at)
    return UnrecognisedFormat(
        "is no plate export that we read",
        file=name,
        line=1,
        expected="; ".join(titles),
        found=repr(line[:60]),
        hint="export the batch anew from the instrument's software as CSV (Bio-Plex Manager: XLSX or XML) and drop that file",
    )


def _is_kind(name: str, kind: Kind, text: str, line: int = 1) -> UnrecognisedFormat:
    return UnrecognisedFormat(
        f"is {kind.title}", file=name, line=line, expected="a plate export", found=text[:60], hint=kind.hint
    )


def _of_suffix(name: str) -> Kind | None:
    return _BY_SUFFIX.get(Path(name).suffix.casefold())


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(marks)


def _is_binary(data: bytes) -> bool:
    head = data[:8192]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    nuls = head.count(b"\x00")
    alternate = max(head[0::2].count(b"\x00"), head[1::2].count(b"\x00"))
    is_wide = nuls > len(head) // 4 and alternate > 0.95 * nuls  # UTF-16 without a mark
    control = len(re.findall(rb"[\x01-\x08\x0e-\x1f]", head))
    return (nuls > 8 and not is_wide) or control > len(
        head
    ) // 50 + 8  # a few are a damaged text, refused with its line


_PROJECT = "open it in its program and export the results"
_BY_SUFFIX = {
    ".rbx": Kind("a Bio-Plex Manager results file", f"{_PROJECT} as XLSX or XML"),
    ".pbx": Kind("a Bio-Plex Manager protocol file", f"{_PROJECT} as XLSX or XML"),
    ".spbx": Kind("a Bio-Plex Manager protocol file", f"{_PROJECT} as XLSX or XML"),
    ".mbx": Kind("a Bio-Plex Manager file", f"{_PROJECT} as XLSX or XML"),
    ".belysa": Kind("a Belysa project file", "Belysa has computed already; drop the instrument's own export"),
    ".blsa": Kind("a Belysa project file", "Belysa has computed already; drop the instrument's own export"),
    ".lxd": Kind("an xPONENT data file", EXPORT_CSV),
    ".mdf": Kind("an xPONENT database", EXPORT_CSV),
}
_BEADS = Kind(
    "bead-level data of one well",
    "a plate export holds the medians of every well; leave bead files where they are",
)
_BY_BYTES: tuple[tuple[Callable[[bytes], bool], Kind], ...] = (
    (_starts(b"%PDF"), Kind("a PDF report", f"a report has no readings to read; {EXPORT_CSV}")),
    (
        _starts(b"FCS2", b"FCS3"),
        _BEADS,
    ),
    (
        _starts(b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!"),
        Kind("an archive", "unpack it and drop the CSV files"),
    ),
    (_starts(b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), Kind("a picture", EXPORT_CSV)),
    (_starts(b"SQLite format 3"), Kind("a database file", EXPORT_CSV)),
    (_is_binary, Kind("a binary file", EXPORT_CSV)),
)
_BEAD_HEADER = re.compile(r'"?Event\s*No\.?"?\s*[,;\t]\s*"?(RID|Region|DD|CL1|Bead)', re.IGNORECASE)
_OTHER_ASSAY = (
    "it is no bead assay of Luminex: leave it where it is, or drop its results into the folder of clinical labs"
)
_BY_ANY_LINE = (
    (_BEAD_HEADER, _BEADS),
    (
        re.compile(r"\bOlink|\bNPX\b", re.IGNORECASE),
        Kind("Olink NPX data", "NPX are relative units, from which no pg/mL follow; leave it where it is"),
    ),
    (re.compile(r"\bLEGENDplex\b", re.IGNORECASE), Kind("a LEGENDplex file", _OTHER_ASSAY)),
    (re.compile(r"\bSimoa\b|\bAEB\b|\bHD-[1X]\b"), Kind("a Simoa file", _OTHER_ASSAY)),
    (
        re.compile(r"\bMethodical Mind\b|\bDiscovery Workbench\b|\bMeso Scale\b|\bMSD\b", re.IGNORECASE),
        Kind("a file of MSD software", _OTHER_ASSAY),
    ),
)
_BY_FIRST_LINE = (
    (_BEAD_HEADER, _BEADS),
    (re.compile(r"%PDF"), Kind("a PDF report", f"a report has no readings to read; {EXPORT_CSV}")),
    (re.compile(r"%!PS"), Kind("a printed report", f"a report has no readings to read; {EXPORT_CSV}")),
    (re.compile(r"\{\\rtf"), Kind("a text document", EXPORT_CSV)),
    (
        re.compile(r".*(progid=\"Excel\.Sheet\"|urn:schemas-microsoft-com:office:(spreadsheet|excel))"),
        Kind("an old spreadsheet as XML or web page", "open it and save it as XLSX or CSV, or export the CSV again"),
    ),
    (
        re.compile(r"<!DOCTYPE|<html", re.IGNORECASE),
        Kind("a web page", EXPORT_CSV),
    ),
    (re.compile(r"[{\[]"), Kind("JSON", EXPORT_CSV)),
    (
        re.compile(r".*Belysa", re.IGNORECASE),
        Kind("a Belysa report", "Belysa has computed already; drop the instrument's own export"),
    ),
    (
        re.compile(r".*MILLIPLEX\W*Analyst", re.IGNORECASE),
        Kind("a MILLIPLEX Analyst report", "it has computed already; drop the instrument's own export"),
    ),
    (re.compile(r"MSH\||FHS\||BHS\|"), Kind("an HL7 message", "drop it into the folder of clinical labs")),
    (
        re.compile(r'"?plate"?\s*[,;\t]\s*"?well"?', re.IGNORECASE),
        Kind("a plate layout", "drop it into the folder of layouts"),
    ),
    (
        re.compile(r'"?(analyte|reagent)"?\s*[,;\t].*\b(standard\s*1|expected|unit)\b', re.IGNORECASE),
        Kind("a kit's lot sheet", "drop it into the folder lot_sheets"),
    ),
)
