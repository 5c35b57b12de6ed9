"""What a large night imports while its workers read can be imported also where the command put pandas off."""

from __future__ import annotations

import subprocess
import sys

READY = """
import sys
from pbis.pandas_later import pandas_later
from expectations import get_ready
with pandas_later():
    get_ready()
print("great_expectations" in sys.modules, "pandas" in sys.modules)
"""


def test_the_judge_is_made_ready_where_pandas_is_put_off() -> None:
    done = subprocess.run([sys.executable, "-c", READY], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "True True\n"
