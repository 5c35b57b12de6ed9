"""What a file is that somebody brings: which folder of the inbox it belongs into, by its content alone, and a word on what it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow.compute as pc

from pbis.clinical.recognise import TABLE, WORKBOOK, plain, recognise
from pbis.clinical.shapes import shape_of
from pbis.clinical.table import read_table
from pbis.core.errors import InputRefused, UnrecognisedFormat
from pbis.core.kept import NamedBytes
from pbis.core.words import plural
from pbis.files.declared import require_modest
from pbis.labs import LabsMap
from pbis.pipeline.named import named_layout, named_sheet
from pbis.readers import FORMATS
from pbis.readers.registry import open_document, read_document

# What a header proves, the one that asks for most first: a table of results has what one of treatments has, and more.
_TABLES = ("labs", "outcomes", "specimens", "treatments", "linkage", "worklists")
# What a table of that kind is never without, where the columns that it needs are those of another kind too.
_ITS_OWN = {"worklists": ("plate", "barcode", "subject")}
_ONE = {
    "plates": "plate export",
    "layouts": "layout",
    "lot_sheets": "lot sheet",
    "specimens": "specimen table",
    "labs": "file of results",
    "treatments": "treatment table",
    "linkage": "linkage table",
    "outcomes": "outcome table",
    "worklists": "worklist",
}


@dataclass(frozen=True)
class Recognised:
    """kind: folder of the inbox, None where nothing claims the file; words: what it is, or why it is nothing; trouble: what a night will
    say about it, '' where nothing is known against it."""

    kind: str | None
    words: str
    trouble: str = ""


def kind_words(kind: str, count: int) -> str:
    """`3 plate exports`."""
    one = _ONE[kind]
    return plural(count, one, one.replace("file of", "files of") if " of " in one else None)


def not_too_large(data: bytes, name: str) -> None:
    """BeyondLimits where a compressed file says that it unpacks to more than any file of the inbox; nothing is unpacked."""
    require_modest(data, name)


def recognised(data: bytes, name: str, labs_map: LabsMap) -> Recognised:
    """What the file is. It is read as a night would read it, without what else a night knows: a kit, a layout, an earlier plate."""
    held = NamedBytes(name, data)
    troubles: list[str] = []
    for look in (_plate, _results, _layout, _sheet):
        found = look(held, troubles)
        if found is not None:
            return found
    found = _table(held, labs_map)
    if found is not None:
        return found
    said = troubles[0] if troubles else f"{name}: nothing in it says what it is"
    return Recognised(None, said)


def _plate(held: NamedBytes, troubles: list[str]) -> Recognised | None:
    try:
        document = open_document(held.data, held.name)
        if not any(known.claims(document) for known in FORMATS):
            return None
    except InputRefused as error:
        troubles.append(str(error))
        return None
    try:
        read = read_document(document)
    except InputRefused as error:
        return Recognised("plates", "a plate export", str(error))
    wells = pc.count_distinct(read.reading.column("well")).as_py()
    called = read.run.batch or "without a name"
    return Recognised(
        "plates", f"the export of plate {called}: {plural(wells, 'well')}, {plural(read.analyte.num_rows, 'analyte')}"
    )


def _results(held: NamedBytes, troubles: list[str]) -> Recognised | None:
    try:
        form = recognise(plain(held.data, held.name), held.name)
    except UnrecognisedFormat as error:
        troubles.append(str(error))
        return None
    return None if form in (TABLE, WORKBOOK) else Recognised("labs", f"results as {form.upper().replace('_', ' ')}")


def _layout(held: NamedBytes, troubles: list[str]) -> Recognised | None:
    def words() -> str:
        layout = named_layout(held)
        names = sorted(pc.unique(layout.column("plate")).to_pylist())
        return f"the layout of {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}: {plural(layout.num_rows, 'well')}"

    return _tried("layouts", "a layout", words, ("without a name", "layout does not say"))


def _sheet(held: NamedBytes, troubles: list[str]) -> Recognised | None:
    def words() -> str:
        lot = named_sheet(held).column("lot_number")[0].as_py()
        return f"the lot sheet of {lot}" if lot else "a lot sheet"

    return _tried("lot_sheets", "a lot sheet", words, ("lot sheet says neither",))


def _tried(kind: str, one: str, words: Callable[[], str], known: tuple[str, ...]) -> Recognised | None:
    """known: refusals that prove the kind all the same."""
    try:
        return Recognised(kind, words())
    except InputRefused as error:
        return Recognised(kind, one, str(error)) if any(said in str(error) for said in known) else None


def _table(held: NamedBytes, labs_map: LabsMap) -> Recognised | None:
    for kind in _TABLES:
        try:
            table = read_table(held, shape_of(kind, labs_map))
        except InputRefused:
            continue
        own = _ITS_OWN.get(kind)
        if own is None or any(pc.any(pc.not_equal(table.columns[name], "")).as_py() for name in own):
            one = _ONE[kind]
            return Recognised(kind, f"{'an' if one[0] in 'aeiou' else 'a'} {one}: {plural(table.row_count, 'row')}")
    return None
