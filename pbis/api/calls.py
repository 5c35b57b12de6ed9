"""read, read_layout, assay, score, explain: each composes what the command of the same name does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbis.api.arguments import AnyPath, as_path, as_text, name_or_file
from pbis.api.results import Assay, Explanation, Plate, Score, Table, explanation_of, plate_of
from pbis.core.errors import UsageError
from pbis.packages import require_own

if TYPE_CHECKING:
    import pyarrow as pa

    from pbis.core.curves.method import Method, Profile
    from pbis.pipeline.single import AssayedFile


def read(path: AnyPath, lot_sheet: AnyPath | None = None) -> Plate:
    """Read one plate export; lot_sheet: its kit's, where the plate was run with analysis off.

    InputRefused, in one of its kinds, where a file is missing or not accepted.
    """
    from pbis import readers
    from pbis.pipeline.accepting import accepted

    plate = accepted(readers.read(as_path(path)))
    if lot_sheet is not None:
        sheet = as_path(lot_sheet, "lot_sheet")
        plate = readers.attach_lot_sheet(plate, readers.read_lot_sheet(sheet), name=sheet.name)
    return plate_of(plate)


def read_layout(path: AnyPath) -> Table:
    """Read a plate layout, CSV or workbook: a row a well. InputRefused where it is missing or not accepted."""
    from pbis import readers

    return Table(readers.read_layout(as_path(path)))


def assay(
    path: AnyPath,
    layout: AnyPath | None = None,
    lot_sheet: AnyPath | None = None,
    panel: AnyPath | None = None,
    method: Method = "robust",
    profile: Profile = "research",
) -> Assay:
    """Concentrations, or bounds, of one plate export; the arguments are those of `pbis assay`.

    panel: a name, or the path of a .toml file. InputRefused where a file is not accepted; UsageError, with the names that
    there are, for an unknown panel, method or profile; ConfigError for a panel's file that is wrong.
    """
    require_own("expectations")
    from pbis.panels.load import panel_names
    from pbis.pipeline.single import assay_file

    assayed = assay_file(
        as_path(path),
        layout=None if layout is None else as_path(layout, "layout"),
        lot_sheet=None if lot_sheet is None else as_path(lot_sheet, "lot_sheet"),
        panel=None if panel is None else name_or_file(panel, "panel", panel_names()),
        method=method,
        profile=profile,
    )
    tables = {"curve": assayed.curves, "level": assayed.levels, "well": assayed.roles.table}
    tables["warning"] = _warnings(assayed)
    shown = {name: Table(table) for name, table in tables.items()}
    return Assay(_table=assayed.results, plate=plate_of(assayed.plate), **shown)


def score(table: AnyPath, cutoffs: AnyPath | None = None) -> Score:
    """Score the subjects of a CSV by a cut-off set: a name, or the path of a .toml file. There is no default set.

    InputRefused where the table is missing or none; UsageError, with the sets that there are, for no set or an unknown one.
    """
    import pyarrow as pa

    from pbis.pipeline.score_table import COLUMNS_OUT, score_rows
    from pbis.scores import set_names

    if cutoffs is None:
        raise UsageError(
            f"cutoffs: there is no set that would be right for everyone; name one of {', '.join(set_names())} "
            "or the path of a .toml file"
        )
    chosen = name_or_file(cutoffs, "cut-off set", set_names())
    notes: list[str] = []
    rows = score_rows(as_path(table, "table"), chosen, notes.append)
    texts = ("subject", "group", "reasons", "details", "marks", "mark_reasons")
    schema = pa.schema([(name, pa.string() if name in texts else pa.int64()) for name in COLUMNS_OUT])
    return Score(_table=pa.Table.from_pylist(rows, schema=schema), cutoffs=chosen, notes=tuple(notes))


def explain(site: AnyPath, subject: str, cutoffs: str | None = None) -> Explanation:
    """Why the score of a subject of a site's newest release is what it is; cutoffs: another set than the site's own.

    ConfigError where there is no site; UsageError where nothing is published, or subject or set are unknown.
    """
    require_own("warehouse")
    from pbis.pipeline.explain import as_lines, explain_tables

    if cutoffs is not None:
        cutoffs = as_text(cutoffs, "cutoffs")
    tables = explain_tables(as_path(site, "site"), as_text(subject, "subject"), cutoffs)
    return explanation_of(tables, as_lines({name: table.to_pylist() for name, table in tables.items()}))


def _warnings(assayed: AssayedFile) -> pa.Table:
    """The warnings that `pbis assay` prints, each by itself, roles first, with their codes."""
    import pyarrow as pa

    rows = [{"code": one.code, "message": one.message, "source_line": one.line} for one in assayed.said]
    schema = pa.schema([("code", pa.string()), ("message", pa.string()), ("source_line", pa.int64())])
    return pa.Table.from_pylist(rows, schema=schema)
