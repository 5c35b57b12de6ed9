"""A site as small as one can be that still scores patients: plates of four samples, and a few lines of every kind of clinical file.

What lies in its inbox follows from the arguments alone. A night on it costs about a second in a process that is warm, so that a
proof can run hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from builders import PLAUSIBLE, QUIET

from pbis.config import Site, load_site
from pbis.pipeline.new_site import write_site
from pbis.simulate import SimulatedPlate, example_plate, render_plate
from pbis.simulate.load import example_kit, late_export
from pbis.simulate.sheets import layout_text

SAMPLES = 4
KIT = example_kit(1)
STARTED = datetime(2025, 9, 10, 9, 0)  # when the first patient was first treated; each other a day after the one before
LAB_HEADER = "mrn,accession,test,value,unit,status,collected_at,resulted_at,reference_range"


def write_small_site(root: Path, plates: int = 2) -> Site:
    """A site with so many plates and their patients in its inbox, before its first night."""
    write_site(root, name="small", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    file = root / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    numbers = range(1, plates + 1)
    for number in numbers:
        put_plate(root / "inbox", number)
    put_patients(root / "inbox", numbers)
    put_labs(root / "inbox", numbers)
    return load_site(root)


def plate_of(number: int) -> SimulatedPlate:
    """The plate as it was read."""
    return example_plate(1, number, KIT, samples=SAMPLES, noise=QUIET, medians=PLAUSIBLE)


def put_plate(inbox: Path, number: int, exported_again: int = 0) -> Path:
    """Write the plate's export and its layout; an export of days later is another file of the same run."""
    plate = late_export(plate_of(number), exported_again)
    name = plate.header.batch
    (inbox / "layouts" / f"{name}.csv").write_text(layout_text(plate), encoding="utf-8")
    path = inbox / "plates" / (f"{name}_again_{exported_again}.csv" if exported_again else f"{name}.csv")
    path.write_bytes(render_plate(plate))
    return path


def put_patients(inbox: Path, plates: Iterable[int]) -> None:
    """Write whose the samples of the plates are, under which record numbers, and when they were treated."""
    people = [(number, sample) for number in plates for sample in range(1, SAMPLES + 1)]
    name = f"of_{'_'.join(str(number) for number in sorted({number for number, _ in people}))}.csv"
    start = {each: STARTED + timedelta(days=place) for place, each in enumerate(people)}
    written(
        inbox / "specimens" / name,
        "barcode,subject,collected_at,material",
        [f"SR{p:03d}{s:03d},{subject(p, s)},{_minute(start[p, s] - timedelta(hours=2))},serum" for p, s in people],
    )
    written(
        inbox / "linkage" / "linkage.csv",
        "site,mrn,subject,valid_from,valid_to",
        [f"north,{record(p, s)},{subject(p, s)},2015-01-01," for p in range(1, 10) for s in range(1, SAMPLES + 1)],
    )
    written(
        inbox / "treatments" / name,
        "mrn,cohort,regimen,started_at",
        [f"{record(p, s)},validation,atezolizumab + bevacizumab,{_minute(start[p, s])}" for p, s in people],
    )
    written(
        inbox / "outcomes" / name,
        "subject,os_months,dead,pfs_months,progressed,best_response",
        [f"{subject(p, s)},8.{s},1,4.{s},1,PR" for p, s in people],
    )


def put_labs(inbox: Path, plates: Iterable[int], name: str = "labs_north.csv", day: int = 0) -> Path:
    """Write blood counts and CRP of the plates' patients, drawn an hour before the treatment of day 0 or days later."""
    lines = [
        line
        for place, (p, s) in enumerate((p, s) for p in plates for s in range(1, SAMPLES + 1))
        for line in results(p, s, STARTED + timedelta(days=place + day))
    ]
    return written(inbox / "labs" / name, LAB_HEADER, lines)


def results(plate: int, sample: int, at: datetime) -> list[str]:
    """Three results of one draw of a patient."""
    drawn, known = _minute(at - timedelta(hours=1)), _minute(at)
    accession = f"N{plate}{sample}{at:%m%d}"
    values = (
        ("751-8", f"{3 + sample}.2", "10*9/L"),
        ("731-0", f"1.{plate}", "10*9/L"),
        ("1988-5", f"{sample * 4}.1", "mg/L"),
    )
    return [
        f"{record(plate, sample)},{accession},{code},{value},{unit},final,{drawn},{known},0-9"
        for code, value, unit in values
    ]


def subject(plate: int, sample: int) -> str:
    """Whose the n-th sample of a plate is."""
    return f"P{plate}{sample:03d}"


def record(plate: int, sample: int) -> str:
    """The patient's record number at the hospital."""
    return f"7{plate}00{sample:03d}"


def written(path: Path, header: str, lines: Sequence[str]) -> Path:
    """A table as text."""
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
