"""A subject withdraws consent: names of the subject are planted in files of all kinds, and no byte below the site holds one afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_site import subject, write_small_site

import warehouse
from pbis.api import explain
from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.decision import EXCLUDE, WITHDRAW, Decision, Target
from pbis.core.errors import InputRefused, IntegrityError, UsageError
from pbis.files.renamed import texts_of
from pbis.pipeline.accounts import Signer
from pbis.pipeline.archive import archived_path
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request
from pbis.pipeline.decision_log import read_log
from pbis.pipeline.delivering import deliver
from pbis.pipeline.delivery_record import CONSENT, read_record
from pbis.pipeline.erasure_note import erasure_path
from pbis.pipeline.exporting import export_site
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.kept_releases import write_database
from pbis.pipeline.ledger import read_ledger
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.rebuilding import rebuild
from pbis.pipeline.reviewing import review
from pbis.pipeline.sealing import enter_decision
from pbis.pipeline.verify_deliveries import delivery_faults
from pbis.pipeline.verifying import verify
from pbis.pipeline.withdrawals import key_path, withdrawn_from
from pbis.pipeline.withdrawing import withdraw
from pbis.readers import resealed
from warehouse import known_words

SUBJECT, NUMBER, TUBE, ACCESSION, ORDER = "QZSUBJ-77", "QZ77001", "QZTUBE-77", "QZACC-770", "QZORD-771"
LEAD = Signer("A. Lead", "approver")
TOKENS = (SUBJECT, NUMBER, TUBE, ACCESSION, ORDER)
PLATE = "HCC7P_20250915_P01"
HEAD = "mrn,accession,test,value,unit,status,collected_at,resulted_at,reference_range\n"
DAY = "2022-02-15 08:05"


def at(day: int) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, 3)


def at_utc(day: int) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, 5, tzinfo=UTC)


def night(site: Site, day: int) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), at(day))


def lab(mrn: str, accession: str, test: str, value: float, note: str = "final") -> str:
    return f"{mrn},{accession},{test},{value},mg/L,{note},{DAY},{DAY},0-5\n"


def hl7(*patients: tuple[str, str]) -> str:
    return "".join(
        f"MSH|^~\\&|LAB|A|PBIS|B|20260103||ORU^R01|{n}|P|2.5\rPID|1||{mrn}^^^A||DOE^JO\rOBR|1||{order}^L|1988-5^CRP^LN|||20220215080500\r"
        f"OBX|1|NM|1988-5^CRP^LN||{n}.5|mg/L|||||F|||20220215080500\r"
        for n, (mrn, order) in enumerate(patients, 1)
    )


def fhir(*patients: str) -> str:
    rows: list[dict[str, object]] = [
        {"resourceType": "Patient", "id": f"p{n}", "identifier": [{"value": mrn}]} for n, mrn in enumerate(patients)
    ]
    rows += [
        {
            "resourceType": "Observation", "id": f"o{n}", "status": "final", "subject": {"reference": f"Patient/p{n}"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]}, "effectiveDateTime": "2022-02-15T08:05:00+08:00",
            "valueQuantity": {"value": n + 1.5, "unit": "mg/L", "code": "mg/L", "system": "http://unitsofmeasure.org"},
        }
        for n, _ in enumerate(patients)
    ]  # fmt: skip
    return "".join(json.dumps(row) + "\n" for row in rows)


def plant(site: Site, source: Path) -> None:
    """One simulated plate with its layout, some of its patients, and the subject in a tube of it and in a file of every kind."""
    inbox = site.path("inbox")
    layout = (source / "layouts" / f"{PLATE}_layout.csv").read_text()
    tubes = sorted({row.split(",")[3] for row in layout.splitlines()[1:]} - {""})[:6]
    specimens = (source / "specimens").iterdir().__next__().read_text().splitlines()
    kept = [row for row in specimens[1:] if set(row.split(",")) & set(tubes)]
    subjects = {row.split(",")[specimens[0].split(",").index("subject")] for row in kept if tubes[0] not in row}
    linkage = next((source / "linkage").iterdir()).read_text().splitlines()
    linked = {row.split(",")[2]: row for row in linkage[1:] if row.split(",")[2] in subjects}
    numbers = [row.split(",")[1] for row in linked.values()]
    mine = next(row for row in kept if tubes[0] in row)
    own = mine.split(",")[specimens[0].split(",").index("subject")]
    mine = mine.replace(tubes[0], TUBE).replace(own, SUBJECT)
    treated = next((source / "treatments").iterdir()).read_text().splitlines()
    lines = [row for row in treated[1:] if any(number in row for number in numbers)]
    raw = (source / "plates" / f"{PLATE}.csv").read_bytes()
    plate = resealed(raw, raw.replace(b'"Unknown1"', f'"{TUBE}"'.encode()))
    texts = {
        f"layouts/{PLATE}_layout.csv": layout.replace(tubes[0], TUBE),
        "specimens/tubes.csv": "\n".join([specimens[0], *(row for row in kept if tubes[0] not in row), mine]) + "\n",
        "linkage/linkage.csv": "\n".join([linkage[0], *linked.values(), f"north,{NUMBER},{SUBJECT},,"]) + "\n",
        "treatments/t.csv": "\n".join([treated[0], *lines, lines[0].replace(next(n for n in numbers if n in lines[0]), NUMBER)]) + "\n",
        "outcomes/o.csv": f"subject,os_months,dead,pfs_months,progressed,best_response\n{min(subjects)},9,1,5,1,SD\n{SUBJECT},8,1,4,1,PD\n",
        "worklists/plan.csv": f"plate,barcode,subject,due_on\nP99,,,2026-01-04\n,{TUBE},{SUBJECT},2026-01-04\n,,{SUBJECT},2026-01-04\n",
        "labs/table.csv": HEAD + lab(numbers[0], "ACC-1", "1988-5", 3) + lab(NUMBER, ACCESSION, "1988-5", 4) + lab(numbers[1], "ACC-2", "1988-5", 5)
        + lab(numbers[1], "ACC-2", "1988-5", 6, f"see {ACCESSION}"),
        "labs/only.csv": HEAD + lab(NUMBER, ACCESSION, "1988-5", 4),
        "labs/a.hl7": hl7((numbers[0], "ORD-1"), (NUMBER, ORDER), (numbers[1], "ORD-2")),
        "labs/f.ndjson": fhir(numbers[0], NUMBER, numbers[1]),
        "labs/faulty.csv": f"mrn,what\n{NUMBER},x\n",
    }  # fmt: skip
    blobs = {
        f"plates/{PLATE}.csv": plate,
        "plates/faulty.csv": plate[:3000] + f"\n{TUBE}\n".encode(),
    }
    for name, data in (blobs | {name: text.encode() for name, text in texts.items()}).items():
        (inbox / name).write_bytes(data)


@pytest.fixture(scope="module", autouse=True)
def keeping() -> Iterator[None]:
    """Words of columns are kept from the first row on: they are a place more where a name may lie."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_words, "MANY", 1)
        yield


@pytest.fixture(scope="module")
def before(simulated: Path, copy_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the subject in files of all kinds after its first night, a decision that names the subject, and the withdrawal."""
    site = copy_site(tmp_path_factory.mktemp("withdraw") / "site", (), has_clinic=False)
    plant(site, simulated / "inbox")
    night(site, 5)
    sent = deliver(site.root, "clinic", "fhir", tmp_path_factory.mktemp("sent"), at_utc(5)).sent
    assert SUBJECT in {each.subject for each in sent}
    about = Target("of a plate that is none", "P9", replicate_group=TUBE)
    words = f"{SUBJECT} rang about {TUBE}"
    enter_decision(site, Decision(0, at(5)(), "A. Name", EXCLUDE, about, "bubble", words))
    review(site.root, Request("accept", "A. Name", "review", "seen", PLATE), at(5))
    review(site.root, Request("sign", "lead", "review", "seen", PLATE, meaning="approval", signer=LEAD), at(5))
    defects = site.path("state") / "defects"
    defects.mkdir(exist_ok=True)
    (defects / "x.log").write_text(f"row of {NUMBER}")
    return site


@pytest.fixture(scope="module")
def after(before: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Outcome]:
    """The same after the night that carried it out, its old releases destroyed."""
    site = load_site(Path(shutil.copytree(before.root, tmp_path_factory.mktemp("after") / "site", symlinks=True)))
    done = withdraw(site.root, SUBJECT, at(6), author="A. Name", reason=f"letter of {SUBJECT}")
    assert [path.name for path in done.releases] == ["2026-01-05-1"]
    outcome = night(site, 6)
    for folder in done.releases:
        shutil.rmtree(folder)
    return site, outcome


def test_no_byte_below_the_site_holds_a_name(before: Site, after: tuple[Site, Outcome]) -> None:
    planted = dict(_holding(before))
    assert {kind for kind in KINDS if any(name.startswith(f"archive/{kind}/") for name in planted)} == set(KINDS) - {
        "lot_sheets"
    }
    assert {"quarantine", "decisions", "reports", "state", "warehouse", "releases"} <= {
        name.partition("/")[0] for name in planted
    }
    assert "state/delivered" in {name.rpartition("/")[0] for name in planted}
    assert dict(_holding(after[0])) == {}


def _holding(site: Site) -> Iterator[tuple[str, str]]:
    """Files with a name in a byte, in a part of a container, in a row of a database."""
    for path in sorted(each for each in site.root.rglob("*") if each.is_file() and "current" not in each.parts):
        data = path.read_bytes()
        texts = [data.decode("latin-1"), path.name, *texts_of(data, "x")]
        if path.suffix == ".duckdb":
            with closing(warehouse.connect(path, read_only=True)) as con:
                tables = con.execute(
                    "select schema_name, table_name from duckdb_tables() where not internal"
                ).fetchall()
                texts += [str(con.execute(f'select * from "{a}"."{b}"').fetchall()) for a, b in tables]
        found = [token for token in TOKENS if any(token in text for text in texts)]
        if found:
            yield str(path.relative_to(site.root)), found[0]


def test_tubes_of_who_withdrew_are_not_asked_for(before: Site, after: tuple[Site, Outcome]) -> None:
    """The layout holds them under a surrogate that no specimen table registers."""
    asked = "select plate, item_count from open_item where kind = 'barcode_without_specimen'"
    assert run_query(after[0].root, asked).to_pylist() == run_query(before.root, asked).to_pylist() != []


def test_others_keep_every_number_and_verify_says_whole(
    before: Site, after: tuple[Site, Outcome], tmp_path: Path
) -> None:
    site, outcome = after
    readings = "select run_id, well, analyte_reported, mfi, bead_count from store.reading order by all"
    results = "select * exclude (assay_id, replicate_group, sample_label, specimen_id) from store.result order by all"
    scores = f"select subject_id, cutoff_set, \"group\", score_min, score_max from store.score where subject_id <> '{SUBJECT}' and night_id = $1 order by all"
    with (
        closing(warehouse.connect(before.path("warehouse"), read_only=True)) as old,
        closing(warehouse.connect(site.path("warehouse"), read_only=True)) as new,
    ):
        assert new.execute(readings).fetchall() == old.execute(readings).fetchall()
        assert new.execute(results).fetchall() == old.execute(results).fetchall() != []
        was = old.execute(scores, ["2026-01-05-1"]).fetchall()
        assert new.execute(scores, ["2026-01-05-1"]).fetchall() == was != []
        assert new.execute("select crc_state, crc_expected = crc_found from store.run").fetchall() == [("match", True)]
    assert any("subjects:" in note and "1 by withdrawals; unexplained: none" in note for note in outcome.notes)
    assert any("releases/2026-01-05-1 still holds a subject" in note for note in outcome.notes)
    assert outcome.plates_recomputed == 0
    # of the plate nothing but a name in a well went: what was accepted and signed of it holds, and would after any computing anew
    held = "select review_state, signed, signature.is_current from main.plate join main.signature using (run_id)"
    assert [tuple(row.values()) for row in run_query(site.root, held).to_pylist()] == [("accepted", "yes", True)]
    copy = shutil.copy(site.path("warehouse"), tmp_path / "copy.duckdb")
    with closing(warehouse.connect(Path(copy))) as con:
        (kept,) = con.execute("select result_hash from store.plate_hash").fetchall()
        con.execute("delete from store.plate_hash")
        assert warehouse.hash_plates(con, "2026-01-05-1", 16) == 1
        assert con.execute("select result_hash from store.plate_hash").fetchall() == [kept]
    assert not any("could not be written" in note for note in outcome.notes)
    found = verify(site, None, at(6))
    assert (found.faults, found.notes) == ([], [])


def test_a_release_that_still_holds_the_subject_is_asked_no_more(tmp_path: Path) -> None:
    site = write_small_site(tmp_path / "site", plates=1)
    (old, new), gone = ("2026-01-05-1", "2026-01-06-1"), "holds a subject who withdrew consent: destroy the folder"
    night(site, 5)
    withdraw(site.root, subject(1, 2), at(6), author="A. Name", reason="letter")
    night(site, 6)
    with pytest.raises(UsageError, match=f"release {old} {gone}"):
        write_database(site.root, old, tmp_path / "then.duckdb")
    with pytest.raises(UsageError, match=gone):
        run_query(site.root, "select 1", old)
    assert not (tmp_path / "then.duckdb").exists()
    assert write_database(site.root, new, tmp_path / "now.duckdb").exists()
    asked = run_query(site.root, "select distinct subject_id from score order by 1", new)
    assert asked.column("subject_id").to_pylist() == [subject(1, each) for each in (1, 3, 4)]


def test_a_file_for_another_program_lacks_the_subject_before_the_next_night(tmp_path: Path) -> None:
    site = write_small_site(tmp_path / "site", plates=1)
    night(site, 5)
    gone = subject(1, 2)
    whole = {}
    for what in ("results", "scores", "labs"):
        export_site(site.root, what, "csv", tmp_path / f"{what}.csv")
        whole[what] = (tmp_path / f"{what}.csv").read_text(encoding="utf-8").splitlines()
        assert any(gone in line for line in whole[what])
    withdraw(site.root, gone, at(6), author="A. Name", reason="letter")
    for what, lines in whole.items():
        export_site(site.root, what, "csv", tmp_path / f"{what}.csv")
        left = (tmp_path / f"{what}.csv").read_text(encoding="utf-8").splitlines()
        assert left == [line for line in lines if gone not in line]


def test_explain_says_it_and_a_second_withdrawal_does_nothing(after: tuple[Site, Outcome]) -> None:
    site, _ = after
    events = len(read_log(site.path("decisions")))
    with pytest.raises(UsageError, match="withdrawn on 2026-01-06, nothing is kept"):
        explain(site.root, SUBJECT)
    again = withdraw(site.root, SUBJECT, at(7), author="B. Name", reason="again")
    assert (again.is_new, again.decision.kind, again.releases) == (False, WITHDRAW, ())
    assert len(read_log(site.path("decisions"))) == events
    typed = ["decide", "withdraw", SUBJECT, "--site", str(site.root), "--author", "B. Name", "--reason", "again"]
    unsure, sure = (CliRunner().invoke(commands, [*typed, *more]) for more in ((), ("--yes",)))
    assert (unsure.exit_code, sure.exit_code) == (2, 0)
    assert "A withdrawal cannot be reversed" in unsure.output
    assert "withdrawn already: decision 4 by A. Name" in sure.output
    assert SUBJECT not in sure.output
    with pytest.raises(InputRefused, match=r"no subject of .* is called 'P99'; expected .*; found nearest: P\d+"):
        withdraw(site.root, "P99", at(7), author="B. Name", reason="who")


def test_a_tampered_store_is_not_covered_by_a_withdrawal(before: Site, tmp_path: Path) -> None:
    site = load_site(Path(shutil.copytree(before.root, tmp_path / "site", symlinks=True)))
    withdraw(site.root, SUBJECT, at(6), author="A. Name", reason="letter")
    with closing(warehouse.connect(site.path("warehouse"))) as con:
        con.execute("update store.outcome set os_months = 99")
    with pytest.raises(IntegrityError, match=r"not what earlier nights left: .*outcome.*nothing was blanked"):
        night(site, 6)


def test_what_lies_in_the_archive_in_place_of_what_is_left_is_named(
    after: tuple[Site, Outcome], tmp_path: Path
) -> None:
    site = load_site(Path(shutil.copytree(after[0].root, tmp_path / "site", symlinks=True)))
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        (run_id,) = con.execute("select run_id from store.run").fetchone() or ("",)
    path = archived_path(site.path("archive"), "plates", run_id)
    assert path.name != run_id
    path.with_name(run_id).write_bytes(path.read_bytes())
    found = {(fault.kind, fault.object) for fault in verify(site, 0, at(7)).faults}
    assert ("archive", f"archive/plates/{run_id[:2]}/{run_id}") in found
    key_path(site.path("state")).unlink()
    with pytest.raises(IntegrityError, match="the key by which subjects who withdrew are known again"):
        night(site, 7)


@pytest.mark.prove
def test_what_comes_later_is_refused_into_nothing_and_a_rebuilt_site_is_equal(
    after: tuple[Site, Outcome], tmp_path: Path
) -> None:
    site = load_site(Path(shutil.copytree(after[0].root, tmp_path / "site", symlinks=True)))
    inbox = site.path("inbox")
    other = next(iter(_numbers(site)))
    (inbox / "labs" / "later.csv").write_text(
        HEAD + lab(NUMBER, "QZACC-772", "1988-5", 4) + lab(other, "ACC-9", "1988-5", 5)
    )
    (inbox / "labs" / "mine.csv").write_text(HEAD + lab(NUMBER, "QZACC-773", "1988-5", 4))
    (inbox / "specimens" / "more.csv").write_text(
        f"barcode,subject,collected_at,material\nQZTUBE-78,{SUBJECT},{DAY},serum\nT-1,OTHER-1,{DAY},serum\n"
    )
    (inbox / "labs" / "broken.csv").write_text(f"mrn,what\n{NUMBER},x\n")
    outcome = night(site, 7)
    told = [note for note in outcome.notes if "withdrew" in note and "still holds" not in note]
    assert told == [
        "3 files of tonight held subjects who withdrew consent: 3 rows of them refused into nothing",
        "1 file held nobody but subjects who withdrew consent: nothing of it is kept",
    ]
    assert [path for path in inbox.rglob("*") if path.is_file()] == []
    assert dict(_holding(site)) == {}
    assert verify(site, None, at(7)).faults == []
    (inbox / "labs" / "again.csv").write_text(
        HEAD + lab(NUMBER, ACCESSION, "1988-5", 4) + lab(other, "ACC-10", "1988-5", 5)
    )
    assert [note for note in night(site, 8).notes if "withdrew" in note] == [
        "1 file of tonight held subjects who withdrew consent: 1 row of them refused into nothing"
    ]
    assert (dict(_holding(site)), verify(site, None, at(8)).faults) == ({}, [])
    sent = deliver(site.root, "clinic", "fhir", tmp_path / "sent", at_utc(8)).sent
    (new_one, taken) = sent  # the barcode that came brought a subject
    assert (new_one.subject, new_one.status) == ("OTHER-1", "preliminary")
    assert (taken.status, (tmp_path / "sent" / taken.file).read_text().count("entered-in-error")) == ("withdrawn", 6)
    done = rebuild(site, tmp_path / "new")
    assert (done.differs, done.notes) == ((), ())
    new = load_site(tmp_path / "new")
    assert dict(_holding(new)) == {}
    record = read_record(new.path("state"))
    assert record == read_record(site.path("state"))
    assert record.lines[-1].basis == CONSENT
    assert list(delivery_faults(new, read_ledger(new.path("state")), withdrawn_from(new))) == []
    assert deliver(new.root, "clinic", "fhir", tmp_path / "sent", at_utc(9)).sent == ()


def _numbers(site: Site) -> list[str]:
    path = next(each for each in (site.path("archive") / "linkage").rglob("*") if each.is_file())
    return [row.split(",")[1] for row in path.read_text().splitlines()[1:] if row]


@pytest.mark.prove
@pytest.mark.parametrize(
    "point",
    [
        "_blank_archive",
        "warehouse.erase",
        "_proven",
        "_sweep_pages",
        "sweep_state",
        "_enter",
        "seal_erasure",
        "rewrite_where_due",
    ],
)
def test_a_night_that_is_killed_while_it_blanks_is_taken_up(
    before: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    from pbis.pipeline import erasing
    from pbis.pipeline import night as nights

    site = load_site(Path(shutil.copytree(before.root, tmp_path / "site", symlinks=True)))
    done = withdraw(site.root, SUBJECT, at(6), author="A. Name", reason="letter")
    home, name = (warehouse, "erase") if "." in point else (erasing, point)
    home = nights if point in ("seal_erasure", "rewrite_where_due") else home
    real = getattr(home, name)

    def killed(*given: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(home, name, killed)
    with pytest.raises(KeyboardInterrupt):
        night(site, 6)
    monkeypatch.setattr(home, name, real)
    came = site.path("inbox") / "labs" / "later.csv"  # the night that takes it up has a file of the subject, too
    came.write_text(HEAD + lab(NUMBER, ACCESSION, "1988-5", 4) + lab("no such number", "ACC-9", "1988-5", 5))
    night(site, 7)
    for folder in done.releases:
        shutil.rmtree(folder)
    assert not erasure_path(site.path("state")).exists()
    assert dict(_holding(site)) == {}
    assert verify(site, None, at(7)).faults == []
