"""Whatever lies in the inbox: taken or refused with a reason, never followed, never blocked on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from pbis.core.errors import IntegrityError, UnstableFile
from pbis.pipeline.archive import archived_path, fetch, keep, release
from pbis.pipeline.inbox import InboxRules, discover, printable
from pbis.pipeline.inbox_folder import WAITS, clear
from pbis.pipeline.quarantine import put_aside, return_completed

RULES = InboxRules(max_bytes=1000, settle_seconds=0.0)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox" / "plates").mkdir(parents=True)
    return tmp_path / "inbox"


def _drop(inbox: Path, name: str, data: bytes = b"data") -> Path:
    path = inbox / "plates" / name
    path.write_bytes(data)
    return path


def test_an_ordinary_file_arrives_with_its_hash(inbox: Path) -> None:
    _drop(inbox, "a.csv")
    (arrival,) = discover(inbox, RULES).arrivals
    assert (arrival.kind, arrival.name, arrival.byte_count) == ("plates", "a.csv", 4)
    assert arrival.file_id == "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7"


def _broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def _link_out(path: Path) -> None:
    path.symlink_to("/etc/hostname")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p.mkdir(), "a folder"),
        (_broken_link, "a broken link"),
        (_link_out, "a link to a file"),
        (lambda p: os.mkfifo(p), "a pipe"),
        (lambda p: p.write_bytes(b""), "0 bytes"),
        (lambda p: p.write_bytes(b"x" * 1001), "at most 0 MB"),
    ],
)
def test_what_is_no_ordinary_file_is_refused_and_the_others_go_on(inbox: Path, make: object, said: str) -> None:
    make(inbox / "plates" / "odd.csv")  # type: ignore[operator]
    _drop(inbox, "good.csv")
    found = discover(inbox, RULES)
    assert [a.name for a in found.arrivals] == ["good.csv"]
    (refusal,) = found.refusals
    assert said in str(refusal.error)
    assert str(refusal.error).startswith("odd.csv: ")


def test_a_file_that_grows_while_it_is_looked_at_is_refused(inbox: Path) -> None:
    path = _drop(inbox, "growing.csv")

    def somebody_writes(_: float) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    (refusal,) = discover(inbox, RULES, sleep=somebody_writes).refusals
    assert "still being written" in str(refusal.error)


@pytest.mark.skipif(sys.platform != "linux", reason="read leases are the Linux kernel's")
def test_a_file_that_another_program_has_open_for_writing_is_refused_and_returns_when_it_is_complete(
    inbox: Path, tmp_path: Path
) -> None:
    path = _drop(inbox, "open.csv")
    code = "import sys; f = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        (refusal,) = discover(inbox, RULES).refusals
        quarantine = tmp_path / "quarantine"
        put_aside(quarantine, "n1", refusal)
        assert return_completed(quarantine, inbox) == ()
        writer.communicate()
    assert return_completed(quarantine, inbox) == (path,)
    assert [a.name for a in discover(inbox, RULES).arrivals] == ["open.csv"]


def test_fresh_files_are_waited_for_once_and_old_ones_not_at_all(inbox: Path) -> None:
    waits: list[float] = []
    old = _drop(inbox, "old.csv")
    os.utime(old, (1, 1))
    discover(inbox, RULES, sleep=waits.append)
    assert waits == []
    _drop(inbox, "new.csv")
    _drop(inbox, "newer.csv")
    discover(inbox, RULES, sleep=waits.append)
    assert waits == [0.0]


def test_only_and_since_narrow_what_is_taken(inbox: Path) -> None:
    os.utime(_drop(inbox, "old.csv"), (1, 1))
    _drop(inbox, "a.csv")
    _drop(inbox, "b.csv")
    since = InboxRules(1000, 0.0, since=datetime.fromtimestamp(time.time() - 60))
    assert [a.name for a in discover(inbox, since).arrivals] == ["a.csv", "b.csv"]
    assert [a.name for a in discover(inbox, InboxRules(1000, 0.0, only=frozenset({"b.csv"}))).arrivals] == ["b.csv"]


def test_a_name_that_is_no_text_can_be_printed_and_put_aside(inbox: Path, tmp_path: Path) -> None:
    bad = os.fsdecode(b"pl\xe4te\n.csv")
    (inbox / "plates" / bad).mkdir()
    (refusal,) = discover(inbox, RULES).refusals
    assert refusal.name == printable(bad) == "pl\ufffdte\ufffd.csv"
    target = put_aside(tmp_path / "quarantine", "n1", refusal)
    assert target.is_dir()


def test_a_refused_file_is_moved_beside_a_text_that_says_why(inbox: Path, tmp_path: Path) -> None:
    _drop(inbox, "empty.csv", b"")
    (refusal,) = discover(inbox, RULES).refusals
    target = put_aside(tmp_path / "quarantine", "2026-01-01-1", refusal)
    assert target == tmp_path / "quarantine" / "2026-01-01-1" / "plates" / "empty.csv"
    assert not (inbox / "plates" / "empty.csv").exists()
    text = target.with_name("empty.csv.why.txt").read_text()
    assert "the file is empty" in text
    assert "  1. Export it again.\n  2. Drop it into the inbox again (plates); the next night takes it." in text
    assert return_completed(tmp_path / "quarantine", inbox) == ()


def test_two_refused_files_of_one_name_both_stay(inbox: Path, tmp_path: Path) -> None:
    for _ in range(2):
        _drop(inbox, "empty.csv", b"")
        put_aside(tmp_path / "q", "n", discover(inbox, RULES).refusals[0])
    assert sorted(p.name for p in (tmp_path / "q" / "n" / "plates").iterdir()) == [
        "empty-2.csv",
        "empty-2.csv.why.txt",
        "empty.csv",
        "empty.csv.why.txt",
    ]


def test_a_file_leaves_the_inbox_only_when_its_copy_is_proven(inbox: Path, tmp_path: Path) -> None:
    path = _drop(inbox, "a.csv")
    (arrival,) = discover(inbox, RULES).arrivals
    archive = tmp_path / "archive"
    kept = keep(archive, arrival)
    assert kept == archived_path(archive, "plates", arrival.file_id)
    assert fetch(kept) == b"data"
    kept.chmod(0o600)
    kept.write_bytes(b"rotten")
    with pytest.raises(IntegrityError, match="was changed"):
        release(archive, arrival)
    assert path.exists()
    kept.write_bytes(b"data")
    release(archive, arrival)
    assert not path.exists()


def test_a_file_that_changes_between_hash_and_copy_is_refused_and_stays_whole(inbox: Path, tmp_path: Path) -> None:
    path = _drop(inbox, "a.csv")
    (arrival,) = discover(inbox, RULES).arrivals
    path.write_bytes(b"other")
    with pytest.raises(UnstableFile, match="still being written"):
        keep(tmp_path / "archive", arrival)
    assert path.read_bytes() == b"other"


def test_a_file_that_may_not_be_read_is_refused_and_the_others_go_on(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _drop(inbox, "locked.csv")
    _drop(inbox, "good.csv")
    real = os.open

    def denied(path: Path, *args: int) -> int:
        if Path(path).name == "locked.csv":  # root, who runs the tests in a container, may read everything
            raise PermissionError(13, "Permission denied")
        return real(path, *args)

    monkeypatch.setattr(os, "open", denied)
    found = discover(inbox, RULES)
    assert [a.name for a in found.arrivals] == ["good.csv"]
    assert "Permission denied" in str(found.refusals[0].error)


def _export(inbox: Path, **files: bytes) -> Path:
    folder = inbox / "labs" / "export"
    (folder / "deleted").mkdir(parents=True)
    for name, data in {"Observation": b"{}", "deleted/Patient": b"", **files}.items():
        (folder / f"{name}.ndjson").write_bytes(data)
    return folder


def test_a_folder_of_results_is_an_arrival_of_files(inbox: Path) -> None:
    folder = _export(inbox, **{"deleted/Observation": b"[]"})
    (folder / "Patient.ndjson").symlink_to("/etc/hostname")
    (folder / "elsewhere").symlink_to("/etc")
    (folder / ".DS_Store").write_bytes(b"x")
    found = discover(inbox, RULES)
    assert [(a.name, a.folder) for a in found.arrivals] == [
        ("export/Observation.ndjson", folder),
        ("export/deleted/Observation.ndjson", folder),
    ]
    assert [refusal.name for refusal in found.refusals] == ["export/Patient.ndjson", "export/elsewhere"]
    (inbox / "labs" / "tables").mkdir()
    (inbox / "labs" / "tables" / "a.csv").write_text("a")
    assert "folders are not read" in str(discover(inbox, RULES).refusals[-1].error)


@pytest.mark.parametrize("change", ["grows", "comes", "goes"])
def test_a_folder_that_is_still_copied_waits_as_a_whole_where_it_is(inbox: Path, change: str) -> None:
    folder = _export(inbox, Patient=b"{}")
    _drop(inbox, "a.csv")

    def somebody_copies(_: float) -> None:
        if change == "goes":
            (folder / "Patient.ndjson").unlink()
        else:
            (folder / {"grows": "Patient.ndjson", "comes": "Specimen.ndjson"}[change]).write_bytes(b"[{}]")

    found = discover(inbox, RULES, sleep=somebody_copies)
    assert ([a.name for a in found.arrivals], found.refusals) == (["a.csv"], ())
    assert found.waiting == (f"export: {WAITS}",)
    assert len(discover(inbox, RULES).arrivals) > 1


def test_a_folder_goes_when_all_of_it_was_taken_and_stays_with_what_came_since(inbox: Path) -> None:
    folder = _export(inbox)
    clear(folder)
    assert (folder / "Observation.ndjson").exists()
    (folder / "Observation.ndjson").unlink()
    clear(folder)
    assert not folder.exists()
