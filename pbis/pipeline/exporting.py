"""Rows of a site's release out to a file for another program."""

from __future__ import annotations

from pathlib import Path

import warehouse
from pbis.config import load_site
from pbis.export import ExportedFiles, questions, write_export
from pbis.export.model import ExportAbout
from pbis.files.table_out import asked_for
from pbis.pipeline.published import asked_place
from pbis.version import __version__


def export_site(root: Path, what: str, form: str, out: Path, release: str = "", study: str = "") -> ExportedFiles:
    """Write rows of `what` (results, scores, labs) of the newest release, or the one named, in a form of pbis.export.FORMS.

    study: identifier of the study in SDTM, the site's name where it is ''. UsageError where nothing is published, or as
    write_export says.
    """
    names = questions(what, form)
    with asked_place(root, release) as database:
        found = warehouse.exported(database, names)
    (made,) = found["about"].to_pylist()
    about = ExportAbout(
        release=made["release"],
        began_at=made["started_at"],
        what=what,
        program=__version__,
        study=study or load_site(root).file.site.name,
    )
    with asked_for(out):
        return write_export(found[names[1]], about, form, out)
