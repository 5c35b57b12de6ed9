"""The page of a plate that was simulated, written as an export, read back and computed, as a night does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import built, research
from page_parser import parsed

from pbis.core import frames
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.core.verdicts.roll_up import roll_up
from pbis.panels import load_aliases, load_panel
from pbis.readers import read
from pbis.report import PlateReport, plate_report
from pbis.simulate.bench import NOISE


def report(made: PlateRead, method: str = "robust") -> PlateReport:
    """Everything of the night except its rules."""
    well = assign_roles(made, None).table
    panel = load_panel("human-cytokine-7plex")
    done = assay([AssayInput("a" * 64, made, well, panel, load_aliases())], AssayOptions(research(), method=method))  # type: ignore[arg-type]
    judged = roll_up(done.result, frames.FINDING.empty(), done.curve)
    return PlateReport(
        run=made.run,
        plate=made.plate,
        well=well,
        result=done.result,
        curve=done.curve,
        level=done.level,
        finding=frames.FINDING.empty(),
        analyte_verdict=judged.analyte,
        plate_verdict=judged.plate,
        reading_state=judged.reading_state,
        reagent=made.reagent,
        lot=made.lot,
        calibration=made.calibration,
        warning=made.warning,
    )


@pytest.fixture(scope="module")
def simulated() -> PlateRead:
    return built(seed=5, noise=NOISE).read


@pytest.mark.parametrize("method", ["robust", "xponent"])
def test_a_computed_plate_shows_seven_curves_with_limits(simulated: PlateRead, method: str) -> None:
    page = plate_report(report(simulated, method))
    assert page.count('class="fit"') == 7
    assert page.count('class="limit"') == 7
    assert page.count("LLOQ bound by: ") == 7


def test_controls_and_lots_of_the_export_are_shown(simulated: PlateRead) -> None:
    page = plate_report(report(simulated))
    assert page.count('class="qc"') >= 7
    kits = [row["lot_number"] for row in simulated.lot.to_pylist() if row["lot_kind"] == "kit"]
    assert kits
    assert kits[0] in parsed(page).text


@pytest.mark.parametrize(
    "name",
    [
        "magpix_milliplex_human_3plex_quantitative.csv",
        "lx200_human_cytokine_30plex_quantitative.csv",
        "magpix_serology_10plex_missing_well.csv",
        "flexmap3d_nan_values.csv",
    ],
)
def test_real_exports_give_pages(shared: Path, name: str) -> None:
    (path,) = shared.rglob(name)
    page = plate_report(report(read(path)))
    assert len(page.encode()) < 300_000
    assert "nan" not in {word.lower() for word in parsed(page).text.split()}
