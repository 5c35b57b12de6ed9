"""Write the generated pages: docs/dictionary.md from the warehouse's comments, docs/checks.md from the suites, docs/configuration.md from
the model of site.toml; and, beside the suites, which of their files passed the schema.

python tools/write_docs.py [FOLDER]      FOLDER: docs
"""

from __future__ import annotations

import sys
from pathlib import Path

from expectations.docs import page as checks_page
from expectations.entries import HERE, TABLES, read_suite_file, read_text
from expectations.passed import LIST, passed_list
from pbis.pipeline.configuration_page import configuration_page
from warehouse.dictionary import dictionary_page


def main() -> None:
    """Write the pages and the list into the folder that was named, or into docs/ and expectations/."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "docs"
    (folder / "dictionary.md").write_text(dictionary_page(), encoding="utf-8")
    (folder / "checks.md").write_text(checks_page(), encoding="utf-8")
    (folder / "configuration.md").write_text(configuration_page(), encoding="utf-8")
    (Path(sys.argv[1]) if len(sys.argv) > 1 else HERE).joinpath(LIST).write_text(
        passed_list(read_suites()), encoding="utf-8"
    )


def read_suites() -> dict[str, str]:
    """Name -> words of each suite file, after it was read the long way."""
    paths = [HERE / f"{table}.json" for table in TABLES]
    for path in paths:
        read_suite_file(path)
    return {path.name: read_text(path) for path in paths}


if __name__ == "__main__":
    main()
