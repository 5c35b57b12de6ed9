"""The guard on collapse: what a release shows is lost only for a cause that is on record, or by a person's word."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import warehouse
from pbis.cli import main
from pbis.config import Site, load_site
from pbis.core.decision import ACCEPT_FALL, ANNOTATE, EXCLUDE, Decision, Target, chained
from pbis.core.errors import IntegrityError, UsageError
from pbis.pipeline.context import AcceptedFall, Night, NightOptions, Silent
from pbis.pipeline.decision_log import read_log
from pbis.pipeline.falls import (
    accepted,
    enter_accepted,
    falls_from,
    newest_release,
    require_as_published,
    require_no_fall,
)
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain
from pbis.pipeline.scoring import basis
from pbis.pipeline.verify_store import copied

FIRST, TONIGHT = "2026-01-05-1", "2026-01-06-1"
ACCEPTED = AcceptedFall(3, "A. Name", "three left the study")


def at(day: int) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, 3)


@pytest.fixture
def night(good: Site) -> Iterator[Night]:
    """A night on a copy of the store of a site that has published once."""
    with copied(good, at(6)) as opened:
        begin(opened)
        yield replace(opened, night_id=TONIGHT)


def begin(night: Night, **changed: str) -> None:
    then = night.con.execute("select config_hash, code_version from store.night").fetchone()
    assert then is not None
    own = {"config_hash": then[0], "code_version": then[1]} | changed
    warehouse.begin_night(
        night.con, changed.get("night_id", TONIGHT), at(6)(), **{k: own[k] for k in ("config_hash", "code_version")}
    )


def release(night: Night) -> Path:
    found = newest_release(night.site)
    assert found is not None
    return found


def published(night: Night) -> pa.Table:
    return warehouse.shown_by(release(night)).score


def scored(night: Night) -> list[str]:
    """Patients with a certain score whose specimens are on the plate."""
    rows = night.con.execute(
        "select distinct subject_id from score join store.specimen using (subject_id) join store.well using (specimen_id)"
        """ where is_site_set and "group" in ('high', 'low') order by 1"""
    ).fetchall()
    return [str(row[0]) for row in rows]


def without(score: pa.Table, *subjects: str) -> pa.Table:
    return score.filter(pc.invert(pc.is_in(score.column("subject_id"), pa.array(subjects))))


def unsure(score: pa.Table, *subjects: str) -> pa.Table:
    """The scores as they would be if nothing certain could be said of these."""
    is_one = pc.is_in(score.column("subject_id"), pa.array(subjects))
    group = pc.if_else(is_one, "indeterminate", score.column("group"))
    return score.set_column(score.schema.get_field_index("group"), "group", group)


def test_where_nothing_is_lost_nothing_is_said(night: Night) -> None:
    assert require_no_fall(night, published(night)) == ()
    require_as_published(night, published(night))


def test_what_no_cause_explains_stops_the_night_with_a_sentence_a_fall(night: Night) -> None:
    names = scored(night)[:4]
    with pytest.raises(IntegrityError) as stop:
        require_no_fall(night, without(published(night), *names))
    said = str(stop.value)
    subjects, certain = (len(set(rows)) for rows in (published(night)["subject_id"].to_pylist(), certain_of(night)))
    shown = f"unexplained: 4 ({names[0]}, {names[1]}, {names[2]}, ...)"
    assert (
        f"subjects: {subjects} in release {FIRST}, {subjects - 4} tonight, 4 of the release are none any more; " in said
    )
    assert f"scored patients: {certain} in release {FIRST}, {certain - 4} tonight, 4 of" in said
    assert said.count(f"explained: none; {shown}") == 2
    assert "--accept-fall 4" in said
    assert (stop.value.exit_code, "\n" in said) == (7, False)


def certain_of(night: Night) -> list[str]:
    rows = published(night).to_pylist()
    return [row["subject_id"] for row in rows if row["is_site_set"] and row["group"] in ("high", "low")]


def test_a_fall_passes_up_to_what_a_person_accepts(night: Night) -> None:
    names = scored(night)
    asked = replace(night, options=NightOptions(accept_fall=ACCEPTED))
    notes = require_no_fall(asked, without(published(night), *names[:3]))
    assert [note.partition(":")[0] for note in notes] == ["subjects", "scored patients"]
    assert all(note.endswith(", accepted") for note in notes)
    with pytest.raises(IntegrityError, match="--accept-fall 4"):
        require_no_fall(asked, without(published(night), *names[:4]))


def test_where_the_newest_release_is_gone_the_guard_says_that_it_has_nothing_to_compare(
    night: Night, tmp_path: Path
) -> None:
    write_site(tmp_path / "bare", name="bare", time_zone="UTC", cutoff_set="pbis-2025-il2-pgml")
    bare = replace(night, site=load_site(tmp_path / "bare"))
    assert require_no_fall(bare, published(night)) == ()  # before the first release
    releases = bare.site.path("releases")
    releases.mkdir(exist_ok=True)
    (releases / "current").symlink_to(FIRST)
    (note,) = require_no_fall(bare, published(night))
    assert note.startswith(f"releases/current leads to {FIRST}, which is not there: the guard had nothing to compare")


@pytest.mark.parametrize("name", ["(select max(name) from store.warehouse_migration where name <> 'views')", "'views'"])
def test_a_release_of_an_earlier_build_is_published_anew_though_nothing_else_is_new(night: Night, name: str) -> None:
    today = basis(night)
    assert basis(night) == today
    night.con.execute(f"update store.warehouse_migration set name = '0001', sha256 = 'other' where name = {name}")
    assert basis(night) != today
    assert require_no_fall(night, published(night)) == ()


def decided(night: Night, subject: str, kind: str = EXCLUDE) -> None:
    (run_id,) = night.con.execute("select run_id from store.run").fetchone() or ("",)
    event = Decision(0, at(5)(), "A. Name", kind, Target(run_id, "P01", well="A1"), "bubble", "seen")
    warehouse.load_decisions(night.con, [chained([], event)], TONIGHT)


def sql(*statements: str) -> Callable[[Night, str], None]:
    def run(night: Night, subject: str) -> None:
        for statement in statements:
            night.con.execute(statement.format(subject=subject, night=TONIGHT))

    return run


def arrives(**changed: str) -> Callable[[Night, str], None]:
    """A laboratory file with one row more of the patient: one that was used, changed in this way."""
    changes = ", ".join(f"{value} as {name}" for name, value in changed.items())
    return sql(
        "insert into store.clinical_file select * replace ('new' as file_id, 'new.csv' as name) from store.clinical_file"
        " where kind = 'labs' limit 1",
        "insert into store.clinical_import select * replace ('new' as file_id, 'new' as import_id, 10000 as sequence,"
        " '{night}' as night_id) from store.clinical_import where file_id in"
        " (select file_id from store.clinical_file where kind = 'labs') limit 1",
        "insert into store.import_selection values (10000, 'new', 'new', '{night}')",
        "insert into store.clinical_lab select * replace ('new' as file_id, 'new' as import_id, 2 as source_line,"
        f" resulted_at + interval 2 day as resulted_at, {changes}) from store.clinical_lab where file_id || ':' || source_line in"
        " (select source_key from score_input where subject_id = '{subject}' and source_kind = 'lab') limit 1",
    )


CAUSES: dict[str, Callable[[Night, str], None]] = {
    "decisions": decided,
    "retractions": arrives(status="'corrected'"),
    "held wells": sql("update store.assay set night_id = '{night}'", "update store.well set doubt = 'label' where well = 'H12'"),
    "supersessions": sql("insert into store.supersession select run_id, 'later', 'newer', '{night}' from store.run"),
    "identity conflicts": sql("update store.treatment set candidates = 'P1;{subject}' where source_line = 2"),
    "newer input": arrives(specimen_id="'another'", collected_at="collected_at - interval 1 hour"),
}  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
def test_a_score_is_lost_for_a_cause_that_is_on_record(cause: str, night: Night) -> None:
    lost = scored(night)[0]
    before = published(night)
    (alone,) = falls_from(night, release(night), unsure(before, lost))
    assert (dict(alone.causes), alone.unexplained) == ({}, (lost,))
    CAUSES[cause](night, lost)
    *_, fall = falls_from(night, release(night), unsure(before, lost))
    assert (fall.what, dict(fall.causes), fall.unexplained) == ("scored patients", {cause: 1}, ())
    assert fall.sentence.endswith(f"explained: 1 by {cause}; unexplained: none")


def test_what_two_things_may_have_done_is_not_said_of_one_of_them(night: Night) -> None:
    """Which one it was, `release_change` tells of each value; the guard knows only what happened to the patient."""
    first, second = scored(night)[:2]
    decided(night, first)  # about the plate of both
    CAUSES["retractions"](night, second)
    (fall,) = falls_from(night, release(night), unsure(published(night), first, second))
    assert dict(fall.causes) == {"decisions": 1, "decisions or retractions": 1}
    assert fall.sentence.endswith("explained: 1 by decisions, 1 by decisions or retractions; unexplained: none")


def test_a_note_on_a_chart_explains_nothing(night: Night) -> None:
    lost = scored(night)[0]
    decided(night, lost, ANNOTATE)
    (fall,) = falls_from(night, release(night), unsure(published(night), lost))
    assert (dict(fall.causes), fall.unexplained) == ({}, (lost,))


def test_what_happened_to_others_explains_nothing(night: Night) -> None:
    """New input names a patient; a patient who is not named, and one who is no subject any more, stay unexplained."""
    one, other = scored(night)[:2]
    CAUSES["newer input"](night, one)
    (fall,) = falls_from(night, release(night), unsure(published(night), one, other))
    assert (dict(fall.causes), fall.unexplained) == ({"newer input": 1}, (other,))
    subjects, patients = falls_from(night, release(night), without(published(night), one))
    assert (subjects.unexplained, patients.unexplained) == ((one,), (one,))


@pytest.mark.parametrize(
    ("changed", "cause"),
    [({"config_hash": "x"}, "changed configuration"), ({"code_version": "x"}, "changed code version")],
)
def test_another_configuration_or_program_explains_all(changed: dict[str, str], cause: str, good: Site) -> None:
    with copied(good, at(6)) as opened:
        begin(opened, **changed)
        tonight = replace(opened, night_id=TONIGHT)
        names = scored(tonight)[:5]
        told = falls_from(tonight, release(tonight), without(published(tonight), *names))
    assert [(fall.what, dict(fall.causes), fall.unexplained) for fall in told] == [
        ("subjects", {cause: 5}, ()),
        ("scored patients", {cause: 5}, ()),
    ]


def test_a_plate_that_is_gone_is_missed_and_a_superseded_one_is_not(night: Night) -> None:
    night.con.execute("delete from store.well")
    (fall,) = falls_from(night, release(night), published(night))
    assert (fall.what, fall.before, fall.after, len(fall.unexplained)) == ("plates", 1, 0, 1)
    CAUSES["supersessions"](night, "")
    (fall,) = falls_from(night, release(night), published(night))
    assert dict(fall.causes) == {"supersessions": 1}


def test_scores_of_an_equal_basis_must_be_the_published_ones(night: Night) -> None:
    with pytest.raises(IntegrityError, match=r"nothing that they are derived from has changed.* expected group"):
        require_as_published(night, unsure(published(night), scored(night)[0]))


def test_a_fall_is_accepted_from_a_release_and_once(tmp_path: Path, good: Site) -> None:
    site = load_site(Path(shutil.copytree(good.root, tmp_path / "site", symlinks=True)))
    for many in (3, 2, 5):
        enter_accepted(site, replace(ACCEPTED, at_most=many), at(6))
    assert [event.facts["at_most"] for event in read_log(site.path("decisions"))] == [3, 5]
    shutil.rmtree(site.path("releases"))
    with pytest.raises(UsageError, match="nothing is published yet"):
        enter_accepted(site, ACCEPTED, at(6))


def test_a_changed_release_is_not_compared_with(night: Night, tmp_path: Path) -> None:
    site = load_site(Path(shutil.copytree(night.site.root, tmp_path / "site", symlinks=True)))
    with (site.path("releases") / "current" / "parquet" / "score.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(IntegrityError, match=r"score\.parquet: expected sha256 .*, found"):
        require_no_fall(replace(night, site=site), published(night))
    (site.path("releases") / "current" / "parquet" / "score.parquet").unlink()
    with pytest.raises(IntegrityError, match=r"score\.parquet: expected sha256 .*, found no file"):
        require_as_published(replace(night, site=site), published(night))


# --- whole nights ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lost(good: Site, simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site without the rows of its specimens, which no name of a file tells, and with a new file of results."""
    site = load_site(Path(shutil.copytree(good.root, tmp_path_factory.mktemp("lost") / "site", symlinks=True)))
    with closing(warehouse.connect(site.path("warehouse"))) as con:
        con.execute("delete from store.specimen")
    text = (simulated / "inbox" / "labs" / "labs_north.csv").read_bytes()
    (site.path("inbox") / "labs" / "more.csv").write_bytes(text + text.splitlines(keepends=True)[-1])
    return site


def test_a_store_that_lost_rows_publishes_nothing_until_a_person_accepts_it(
    lost: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["pbis", "night", "--site", str(lost.root), "--engine", "plain"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as stop:
        main()
    last = capsys.readouterr().err.splitlines()[-1]
    assert (stop.value.code, last.startswith("pbis: nothing was published: ")) == (7, True), last
    assert "scored patients: " in last
    assert newest_release(lost) == lost.path("releases") / FIRST
    many = int(last.rpartition("--accept-fall ")[2].split()[0])
    asked = AcceptedFall(many, "A. Name", "the tubes were of another study")
    outcome = run_plain(lost, NightOptions(accept_fall=asked), Silent(), at(20))
    assert [note for note in outcome.notes if note.startswith("scored patients: ") and note.endswith(", accepted")]
    assert newest_release(lost) == lost.path("releases") / outcome.night_id
    (event,) = read_log(lost.path("decisions"))
    assert (event.kind, event.target.plate, event.facts, event.author) == (
        ACCEPT_FALL,
        FIRST,
        {"at_most": many},
        "A. Name",
    )
    assert accepted([event]) == many
