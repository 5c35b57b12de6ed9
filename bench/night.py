"""A night of simulated 41-plex plates, split by hop, under both engines.

python bench/night.py [PLATES]      20 by default
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flows.runner import run_night
from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.simulate import write_plates

HOPS = ("collect", "clinical", "read", "assay", "check", "load", "trend", "score", "publish", "report")
_IMPORTS = {
    "command line": "import pbis.cli",
    "pipeline": "import pbis.pipeline.night",
    "Great Expectations": "import expectations._gx",
    "Prefect": "import flows.quiet, pathlib, tempfile; flows.quiet.settle_environment(pathlib.Path(tempfile.mkdtemp()), ''); import flows.night",
}


def main() -> None:
    """Print one table."""
    plates = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        for name, code in _IMPORTS.items():
            print(f"import {name:<22}{_import_seconds(code):7.2f} s")
        for engine in ("plain", "prefect"):
            _night(Path(folder) / engine, engine, plates)


def _import_seconds(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begun


def _night(root: Path, engine: str, plates: int) -> None:
    write_site(root, name="bench", panel="human-cytokine-41plex", cutoff_set="pbis-2025-il2-pgml")
    write_plates(root / "inbox" / "plates", 1, plates, 41)
    size = sum(path.stat().st_size for path in (root / "inbox" / "plates").iterdir()) / 1e6
    begun = time.perf_counter()
    outcome = run_night(load_site(root), NightOptions(), Silent(), engine=engine)
    total = time.perf_counter() - begun
    print(f"\n{engine}: {outcome.plates_loaded} plates x 41 analytes, {size:.1f} MB, {total:.1f} s in all")
    for hop in HOPS:
        print(f"  {hop:<10}{outcome.seconds.get(hop, 0.0):7.2f} s")
    print(
        f"  {'the rest':<10}{total - sum(outcome.seconds.values()):7.2f} s (settling, start of the engine, lock, migration)"
    )


if __name__ == "__main__":
    main()
