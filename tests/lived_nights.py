"""A laboratory that lives through thirty nights from a seed: what its people drop and decide, how its nights go, and what must hold after.

Files come before a night and while it runs; some come again, are refused, or are corrected; people decide; nights are killed, the disk
is full, and summer time ends.
"""

from __future__ import annotations

import hashlib
import random
import signal
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from forked_nights import Answer, Asked
from small_site import LAB_HEADER, put_labs, put_patients, put_plate, results, written
from undisturbed import Forked

import warehouse
from pbis.config import Site
from pbis.core.decision import standing
from pbis.core.errors import UsageError
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.decision_log import read_log
from pbis.pipeline.inbox import KINDS

NIGHTS = 30
BERLIN = ZoneInfo("Europe/Berlin")
FIRST_NIGHT = datetime(
    2026, 10, 10, 2, 50, tzinfo=BERLIN
)  # summer time ends on the 25th: the hour from two to three comes twice
PLATES = 6
STEPS = ("looking into the inbox", "importing clinical files", "loading plates", "joining and scoring", "publishing")
OPERATIONS = (40, 120, 260)  # the last of a night with a plate; one that a quiet night never comes to disturbs nothing
WAYS = ("quiet", "quiet", "quiet", "kill", "kill", "full")


@dataclass
class Laboratory:
    """What people do, and what they gave. given: kind -> sha256 of every file that was ever dropped, with its name."""

    site: Site
    rng: random.Random
    night: int = 0
    written: int = 0
    plates: int = 0
    given: dict[str, dict[str, str]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    ends: Counter[str] = field(default_factory=Counter)

    def drop(self, inbox: Path) -> None:
        """Some of what a day brings, in an inbox or in a folder like one."""
        for kind in KINDS:
            (inbox / kind).mkdir(parents=True, exist_ok=True)
        for act in self.rng.sample(
            (self.new_plate, self.again, self.labs, self.correction, self.junk), self.rng.choice((0, 1, 2))
        ):
            act(inbox)
        for kind in KINDS:
            for path in sorted((inbox / kind).iterdir()):
                self.given[kind].setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)

    def new_plate(self, inbox: Path) -> None:
        if self.plates < PLATES:
            self.plates += 1
            put_plate(inbox, self.plates)
            put_patients(inbox, [self.plates])
            put_labs(inbox, [self.plates], f"labs_{self.plates}.csv")

    def again(self, inbox: Path) -> None:
        if self.plates:
            put_plate(inbox, self.rng.randint(1, self.plates), exported_again=self.rng.randint(1, 9))

    def labs(self, inbox: Path) -> None:
        """Later draws, one line of which cannot be read."""
        if self.plates:
            plate = self.rng.randint(1, self.plates)
            path = put_labs(inbox, [plate], f"labs_{self.new_name()}.csv", day=self.night)
            path.write_text(path.read_text() + "one cell,of many\n")

    def correction(self, inbox: Path) -> None:
        """A result of one patient is corrected."""
        if self.plates:
            lines = results(self.rng.randint(1, self.plates), 1, datetime(2025, 9, 10, 9))
            corrected = [
                line.replace(",final,", ",corrected,").replace(".2,10*9", f".{self.night},10*9") for line in lines
            ]
            written(inbox / "labs" / f"corrected_{self.new_name()}.csv", LAB_HEADER, corrected)

    def junk(self, inbox: Path) -> None:
        kind = self.rng.choice(("plates", "labs", "specimens"))
        (inbox / kind / f"junk_{self.new_name()}.csv").write_bytes(f"dear lab, of night {self.night}\n".encode() * 50)

    def new_name(self) -> str:
        """Never twice: what comes in the morning would lie over what a night that was killed did not take, as nobody's fault but ours."""
        self.written += 1
        return f"of_night_{self.night}_{self.written}"

    def decide(self, now: datetime) -> None:
        """A well is excluded, or a decision is taken back."""
        events = read_log(self.site.path("decisions"))
        left = standing(events)
        asked = Request(
            "exclude",
            "A. Name",
            "bubble",
            "seen",
            f"LOAD_{self.rng.randint(1, max(1, self.plates)):04d}",
            well=self.rng.choice(("E3", "F3", "G3")),
        )
        if left and self.rng.random() < 0.4:
            asked = Request(
                "reverse", "A. Name", "entered_in_error", "no bubble", reverses=self.rng.choice(left).sequence
            )
        try:
            decide(self.site.root, asked, lambda: now)
            self.ends["decisions"] += 1
        except UsageError:  # the plate is in no release yet, or the well is excluded already
            self.ends["decisions that meant nothing"] += 1

    def run(self, forked: Forked, now: datetime, coming: Path) -> None:
        """The night, in one of the ways in which nights go."""
        self.night += 1
        way, disturbance = self.drawn()
        self.drop(self.site.path("inbox"))
        self.drop(coming)
        asked = replace(disturbance, clock=now.isoformat(), coming=str(coming), step=self.rng.choice(STEPS))
        answer = self.gone(forked, way, asked)
        assert "Traceback" not in answer.error
        self.judge(way, answer)
        for path in sorted(coming.glob("*/*")):  # what did not come while it ran comes in the morning
            path.rename(self.site.path("inbox") / path.relative_to(coming))

    def drawn(self) -> tuple[str, Asked]:
        """The way of the night, and what disturbs it."""
        way, at = self.rng.choice(WAYS), self.rng.randint(1, self.rng.choice(OPERATIONS))
        return way, Asked(str(self.site.root), "", "" if way == "quiet" else way, at)

    def gone(self, forked: Forked, way: str, asked: Asked) -> Answer:
        """The night is over."""
        return forked(asked)

    def judge(self, way: str, answer: Answer) -> None:
        """What may have become of a night that went this way."""
        if way == "quiet":
            assert answer.status == 0, (self.night, answer)
        assert answer.status in ((0, -signal.SIGKILL) if way == "kill" else range(256)), (self.night, answer)
        self.ends[f"{way}: {'to its end' if answer.status == 0 else 'stopped'}"] += 1


def clocks() -> list[datetime]:
    """When nights begin: one a day, and one more in the hour that comes twice."""
    days = [FIRST_NIGHT + timedelta(days=number) for number in range(NIGHTS - 1)]
    return sorted([*days, datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN, fold=1)], key=lambda at: (at.date(), -at.minute))


def files_are_kept(lab: Laboratory) -> None:
    """Every file that arrived is stored as it came, or lies in quarantine beside a text."""
    put_aside = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in lab.site.path("quarantine").rglob("*.csv")
        if path.with_name(f"{path.name}.why.txt").is_file()
    }
    with closing(warehouse.connect(lab.site.path("warehouse"), read_only=True)) as con:
        stored = {
            row[0]
            for row in con.execute(
                "select run_id from store.run union select file_id from store.clinical_file"
            ).fetchall()
        }
        lines = con.execute(
            "select sum(row_count - used_count - unused_count - refused_count) from lab_file"
        ).fetchone()
    given = {file_id: name for files in lab.given.values() for file_id, name in files.items()}
    lost = sorted(name for file_id, name in given.items() if file_id not in stored | put_aside)
    assert lost == [], lost
    assert stored <= given.keys()
    assert lines == (0,)


def readings_are_told(site: Site) -> None:
    """Every reading of every run is of a superseded export, or a row of result_all that is reportable or says why it is not."""
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        untold = con.execute(
            """
            select run_id, well, analyte_reported from store.reading
            anti join store.supersession using (run_id)
            anti join result_all using (run_id, plate_number, well, analyte_reported)
            """
        ).fetchall()
        silent = con.execute("select * from exclusion where reasons is null or reasons = ''").fetchall()
        twice = con.execute(
            "select run_id, plate_number, well, analyte from result_all group by all having count(*) > 1"
        ).fetchall()
        counted = con.execute("select count(*) from result_all").fetchone()
    assert (untold, silent, twice) == ([], [], [])
    assert counted is not None
    assert counted[0] > 0
