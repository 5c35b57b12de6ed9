"""What of the inbox begins a night: something new that lies still; not what a night left there, nor a file in hand."""

from __future__ import annotations

from pathlib import Path

from pbis.config import load_site
from pbis.pipeline.new_site import write_site
from pbis.pipeline.watching import STILL_TIMES_SETTLE, Watch


class Hands:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def watched(root: Path) -> tuple[Watch, Hands, Path]:
    write_site(root, name="a", cutoff_set="pbis-2025-il2-pgml")
    hands = Hands()
    return Watch(load_site(root), hands), hands, root / "inbox" / "plates"


def looked(watch: Watch, hands: Hands, seconds: float) -> bool:
    hands.now += seconds
    return watch.look()


def test_new_files_begin_a_night_when_none_changed_for_ten_times_the_time_that_one_needs(tmp_path: Path) -> None:
    watch, hands, plates = watched(tmp_path / "s")
    assert STILL_TIMES_SETTLE == 10
    assert not looked(watch, hands, 100)
    (plates / "a.csv").write_text("a")
    assert not looked(watch, hands, 1)
    (plates / "b.csv").write_text("b")
    assert not looked(watch, hands, 9.9)
    assert not looked(watch, hands, 9.9)
    assert looked(watch, hands, 0.2)


def test_what_a_night_leaves_begins_no_other_and_a_change_of_it_does(tmp_path: Path) -> None:
    watch, hands, plates = watched(tmp_path / "s")
    (plates / "a.csv").write_text("a")
    looked(watch, hands, 0)
    assert looked(watch, hands, 11)
    watch.asked()
    assert not looked(watch, hands, 100)
    (plates / "a.csv").write_text("longer")
    looked(watch, hands, 0)
    assert looked(watch, hands, 11)


def test_files_in_hand_folders_of_others_and_what_file_managers_leave_begin_none(tmp_path: Path) -> None:
    watch, hands, plates = watched(tmp_path / "s")
    (plates / ".taken-x").mkdir()
    (plates / ".taken-x" / "a.csv").write_text("a")
    (plates / ".DS_Store").write_text("a")
    (plates.parent / "notes.txt").write_text("a")
    (plates.parent / "other").mkdir()
    (plates.parent / "other" / "a.csv").write_text("a")
    looked(watch, hands, 0)
    assert not looked(watch, hands, 100)


def test_a_folder_that_is_one_export_begins_one_when_all_of_it_lies_still(tmp_path: Path) -> None:
    watch, hands, plates = watched(tmp_path / "s")
    export = plates.parent / "labs" / "export"
    export.mkdir()
    (export / "Patient.ndjson").write_text("{}")
    looked(watch, hands, 0)
    (export / "Observation.ndjson").write_text("{}")
    assert not looked(watch, hands, 11)
    assert looked(watch, hands, 11)
