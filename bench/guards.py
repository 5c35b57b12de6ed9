"""What the guards of a night cost: CPU seconds in them beside those of the whole night.

python bench/guards.py [PLATES]      20 by default

The site has had a night before, of one plate and its patients, so that there is a release to hold tonight's against and a plate and
a clinical file to compute again. Each guard is wrapped where the night calls it; of one inside another the outer counts. The CPU time is that
of all threads of the process.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pbis.config import Site, load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain
from pbis.simulate import write_plates

# Module that calls it -> functions; with what each is called in the table.
GUARDS = {
    "pbis.pipeline.night": {
        "require_warehouse": "archive, warehouse and release are there",
        "require_whole": "archive, warehouse and release are there",
        "read_ledger": "ledger and anchors of decisions",
        "seal_upgrade": "ledger and anchors of decisions",
        "take_in": "ledger and anchors of decisions",
        "seal_night": "seals of what was written",
        "look_again": "a sample computed again",
        "release": "proof of the archived copy before the inbox is emptied",
    },
    "pbis.pipeline.collecting": {"fetch": "proof of archived bytes"},
    "pbis.pipeline.clinical_file": {"fetch": "proof of archived bytes"},
    "pbis.pipeline.plates": {"fetch": "proof of archived bytes"},
    "pbis.pipeline.scoring": {
        "require_no_fall": "nothing falls without a cause",
        "require_as_published": "equal inputs give the published scores",
    },
    "warehouse.publish": {"_write_manifest": "manifest of the release"},
}


class Clock:
    """CPU seconds by guard."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.is_inside = False

    def around(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            if self.is_inside:
                return function(*args, **kwargs)
            self.is_inside, begun = True, time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[name] += time.process_time() - begun  # type: ignore[assignment]
                self.is_inside = False

        return timed

    def wrap(self) -> None:
        """Time every guard from now on."""
        for module, functions in GUARDS.items():
            home = importlib.import_module(module)
            for function, name in functions.items():
                if hasattr(home, function):
                    setattr(home, function, self.around(getattr(home, function), name))


def main() -> None:
    """Print one table."""
    plates = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        site = _site(Path(folder))
        inbox = site.path("inbox") / "plates"
        made = write_plates(Path(folder) / "made", 1, plates + 1, 41)
        made[0].rename(inbox / made[0].name)
        run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3))
        for path in made[1:]:
            path.rename(inbox / path.name)
        clock = Clock()
        clock.wrap()
        begun = time.process_time()
        outcome = run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 6, 3))
        whole = time.process_time() - begun
    print(f"{outcome.plates_loaded} plates x 41 analytes: {whole:.2f} CPU s")
    for name, seconds in sorted(clock.seconds.items(), key=lambda each: -each[1]):
        print(f"  {name:<60}{seconds:7.3f} s {100 * seconds / whole:6.2f} %")
    total = sum(clock.seconds.values())
    print(f"  {'all guards':<60}{total:7.3f} s {100 * total / whole:6.2f} %")


def _site(root: Path) -> Site:
    write_site(root / "site", name="bench", panel="human-cytokine-41plex", cutoff_set="pbis-2025-il2-pgml")
    small_site = importlib.import_module("small_site")
    small_site.put_patients(root / "site" / "inbox", range(1, 10))
    small_site.put_labs(root / "site" / "inbox", range(1, 10))
    file = root / "site" / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    return load_site(root / "site")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))  # for small_site
    main()
