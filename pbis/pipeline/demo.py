"""The demo site: made once, from a seed, in the shape that any site has."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from pbis.config import SITE_FILE
from pbis.pipeline.modes import private
from pbis.pipeline.new_site import write_site

SEED = 10
CUTOFF_SET = "pbis-2025-il2-pgml"
TIME_ZONE = "Asia/Shanghai"
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


def drop_late_files(folder: Path) -> list[str]:
    """Bring the late re-exports into the inbox, as if they arrived on the second day; names of what was brought."""
    late = folder / "truth" / "late"
    files = sorted(path for path in late.rglob("*") if path.is_file()) if late.is_dir() else []
    for file in files:
        shutil.copy2(file, folder / "inbox" / file.relative_to(late))
    return [file.name for file in files]
