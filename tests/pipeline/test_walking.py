"""The stages of a night are whole and never change, and a part that is run again does nothing twice and says nothing twice."""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Callable
from datetime import datetime
from typing import Any, get_type_hints

import pytest

import expectations
import warehouse
from pbis.config import Site
from pbis.pipeline import collecting, context, plates, publishing, stages
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import open_night, plan
from pbis.pipeline.reading import reading
from pbis.pipeline.reporting import write_reports
from pbis.pipeline.stages import Begun, Read, Told
from pbis.pipeline.walking import Plan, in_process, walk

Make = Callable[..., Site]
After = Callable[[bool], Site]
Clock = Callable[[], datetime]
P01 = "HCC7P_20250915_P01.csv"
# What a night without a release or an index really does not have; everything else that may be None is so for a plate's own reasons.
MAY_BE_NONE = {"Published.release", "Reported.release", "Reported.index"}
MAY_BE_NONE |= {
    f"{stage}.followed" for stage in ("Followed", "Scored", "Published", "Reported")
}  # nobody follows what is unchanged
STAGES = [one for _, one in inspect.getmembers(stages, inspect.isclass) if issubclass(one, Begun)]


def stumbling(monkeypatch: pytest.MonkeyPatch, module: types.ModuleType, name: str, call: int) -> list[Any]:
    """Let the module's function fail once as a share does, at its n-th call; the list fills with the calls that came through."""
    original, seen, through = getattr(module, name), [0], []

    def stumbles(*args: Any, **kwargs: Any) -> Any:
        seen[0] += 1
        if seen[0] == call:
            raise OSError("the share stumbled")
        through.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, stumbles)
    return through


def up_to(name: str) -> Plan[Begun, Any]:
    steps = plan().steps
    return Plan(steps[: [step.name for step in steps].index(name)])


def test_every_stage_is_frozen_and_whole() -> None:
    assert len(STAGES) == 11
    for kind in (context.Night, context.Settings, *STAGES):
        assert kind.__dataclass_params__.frozen, kind
    empty = {
        f"{kind.__name__}.{field.name}"
        for kind in STAGES
        for field in dataclasses.fields(kind)
        if type(None) in getattr(get_type_hints(kind, vars(stages))[field.name], "__args__", ())
        or field.default is not dataclasses.MISSING
        or field.default_factory is not dataclasses.MISSING
    }
    assert empty == MAY_BE_NONE


def test_connection_and_suite_have_their_types() -> None:
    names = vars(context) | {"Suite": expectations.Suite}
    assert get_type_hints(context.Night, names)["con"] is warehouse.Connection
    assert get_type_hints(context.Settings, names)["suite"] is expectations.Suite


def test_each_step_leaves_the_stage_before_it_as_it_was(make_site: Make, clock: Clock) -> None:
    site, seen = make_site(plates=(P01,), has_clinic=False), []
    with open_night(site, NightOptions(is_dry_run=True), Silent(), clock) as tonight:
        stage: Any = Begun(tonight.opening)
        for step in plan().steps:
            stage = walk(tonight, Plan((step,)), stage, in_process).stage
            seen.append((type(stage).__name__, len(getattr(stage, "plates", ()))))
    assert seen == [
        ("Collected", 0),
        ("Collected", 0),  # subjects who withdrew taken out
        ("Imported", 0),
        ("Read", 1),
        ("Loaded", 1),  # by way of Assayed and Judged, in shards
        ("Loaded", 1),  # sentences said again
        ("Followed", 1),
        ("Followed", 1),  # reviews of plates kept
        ("Followed", 1),  # a sample of the archive read again
        ("Scored", 1),
        ("Scored", 1),  # what is open listed
        ("Published", 1),
        ("Reported", 1),
    ]


def test_a_shard_that_is_read_again_reads_and_refuses_nothing_twice(
    make_site: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(has_clinic=False)
    (site.path("inbox") / "plates" / "A.csv").write_bytes(b"no export\n")
    read = stumbling(monkeypatch, plates, "read_bytes", call=3)
    with open_night(site, NightOptions(), Silent(), clock) as tonight:
        before = walk(tonight, up_to("read"), Begun(tonight.opening), in_process).stage
        work = reading(tonight, before)
        (part,) = work.parts
        with pytest.raises(OSError, match="stumbled"):
            part.run()
        made = work.join([part.run()])
    assert isinstance(made, Read)
    assert [name for _, name in read] == ["A.csv", *sorted(p.job.name for p in made.plates)]
    assert [refusal.name for refusal in made.told.refusals] == ["A.csv"]


def test_a_collection_that_is_made_again_still_says_what_it_archived_anew(
    after_a_night: After, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = after_a_night(False)
    (archived,) = site.path("archive").glob("plates/??/*")
    data = archived.read_bytes()
    archived.unlink()
    (site.path("inbox") / "plates" / P01).write_bytes(data)
    stumbling(monkeypatch, collecting, "note", call=1)
    with open_night(site, NightOptions(), Silent(), clock) as tonight:
        work = collecting.collecting(tonight, Begun(tonight.opening))
        with pytest.raises(OSError, match="stumbled"):
            work.parts[0].run()
        collected = work.join([work.parts[0].run()])
    assert [note.endswith("it is archived anew") for note in collected.told.notes] == [True]
    assert archived.read_bytes() == data


def test_a_publication_that_is_made_again_finds_its_own_release(
    make_site: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(plates=(P01,), has_clinic=False)
    stumbling(monkeypatch, warehouse, "make_current", call=1)
    looked = []
    look = warehouse.closed_words_of
    monkeypatch.setattr(warehouse, "closed_words_of", lambda *about: (looked.append(1), look(*about))[1])
    with open_night(site, NightOptions(), Silent(), clock) as tonight:
        before = walk(tonight, up_to("publish"), Begun(tonight.opening), in_process).stage
        work = publishing.publishing(tonight, before)
        with pytest.raises(OSError, match="stumbled"):
            work.parts[0].run()
        published = work.join([work.parts[0].run()])
        write_reports(tonight, published).parts[-1].run()
    assert published.release is not None
    assert len(looked) == 1  # at every cell of the store, for the release and all open pages
    assert publishing.published_basis(site.path("releases")) == before.scores.basis
    assert [path.name for path in site.path("releases").iterdir() if path.is_dir() and not path.is_symlink()] == [
        tonight.night_id
    ]


def test_what_is_told_keeps_its_order() -> None:
    first, second = Told(("a",)), Told(("b", "c"))
    assert stages.together([first, second]) == Told(("a", "b", "c"))
    assert stages.together([]) == Told()
