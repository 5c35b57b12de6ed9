"""What each table about patients must have, under a site's map: the one place that says which columns may be absent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pbis.clinical.extract import TableShape
from pbis.labs import LabsMap

UNSAID = "preliminary"  # what a blank status is until a site says more: it never scores
OPTIONAL: Mapping[str, frozenset[str]] = MappingProxyType({
    "labs": frozenset({"site", "accession", "resulted_at", "reference_range", "order_id", "scale"}),
    "specimens": frozenset({"material"}),
    "treatments": frozenset({"site", "cohort", "regimen", "age", "child_pugh", "ecog"}),
    "linkage": frozenset({"site", "valid_from", "valid_to"}),
    "worklists": frozenset({"plate", "barcode", "subject"}),
    "outcomes": frozenset({"pfs_months", "progressed", "best_response"}),
})  # fmt: skip
_NAMES = {
    "labs": "clinical labs",
    "treatments": "treatment starts",
    "linkage": "the linkage table",
    "worklists": "planned work",
}


def shape_of(table: str, labs_map: LabsMap) -> TableShape:
    """The columns of a table (labs, specimens, treatments, linkage, worklists or outcomes); results without one of status only where the map
    says what a blank status means."""
    says_blank = table == "labs" and labs_map.blank_status != UNSAID
    optional = OPTIONAL[table] | ({"status"} if says_blank else set())
    return TableShape(_NAMES.get(table, table), labs_map.columns[table], optional, labs_map.encoding, table)
