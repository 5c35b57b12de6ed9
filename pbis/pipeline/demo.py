"""The demo site: made once, from a seed, in the shape that any site has."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from pbis.config import SITE_FILE
from pbis.pipeline.modes import private
from pbis.pipeline.new_site import write_site
from pbis.pipeline.published import run_query

SEED = 10
CUTOFF_SET = "pbis-2025-il2-pgml"
TIME_ZONE = "Asia/Shanghai"
_ALARMS = """
    select plate, analyte, rule from qc_trend
    where severity = 'fail' and starts_with(lot, '{}') order by started_at, rule, analyte
"""
DRIFT = "drift.json"  # in the truth: what was planted in the small plates


def prepare(folder: Path, seed: int = SEED) -> bool:
    """Write the demo site unless it is there; True where it was written now."""
    if (folder / SITE_FILE).exists():
        return False
    from pbis.simulate import write_site_data, write_watch_plates

    with private():
        folder.mkdir(parents=True, exist_ok=True)
        write_site_data(folder / "inbox", folder / "truth", seed)
        drift = write_watch_plates(folder / "inbox" / "plates", seed)
        (folder / "truth" / DRIFT).write_text(json.dumps(asdict(drift), indent=1) + "\n", encoding="utf-8")
    write_site(folder, name="demo", time_zone=TIME_ZONE, cutoff_set=CUTOFF_SET)
    return True


def drift_lines(folder: Path) -> list[str]:
    """What was planted in the small plates of one lot, and what the control charts found of it; nothing for a demo of before them."""
    planted = folder / "truth" / DRIFT
    if not planted.exists():
        return []
    drift = json.loads(planted.read_text(encoding="utf-8"))
    found = run_query(folder, _ALARMS.format(drift["lot"])).to_pylist()
    own = [row for row in found if row["analyte"] == drift["analyte"]]
    others = sorted({row["analyte"] for row in found} - {drift["analyte"]})
    said = f"found on {own[0]['plate']} by {own[0]['rule']}" if own else "not found"
    planted_words = f"{drift['analyte']} from {drift['from_plate']} on, {100 * drift['step']:g} % a plate"
    return [
        "",
        f"Against the drift planted in {drift['plates']} small plates of lot {drift['lot']}:",
        f"  {planted_words}: {said}",
        f"  alarms of other analytes           {', '.join(others) or 'none'}",
    ]


def drop_late_files(folder: Path) -> list[str]:
    """Bring the late re-exports into the inbox, as if they arrived on the second day; names of what was brought."""
    late = folder / "truth" / "late"
    files = sorted(path for path in late.rglob("*") if path.is_file()) if late.is_dir() else []
    for file in files:
        shutil.copy2(file, folder / "inbox" / file.relative_to(late))
    return [file.name for file in files]
