"""A delivery that is stopped at any moment neither loses nor doubles a message; what was told to whom is on record, and is proven."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from told_scores import message_of, told_score

from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError, UsageError
from pbis.deliver import FINAL, FORMATS
from pbis.pipeline.delivery_record import (
    Delivered,
    KeptMessage,
    digest_of,
    kept_folder,
    kept_path,
    read_record,
    record_path,
)
from pbis.pipeline.due import basis_hash
from pbis.pipeline.handing_over import (
    Parcel,
    hand_over,
    note_path,
    parcels_again,
    require_outside,
    settled,
    write_again,
)
from pbis.pipeline.ledger import ledger_path, read_ledger
from pbis.pipeline.new_site import write_site
from pbis.pipeline.verify_deliveries import delivery_faults
from pbis.pipeline.withdrawals import key_path, made_key, withdrawn_from

OPERATIONS = ("fsync", "rename", "replace", "unlink", "fchmod", "mkdir")


class Killed(BaseException):
    """The process is gone: nothing below catches it."""


def at_six() -> datetime:
    return datetime(2026, 1, 5, 6, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of which no night is needed, with the key of its names."""
    write_site(tmp_path / "site", name="small", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    made_key(tmp_path / "site" / "state")
    return load_site(tmp_path / "site")


def parcels(site: Site, format_name: str, count: int = 3) -> list[Parcel]:
    """First messages about so many subjects; the joined ones in one file."""
    record, form = read_record(site.path("state")), FORMATS[format_name]
    pairs = []
    for number in range(count):
        told, name = told_score(subject_id=f"P{number}"), f"{number:020d}"
        text = form.write(message_of(told, FINAL, message_id=name))
        file = f"clinic_{1 if form.is_joined else number + 1:06d}.{form.ending}"
        about = (record.hashed(told.subject_id), 1, FINAL, format_name, "2026-01-05-1", basis_hash(record, told))
        pairs.append(
            (Delivered("clinic", *about, digest_of(text), name, file), KeptMessage(told.subject_id, told, text))
        )
    files = dict.fromkeys(line.file for line, _ in pairs)
    return [Parcel(name, format_name, tuple(pair for pair in pairs if pair[0].file == name)) for name in files]


def visible(folder: Path) -> dict[str, bytes]:
    """What a receiver sees, who takes no hidden files."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*"))}


def stop_at(monkeypatch: pytest.MonkeyPatch, at: int, error: Callable[[], BaseException]) -> list[str]:
    """From now on the n-th operation on files raises the error instead of being done; the list of those that were met."""
    met: list[str] = []

    def watched(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def operation(*given: object, **named: object) -> object:
            met.append(name)
            if len(met) == at:
                raise error()
            return real(*given, **named)

        return operation

    for name in OPERATIONS:
        monkeypatch.setattr(os, name, watched(name))
    return met


def no_room() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def delivered(site: Site, folder: Path, wanted: Sequence[Parcel]) -> None:
    """What a call of `pbis deliver` does: finish what was left, then send what is not on record yet."""
    record, _ = settled(site, folder, at_six)
    known = {line.message for line in record.lines}
    rest = [each for each in wanted if not known & {line.message for line, _ in each.messages}]
    if rest:
        hand_over(site, folder, rest, at_six)


@pytest.mark.parametrize(("format_name", "error"), [("hl7", Killed), ("hl7", no_room), ("csv", Killed)])
def test_a_delivery_that_is_stopped_at_any_operation_sends_each_message_once(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str, error: Callable[[], BaseException]
) -> None:
    state, at, met = site.path("state"), 0, [""]
    wanted = parcels(site, format_name, 2)
    while at <= len(met):  # until one comes to its end
        at += 1
        shutil.rmtree(kept_folder(state), ignore_errors=True)
        for path in (record_path(state), ledger_path(state)):
            path.unlink(missing_ok=True)
        folder = tmp_path / f"out{at}"
        met = stop_at(monkeypatch, at, error)
        with contextlib.suppress(Killed, OSError):
            delivered(site, folder, wanted)
        monkeypatch.undo()
        taken = Counter(visible(folder).keys())
        for path in folder.glob("[!.]*"):
            path.unlink()  # the receiver takes what it sees
        delivered(site, folder, wanted)
        taken.update(visible(folder).keys())
        assert taken == Counter(each.name for each in wanted), (at, met)
        require_whole(site, wanted)
        assert not list(folder.glob(".*"))
    assert at > 15


def require_whole(site: Site, wanted: Sequence[Parcel]) -> None:
    """The record has each message once, the ledger its head, and beside it lies what is kept of them and nothing else."""
    state = site.path("state")
    record = read_record(state)
    assert not note_path(state).exists()
    assert [line.message for line in record.lines] == [line.message for each in wanted for line, _ in each.messages]
    assert faults(site) == []
    assert read_ledger(state)[-1].facts == record.head


def faults(site: Site) -> list[str]:
    found = delivery_faults(site, read_ledger(site.path("state")), withdrawn_from(site))
    return [f"{each.object}: {each.found}" for each in found]


def killed(*_: object) -> None:
    raise Killed


def begin(site: Site, folder: Path, wanted: Sequence[Parcel], monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliver, and be killed when all is on record and nothing shown."""
    monkeypatch.setattr("pbis.pipeline.handing_over.anchor_record", killed)
    with pytest.raises(Killed):
        hand_over(site, folder, wanted, at_six)
    monkeypatch.undo()
    assert visible(folder) == {}


def test_of_a_record_that_was_torn_while_it_was_written_its_whole_lines_are_sent(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, folder = site.path("state"), tmp_path / "out"
    (wanted,) = parcels(site, "csv")
    begin(site, folder, [wanted], monkeypatch)
    whole = record_path(state).read_bytes().splitlines(keepends=True)
    record_path(state).write_bytes(whole[0] + whole[1][:40])
    record, shown = settled(site, folder, at_six)
    assert (len(record.lines), shown) == (1, (wanted.name,))
    assert visible(folder)[wanted.name].decode() == FORMATS["csv"].head() + wanted.messages[0][1].text
    assert [path.stem for path in kept_folder(state).iterdir()] == [record.lines[0].message]


def test_a_killed_delivery_whose_folder_is_gone_is_written_into_the_new_one(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = parcels(site, "hl7")
    begin(site, tmp_path / "out", wanted, monkeypatch)
    assert faults(site) == []
    shutil.rmtree(tmp_path / "out")
    settled(site, tmp_path / "new", at_six)
    assert visible(tmp_path / "new") == {each.name: each.data for each in wanted}


def test_lost_files_are_made_again_with_the_same_bytes(site: Site, tmp_path: Path) -> None:
    for format_name in FORMATS:
        shutil.rmtree(site.path("state"))
        made_key(site.path("state"))
        folder = tmp_path / format_name
        hand_over(site, folder, parcels(site, format_name), at_six)
        before = visible(folder)
        shutil.rmtree(folder)
        write_again(folder, parcels_again(site.path("state"), read_record(site.path("state")).lines))
        assert visible(folder) == before


@pytest.fixture
def known(site: Site, tmp_path: Path) -> Site:
    """A site that delivered three messages."""
    hand_over(site, tmp_path / "out", parcels(site, "hl7"), at_six)
    return site


def test_a_record_that_was_changed_cut_or_lost_stops_the_delivery(known: Site, tmp_path: Path) -> None:
    path = record_path(known.path("state"))
    data = path.read_bytes()
    for changed in (data.replace(b"final", b"fina1", 1), data[: data.rindex(b"{")], b""):
        path.write_bytes(changed)
        with pytest.raises(IntegrityError, match="record"):
            settled(known, tmp_path / "out", at_six)
        assert len(faults(known)) >= 1
    path.write_bytes(data)
    assert settled(known, tmp_path / "out", at_six)[0].head["sequence"] == 3


def test_without_the_key_of_its_names_nothing_is_told_twice(known: Site, tmp_path: Path) -> None:
    key_path(known.path("state")).unlink()
    with pytest.raises(IntegrityError, match=r"told twice"):
        settled(known, tmp_path / "out", at_six)


def test_what_is_kept_of_a_message_is_proven(known: Site) -> None:
    state = known.path("state")
    first, second, third = (kept_path(state, line.message) for line in read_record(state).lines)
    first.write_text(first.read_text().replace("score 2", "score 3"))
    second.unlink()
    third.write_text(third.read_text().replace('"group": "high"', '"group": "low"'))
    (kept_folder(state) / "other.json").write_text("{}")
    found = [each.split(": ")[1] for each in faults(known)]
    assert found[1:] == ["no file", "something else", "one that it does not know"]
    with pytest.raises(IntegrityError, match="put it back from a backup"):
        parcels_again(state, read_record(state).lines)


def test_what_is_handed_over_lies_outside_of_the_site(site: Site, tmp_path: Path) -> None:
    require_outside(site, tmp_path / "out")
    (tmp_path / "file").touch()
    for wrong in (site.root / "releases" / "out", site.root, tmp_path / "file"):
        with pytest.raises(UsageError, match=r"lies in the site|found a file"):
            require_outside(site, wrong)


def test_files_are_for_their_account_and_for_the_group_that_the_folder_hands_on(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    first, second, _ = parcels(site, "hl7")
    hand_over(site, folder, [first], at_six)
    folder.chmod(0o2770)
    hand_over(site, folder, [second], at_six)
    assert [(folder / each.name).stat().st_mode & 0o777 for each in (first, second)] == [0o600, 0o640]
