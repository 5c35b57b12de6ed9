"""Headers of a site's tables: what its map says goes over the map that comes with the program, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pbis.core.words import nearest
from pbis.labs.model import fold_header
from pbis.labs.own_words import MapText

Headers = Mapping[str, tuple[str, ...]]
# Headers of planned work. They stand here because the bytes of the default map are part of what every stored import rests on.
WORKLISTS: Mapping[str, list[str]] = MappingProxyType({
    "plate": ["plate", "plate name", "batch"],
    "barcode": ["barcode", "specimen", "specimen id", "specimen barcode", "tube"],
    "subject": ["subject", "subject id", "study id"],
    "due_on": ["due on", "due", "due date", "expected on", "expected by", "planned for"],
})  # fmt: skip


def own_columns(
    declared: Mapping[str, Mapping[str, list[str]]], known: Mapping[str, Headers], text: MapText
) -> dict[str, Headers]:
    """Table -> field -> folded headers. known: those of the default map, which hold for each table and field that is not declared;
    a header that the site declares leaves every other field.

    Raises ConfigError with the line: a table or a field that is none of ours, a header of two meanings.
    """
    for table, fields in declared.items():
        if table not in known:
            text.refuse(
                f"columns.{table}",
                table,
                f"there is no table {table!r}; expected one of {', '.join(known)}{nearest(table, known)}",
            )
        for field in fields:
            if field not in known[table]:
                ours = f"expected one of {', '.join(known[table])}{nearest(field, known[table])}"
                text.refuse(f"columns.{table}", field, f"the table has no field {field!r}; {ours}")
    return {table: _table(table, declared.get(table, {}), fields, text) for table, fields in known.items()}


def _table(table: str, declared: Mapping[str, list[str]], known: Headers, text: MapText) -> Headers:
    meant: dict[str, str] = {}
    for field, headers in declared.items():
        for header in headers:
            if meant.setdefault(fold_header(header), field) != field:
                words = f"{header!r} has two meanings: {meant[fold_header(header)]} and {field}"
                text.refuse(f"columns.{table}", field, words)
    own = {field: tuple(dict.fromkeys(map(fold_header, headers))) for field, headers in declared.items()}
    return {
        field: own[field] if field in own else tuple(header for header in headers if header not in meant)
        for field, headers in known.items()
    }
