"""Write the generated pages: docs/dictionary.md from the warehouse's comments, docs/checks.md from the suites.

python tools/write_docs.py [FOLDER]      FOLDER: docs
"""

from __future__ import annotations

import sys
from pathlib import Path

from expectations.docs import page as checks_page
from warehouse.dictionary import dictionary_page


def main() -> None:
    """Write both pages into the folder that was named, or into docs/."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "docs"
    (folder / "dictionary.md").write_text(dictionary_page(), encoding="utf-8")
    (folder / "checks.md").write_text(checks_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
