"""A night on a site by a clock that stands still, as `pbis night` would run it: python clocked_night.py SITE CLOCK ENGINE.

It prints a line of JSON: the state of the night, its notes, and what kept its release from the lake.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from flows.runner import run_night
from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent


def main(root: str, clock: str, engine: str) -> None:
    at = datetime.fromisoformat(clock)
    outcome = run_night(load_site(Path(root)), NightOptions(), Silent(), lambda: at, engine)
    lake = outcome.lake.trouble if outcome.lake else ""
    print(json.dumps({"state": outcome.state, "notes": outcome.notes, "lake": lake}))


if __name__ == "__main__":
    main(*sys.argv[1:])
