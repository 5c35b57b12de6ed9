"""One hash a table of a site's results: equal before and after a change that says it changes nothing.

    .venv/bin/python tools/hashes.py demo-site > before.txt

Night, clock and order of arrival are no results and do not count (warehouse/hashes.py says which columns).
"""

from __future__ import annotations

import sys
from pathlib import Path

import warehouse


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: tools/hashes.py SITE")
    file = Path(sys.argv[1]) / "warehouse" / "working.duckdb"
    if not file.is_file():
        raise SystemExit(f"{file}: no warehouse; expected a site that a night has run on")
    con = warehouse.connect(file, read_only=True)
    for table, value in sorted(warehouse.result_hashes(con).items()):
        print(f"{value}  {table}")


if __name__ == "__main__":
    main()
