"""The account of the laboratory files as the night's page shows it: rows of each file, and the words that its map does not know."""

from __future__ import annotations

from typing import Any

from warehouse.append import Connection
from warehouse.left_behind import LEFT_BEHIND

# Files of this night and of killed ones that it completes, and older ones that still hold something unmapped: what is settled needs
# no page.
_FILES = f"""
{LEFT_BEHIND}
select lab_file.* exclude (kind, unmapped_codes, unmapped_units, unmapped_statuses)
from lab_file
join current_import using (file_id)
join store.clinical_import as loaded using (import_id)
where loaded.night_id = $1 or loaded.night_id in (from left_behind) or coalesce(unmapped_codes, unmapped_units, unmapped_statuses) is not null
order by file_name, file_id
"""
_WORDS = """
select file_id, lab_unmapped.kind, sent, analytes, lab_unmapped.row_count, why
from store.lab_unmapped
join current_import using (import_id, file_id)
order by lab_unmapped.kind, lab_unmapped.row_count desc, sent
"""


def lab_files(session: Connection, night_id: str) -> list[dict[str, Any]]:
    """Rows of the view of the same name, each with `unmapped`: rows of store.lab_unmapped in the laboratory's own words. session: of
    `taken_back.of_the_laboratory`."""
    words = session.execute(_WORDS).to_arrow_table().to_pylist()
    files = session.execute(_FILES, [night_id]).to_arrow_table().to_pylist()
    return [file | {"unmapped": [row for row in words if row["file_id"] == file["file_id"]]} for file in files]
