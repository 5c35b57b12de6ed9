"""A night in which nothing came: what it does not need it does not import, and pandas comes where a frame of it is made."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

# What judges, draws, opens workbooks, studies and orchestrates, and what libraries import only to recognise its objects.
NOT_NEEDED = (
    "great_expectations", "pandas", "scipy", "jinja2", "openpyxl", "python_calamine", "prefect", "jsonschema", "numpy.polynomial",
    "pbis.report.plate", "pbis.report.curves", "pbis.report.trends", "pbis.report.cohort", "pbis.clinical.fhir.labs", "pbis.clinical.hl7",
)  # fmt: skip
_NIGHT = """
import json, sys
from pathlib import Path
from pbis.config import load_site
from pbis.pandas_later import pandas_later
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain, utc_clock
with pandas_later():
    outcome = run_plain(load_site(Path(sys.argv[1])), NightOptions(), Silent(), utc_clock)
loaded = [name for name in sys.modules if name.startswith(tuple(sys.argv[2:]))]
import pandas, pyarrow
known = pyarrow.array(pandas.Series([1, 2])).to_pylist()
frame = pyarrow.table({"a": [1.5]}).to_pandas()
print(json.dumps([outcome.plates_loaded, loaded, known, type(frame).__module__.partition(".")[0]]))
"""


def test_a_night_of_nothing_new_imports_what_it_uses(finished: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(finished, site, symlinks=True)
    arguments = [sys.executable, "-c", _NIGHT, str(site), *NOT_NEEDED]
    told = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
    assert told == [0, [], [1, 2], "pandas"]
