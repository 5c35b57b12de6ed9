"""Rows of a release out to the programs in which people analyse them: columns with labels and coded words, a codebook, one writer a form."""

from __future__ import annotations

from pbis.export.write import FORMS, ExportedFiles, questions, write_export

__all__ = ["FORMS", "ExportedFiles", "questions", "write_export"]
