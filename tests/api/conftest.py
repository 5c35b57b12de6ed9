"""Files as a script would find them: a plate, its layout, a table of values, and a site after its first night."""

from __future__ import annotations

import shutil
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from made_once import Once, copied

from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain
from pbis.simulate import example_plate, render_plate

TABLE = (
    "subject,neutrophils,neutrophils_unit,lymphocytes,lymphocytes_unit,crp,crp_unit,il12,il12_unit,il2,il2_unit,remark\n"
    "S1,6,10*9/L,1,10*9/L,30,mg/L,9,pg/mL,1,pg/mL,x\n"
    "-S2,2,10*9/L,2,10*9/L,,mg/L,<3.2,pg/mL,<3.2,pg/mL,\n"
)


@pytest.fixture(scope="session")
def files(simulated_inbox: Path, once: Once, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with plate.csv, layout.csv, cohort.csv and demo-site; to be read, or copied."""
    made = once("api_files", partial(_write_files, simulated_inbox))
    return copied(made, tmp_path_factory.mktemp("files") / "files")


def _write_files(simulated: Path, folder: Path) -> None:
    (folder / "plate.csv").write_bytes(render_plate(example_plate(3)))
    (folder / "layout.csv").write_text(
        "well,specimen_barcode,role,dilution\nH11,TUBE-6,unknown,2\nH12,TUBE-7,unknown,4\n"
    )
    (folder / "cohort.csv").write_text(TABLE)
    _finished_site(folder / "demo-site", simulated)


def _finished_site(root: Path, simulated: Path) -> None:
    write_site(root, name="a", cutoff_set="pbis-2025-il2-pgml")
    text = (root / "site.toml").read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0")
    (root / "site.toml").write_text(text)
    for kind in ("layouts", "specimens", "labs", "treatments", "linkage"):
        shutil.copytree(simulated / "inbox" / kind, root / "inbox" / kind, dirs_exist_ok=True)
    shutil.copy(simulated / "inbox" / "plates" / "HCC7P_20250915_P01.csv", root / "inbox" / "plates")
    run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
