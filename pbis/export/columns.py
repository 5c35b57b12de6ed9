"""The columns of what is exported as it stands, in the order of warehouse/export/*.sql: name, short name, kind, label, closed words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pbis.export.model import ExportColumn as C

_RESULTS = (
    C("seq", "SEQ", "whole", "Sequence number of the row"),
    C("subject_id", "SUBJECT", "text", "Study id"),
    C("cohort", "COHORT", "text", "Cohort"),
    C("specimen_id", "SPECIMEN", "text", "Specimen barcode"),
    C("study_day", "STUDYDAY", "whole", "Day of collection, 0 = first dose"),
    C("plate", "PLATE", "text", "Plate"),
    C("plate_number", "PLATENO", "whole", "Plate within its batch"),
    C("well", "WELL", "text", "Well"),
    C("well_role", "ROLE", "text", "What the well holds", "well_role"),
    C("analyte", "ANALYTE", "text", "Analyte"),
    C("value", "VALUE", "number", "Concentration, or the bound"),
    C("value_op", "VALOP", "text", "=, < or > of the value"),
    C("value_text", "VALTEXT", "text", "Value as exact text"),
    C("value_display", "VALDISP", "text", "Value with 4 significant digits"),
    C("unit", "UNIT", "text", "Unit of value, CI and limits"),
    C("ci_low", "CILOW", "number", "95 % CI, lower end"),
    C("ci_high", "CIHIGH", "number", "95 % CI, upper end"),
    C("lloq", "LLOQ", "number", "Lower limit of quantification"),
    C("uloq", "ULOQ", "number", "Upper limit of quantification"),
    C("dilution_factor", "DILUTION", "number", "Dilution factor, applied"),
    C("status", "STATUS", "text", "What the curve gives", "result_status"),
    C("qc_state", "QCSTATE", "text", "State after quality control", "qc_state"),
    C("is_reportable", "REPORTAB", "yes_no", "Value may be reported"),
    C("reason_1", "REASON1", "text", "First reason behind the state", "reading_reason"),
    C("reason_2", "REASON2", "text", "Second reason", "reading_reason"),
    C("reason_3", "REASON3", "text", "Third reason", "reading_reason"),
    C("reasons", "REASONS", "text", "All reasons, joined by ;"),
    C("mfi", "MFI", "number", "Median fluorescence intensity"),
    C("bead_count", "BEADS", "whole", "Beads behind the median"),
    C("replicate_cv_pct", "CVPCT", "number", "CV of the replicate group, percent"),
    C("method", "METHOD", "text", "Curve method"),
    C("assay_id", "ASSAYID", "text", "Key of the assay"),
    C("run_id", "RUNID", "text", "Key of the export file"),
    C("source_line", "LINE", "whole", "Line of the export file"),
)


def _component(name: str, short: str, said: str) -> tuple[C, ...]:
    return (
        C(f"{name}_point", f"{short}PT", "whole", f"{said}: point, 1 or 0"),
        C(f"{name}_value", f"{short}VAL", "number", f"{said}: value, or bound"),
        C(f"{name}_value_op", f"{short}OP", "text", f"{said}: operator of the value"),
        C(f"{name}_value_text", f"{short}TXT", "text", f"{said}: value as decided with, exact"),
        C(f"{name}_unit", f"{short}UNIT", "text", f"{said}: unit"),
        C(f"{name}_reason", f"{short}WHY", "text", f"{said}: why unknown", "lab_reason"),
    )


_SCORES = (
    C("seq", "SEQ", "whole", "Sequence number of the row"),
    C("subject_id", "SUBJECT", "text", "Study id"),
    C("cohort", "COHORT", "text", "Cohort"),
    C("cutoff_set", "CUTSET", "text", "Cut-off set"),
    C("is_site_set", "SITESET", "yes_no", "The set that the site reports"),
    C("score", "SCORE", "whole", "PBIS, 0 to 4, where it is certain"),
    C("score_min", "SCOREMIN", "whole", "Points that are certain"),
    C("score_max", "SCOREMAX", "whole", "Points that are possible"),
    C("pbis_group", "PBISGRP", "text", "Group", "pbis_group"),
    C("is_certain", "CERTAIN", "yes_no", "Group holds on either side of near cuts"),
    C("is_near_cut", "NEARCUT", "yes_no", "A component lies near its cut"),
    C("reasons", "REASONS", "text", "Component: reason, joined by ;"),
    *_component("nlr", "NLR", "NLR"),
    *_component("crp", "CRP", "CRP"),
    *_component("il12", "IL12", "IL-12"),
    *_component("il2", "IL2", "IL-2"),
    C("p_high", "PHIGH", "number", "Probability that the group is high"),
    C("p_high_low", "PHIGHLO", "number", "Least that it can be"),
    C("p_high_high", "PHIGHHI", "number", "Most that it can be"),
    C("p_high_basis", "PBASIS", "text", "What the probability rests on"),
    C("marks", "MARKS", "text", "Marks, joined by ;"),
    C("mark_reasons", "MARKWHY", "text", "Mark: why, joined by ;"),
    C("crafity_min", "CRAFMIN", "whole", "CRAFITY points that are certain"),
    C("crafity_max", "CRAFMAX", "whole", "CRAFITY points that are possible"),
)

_LABS = (
    C("seq", "SEQ", "whole", "Sequence number of the row"),
    C("subject_id", "SUBJECT", "text", "Study id"),
    C("cohort", "COHORT", "text", "Cohort"),
    C("specimen_id", "SPECIMEN", "text", "Accession or barcode of the draw"),
    C("study_day", "STUDYDAY", "whole", "Day of collection, 0 = first dose"),
    C("site", "SITE", "text", "Site of the record number"),
    C("analyte", "ANALYTE", "text", "Test"),
    C("code", "CODE", "text", "Code as sent"),
    C("code_system", "CODESYS", "text", "loinc or local"),
    C("value_reported", "VALREP", "text", "Value as sent"),
    C("unit_reported", "UNITREP", "text", "Unit as sent"),
    C("value", "VALUE", "number", "Value, or the bound"),
    C("value_op", "VALOP", "text", "=, <, <=, > or >= of the value"),
    C("value_text", "VALTEXT", "text", "Value as exact text"),
    C("value_display", "VALDISP", "text", "Value with 4 significant digits"),
    C("unit", "UNIT", "text", "Unit of the value"),
    C("status", "STATUS", "text", "Status of the result", "lab_status"),
    C("reason", "REASON", "text", "Why the row is not used", "lab_reason"),
    C("detail", "DETAIL", "text", "The same in a sentence"),
    C("is_current", "CURRENT", "yes_no", "The version that counts"),
    C("is_used", "USED", "yes_no", "It counts, or says the same"),
    C("reference_text", "REFRANGE", "text", "Reference range as sent"),
    C("file_id", "FILEID", "text", "Key of the file"),
    C("source_line", "LINE", "whole", "Line of the file"),
)

COLUMNS: Mapping[str, tuple[C, ...]] = MappingProxyType({"results": _RESULTS, "scores": _SCORES, "labs": _LABS})
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "results": "One row per sample well and analyte",
        "scores": "One row per subject and cut-off set",
        "labs": "One row per clinical laboratory row",
    }
)
