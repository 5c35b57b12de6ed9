"""How a night is walked: each step takes the stage before it and makes the next; an engine says how one part of it is run.

A part may be run again after a share or disk has stumbled. What it made before that is not made twice: a part keeps each piece of
work that came to its end (functools.cache), and only what it returns at last reaches the next stage.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pbis.pipeline.context import Night
from pbis.pipeline.events import tell
from pbis.pipeline.memory import let_go
from pbis.pipeline.stopping import stop_if_asked

Before = TypeVar("Before")
After = TypeVar("After")
Last = TypeVar("Last")
Piece = TypeVar("Piece")


@dataclass(frozen=True)
class Part(Generic[Piece]):
    """A piece of a step that can run, be run again, and be shown on its own."""

    title: str
    run: Callable[[], Piece]


@dataclass(frozen=True)
class Work(Generic[Piece, After]):
    """What a step does tonight. join: what the parts returned, in their order -> the next stage."""

    parts: Sequence[Part[Piece]]
    join: Callable[[Sequence[Piece]], After]


@dataclass(frozen=True)
class Step(Generic[Before, After]):
    """name: short, for programs; title: for people; work: made when the step begins, because it depends on the stage before."""

    name: str
    title: str
    work: Callable[[Night, Before], Work[Any, After]]
    can_be_retried: bool = False


@dataclass(frozen=True)
class Shards(Generic[Before, After]):
    """Steps that a stage takes some plates at a time: a shard comes to their end, and is let go, before the next begins.

    cut: the stage of each shard, at least one, whatever else the night holds; join: the stage before, and what the shards came to in
    their order -> the next stage.
    """

    name: str
    plan: Plan[Before, After]
    cut: Callable[[Night, Before], Sequence[Before]]
    join: Callable[[Night, Before, Sequence[After]], After]


@dataclass(frozen=True)
class Plan(Generic[Before, After]):
    """Steps in their order, from one stage to another; `then` takes no step that expects another stage than the one reached."""

    steps: tuple[Step[Any, Any] | Shards[Any, Any], ...]

    @classmethod
    def of(cls, step: Step[Before, After]) -> Plan[Before, After]:
        return cls((step,))

    def then(self, step: Step[After, Last] | Shards[After, Last]) -> Plan[Before, Last]:
        return Plan((*self.steps, step))


class Runner(Protocol):
    """An engine: runs a part of a step and returns what it made."""

    def __call__(self, step: Step[Any, Any], part: Part[Piece], /) -> Piece: ...


@dataclass(frozen=True)
class Walked(Generic[After]):
    """The last stage, and the wall seconds of each step."""

    stage: After
    seconds: dict[str, float]


def whole(work: Callable[[Night, Before], After]) -> Callable[[Night, Before], Work[After, After]]:
    """A step of one part, called as the function is."""
    title = work.__name__.strip("_").replace("_", " ")
    return lambda night, before: Work([Part(title, lambda: work(night, before))], lambda made: made[0])


def in_process(_: Step[Any, Any], part: Part[Piece], /) -> Piece:
    """The engine without an engine."""
    return part.run()


def walk(night: Night, plan: Plan[Before, After], first: Before, run: Runner) -> Walked[After]:
    """Take the steps one after the other, each with the stage that the one before it made."""
    seconds: dict[str, float] = {}
    return Walked(_take(night, plan, first, run, seconds), seconds)


def _take(night: Night, plan: Plan[Before, After], first: Before, run: Runner, seconds: dict[str, float]) -> After:
    stage: Any = first
    for step in plan.steps:
        if isinstance(step, Step):
            stage = _step(night, step, stage, run, seconds)
        else:
            made = []
            for shard in step.cut(night, stage):
                made.append(_take(night, step.plan, shard, run, seconds))
            stage = step.join(night, stage, made)
    last: After = stage
    return last


def _step(night: Night, step: Step[Any, After], stage: Any, run: Runner, seconds: dict[str, float]) -> After:
    work = step.work(night, stage)
    night.teller.step(step.title, len(work.parts))
    made, took = [], 0.0
    for part in work.parts:
        stop_if_asked()
        begun = time.perf_counter()
        made.append(run(step, part))
        took += time.perf_counter() - begun
        night.teller.advance()
    seconds[step.name] = seconds.get(step.name, 0.0) + took
    tell("step_done", night_id=night.night_id, step=step.name, seconds=round(took, 3), parts=len(work.parts))
    joined = work.join(made)
    let_go()
    return joined
