"""Rows of a site's release out to a file for another program."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.config import load_site
from pbis.core.withdrawn import Withdrawn
from pbis.export import ExportedFiles, questions, write_export
from pbis.export.model import ExportAbout
from pbis.files.table_out import asked_for
from pbis.pipeline.published import asked_place
from pbis.pipeline.withdrawals import withdrawn_as_told
from pbis.version import __version__


def export_site(root: Path, what: str, form: str, out: Path, release: str = "", study: str = "") -> ExportedFiles:
    """Write rows of `what` (results, scores, labs) of the newest release, or the one named, in a form of pbis.export.FORMS.

    study: identifier of the study in SDTM, the site's name where it is ''. A subject who withdrew consent is left out also while no night has
    taken the subject out of the release. UsageError where nothing is published, or as write_export says.
    """
    site = load_site(root)
    names = questions(what, form)
    with asked_place(root, release) as database:
        found = warehouse.exported(database, names)
    (made,) = found["about"].to_pylist()
    about = ExportAbout(
        release=made["release"],
        began_at=made["started_at"],
        what=what,
        program=__version__,
        study=study or site.file.site.name,
    )
    with asked_for(out):
        return write_export(_of_who_consents(found[names[1]], withdrawn_as_told(site)), about, form, out)


def _of_who_consents(rows: pa.Table, withdrawn: Withdrawn) -> pa.Table:
    """The rows without those of subjects who withdrew."""
    if not withdrawn.subjects:
        return rows
    subjects = pc.unique(rows.column("subject_id").drop_null())
    gone = [name for name in subjects.to_pylist() if withdrawn.who(name) is not None]
    return rows.filter(pc.invert(pc.is_in(rows.column("subject_id"), pa.array(gone, subjects.type))))
