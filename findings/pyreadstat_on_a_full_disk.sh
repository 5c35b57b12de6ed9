#!/usr/bin/env bash
# pyreadstat may write half of a file to a full disk and say nothing.
#
# Versions: pyreadstat 1.3.7, pandas 3.1.1.
# Seen: where the disk ends within one of its writes it raises ReadstatError ("Unable to write data"); where a write is cut short, or the
# room ends just between two, it returns as if all was well, and the file lacks its rows, its labels or its last tag. Of a small file
# (836, 2009 and 1280 bytes) 45, 54 and 27 sizes of the disk are silent. To /dev/full it writes ten megabytes without an error.
# Expected instead: an error. Read the file back before it is handed over; of a dta file look for its last tag too.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check pyreadstat==1.3.7 pandas==3.1.1
venv/bin/python - <<'PYTHON'
import resource
from pathlib import Path

import pandas as pd
import pyreadstat

ROWS = pd.DataFrame({"Q": [1.0, 2.0, 3.0], "T": ["a" * 50] * 3})
WRITERS = {
    "sav": lambda path: pyreadstat.write_sav(ROWS, path),
    "dta": lambda path: pyreadstat.write_dta(ROWS, path, version=14),
    "xpt": lambda path: pyreadstat.write_xport(ROWS, path, file_format_version=5),
}
for form, write in WRITERS.items():
    write(f"whole.{form}")
    whole, silent = Path(f"whole.{form}").stat().st_size, []
    for room in range(whole):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        try:
            write(f"cut.{form}")
            silent.append(room)
        except pyreadstat.ReadstatError:
            pass
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    print(f"{form}: of {whole} sizes of the disk that are too small, {len(silent)} are silent")
    assert silent, "it raises everywhere now"
PYTHON
