"""The nightly flow: a task a step, or a task a shard of plates; state, retries, schedule and trail are Prefect's.

Nothing about a patient goes into Prefect's store. Its only parameter is the site's folder; tasks take nothing, return nothing
and are called by hashes, because names of files and batches can hold names of people; an error arrives there as its kind
alone, while the caller in this process gets the whole of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow, runtime, task
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelled, Completed, Failed

from flows.artifact import show_artifact
from flows.asked import WHY
from flows.away import AFTER, is_awaited
from flows.lost import ask_once, is_of_server
from flows.quiet import prefect_home, require_auth
from flows.server import remember_server
from pbis.config import Site, load_site
from pbis.core.errors import PbisError
from pbis.core.site_time import wall
from pbis.core.words import plural
from pbis.files.trouble import is_passing, trouble_of
from pbis.pipeline.context import Night, NightOptions, Silent, Teller
from pbis.pipeline.events import json_lines
from pbis.pipeline.lock import NIGHT, Turn
from pbis.pipeline.night import close_night, open_night, plan, utc_clock
from pbis.pipeline.notifying import noticing
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.service import tell_trouble
from pbis.pipeline.stages import Begun
from pbis.pipeline.stopping import end_after_step, listen
from pbis.pipeline.trace import StepFailed, keep_trace
from pbis.pipeline.walking import Part, Piece, Step, walk

_TRANSIENT = (OSError, TimeoutError)


@dataclass
class Caller:
    """Who started the flow in this process: options, how to show progress, the clock; and where outcome or error go. is_served: a
    service or a worker did, and nobody waits for it here."""

    teller: Teller
    options: NightOptions = field(default_factory=NightOptions)
    clock: Callable[[], datetime] | None = None
    outcome: Outcome | None = None
    error: BaseException | None = None
    is_served: bool = False


CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
# A served night waits so long for one that a person started; both would find the same files.
_PATIENCE_SECONDS = 1800.0


def _run_name() -> str:
    """For example: night of demo, 2026-11-23; one that no schedule began says why."""
    site = load_site(Path(runtime.flow_run.parameters["site_dir"]))
    why = "".join(f", {words}" for tag, words in WHY.items() if tag in (runtime.flow_run.tags or ()))
    return f"night of {site.file.site.name}, {wall(utc_clock(), site.time_zone):%Y-%m-%d}{why}"


@flow(name="night", flow_run_name=_run_name, validate_parameters=False, persist_result=False)
def night(site_dir: str) -> Any:
    """The night of the site in `site_dir`; also the deployment's entry point (flows/prefect.yaml).

    Ends Completed; with the name `CompletedWithRefusals (3 open)` where input was refused, `CompletedWaiting (3 open)`
    where only what was there before keeps results back; Failed only where a step could not work. One that a service or a worker
    runs says in the name of Failed why, with the exit code, and is Cancelled as `StoppedAfterStep` where it was asked to end.
    """
    caller = CALLER.get() or _served()
    if not caller.is_served:
        listen()  # in the place of Prefect's answer to SIGTERM, which ends the process before anybody is told how the night ended
    site = load_site(Path(site_dir))
    require_auth(site)
    if not site.file.runner.prefect_api_url and not caller.is_served:
        remember_server(prefect_home(site.path("state")))
    try:
        _walk(site, caller)
    except KeyboardInterrupt:
        if not caller.is_served:
            ask_once()
            raise
        return Cancelled(name="StoppedAfterStep", message="the service was asked to end; the next night completes it")
    except StepFailed as failed:
        if not caller.is_served:
            raise
        return _failed_state(site, caller.error or failed)
    assert caller.outcome is not None  # _walk either filled it in or raised
    _show(site, caller, caller.outcome)
    return _final_state(caller.outcome)


def _show(site: Site, caller: Caller, outcome: Outcome) -> None:
    """The night's artifact, once the server answers; one that stays away does not make a night that is done one that failed."""
    api_url = PREFECT_API_URL.value()
    if caller.is_served and api_url:
        with suppress(KeyboardInterrupt):  # asked to end: then it does not wait
            is_awaited(api_url, AFTER)
    try:
        show_artifact(site, outcome)
    except Exception as error:
        if not is_of_server(error):
            raise


def _served() -> Caller:
    end_after_step()
    return Caller(Silent(), NightOptions(turn=Turn(NIGHT, patience=_PATIENCE_SECONDS)), is_served=True)


def _walk(site: Site, caller: Caller) -> None:
    """The night's steps as tasks; the outcome goes to the caller."""
    try:
        with (
            _told(site, caller),
            open_night(site, caller.options, caller.teller, caller.clock or utc_clock) as state,
        ):
            walked = walk(state, plan(), Begun(state.opening), partial(_as_task, state, caller))
            caller.outcome = close_night(state, walked)
    except StepFailed:
        raise
    except Exception as error:  # before the first step or after the last; the caller gets the whole of it
        caller.error = error
        raise StepFailed(f"opening or closing the night: {type(error).__name__}") from None


@contextmanager
def _told(site: Site, caller: Caller) -> Iterator[None]:
    """How the night ended is told here where a service or a worker began it; else whoever called tells it."""
    if not caller.is_served:
        yield
        return
    shown = json_lines(sys.stderr) if site.file.log.format == "json" else nullcontext()
    with shown, noticing(site, caller.options, utc_clock, lambda error: caller.error or error) as ended:
        yield
        ended.outcome = caller.outcome


def _as_task(night: Night, caller: Caller, step: Step[Any, Any], part: Part[Piece], /) -> Piece:
    """Run the part as a task, and again where that can help. What it made stays in this process: the task returns nothing."""
    retries = 2 if step.can_be_retried else 0
    made: list[Piece] = []
    as_task = task(
        name=step.title,
        task_run_name=part.title,
        retries=retries,
        retry_delay_seconds=2,
        retry_condition_fn=_can_help if retries else None,
        persist_result=False,
    )
    as_task(_guarded(night, caller, step, part, made))()
    return made[-1]


def _guarded(
    night: Night, caller: Caller, step: Step[Any, Any], part: Part[Piece], made: list[Piece]
) -> Callable[[], None]:
    """The part with its errors told apart: the system's go through to be retried, ours reach the caller, defects a file."""

    def run() -> None:
        try:
            made.append(part.run())
            caller.error = None
        except _TRANSIENT as error:
            _tell_trouble(night, caller, step, error)
            caller.error = error
            raise type(error)(*error.args[:2]) from None  # number and words of the system, without the file's name
        except PbisError as error:
            caller.error = error
            raise StepFailed(f"{step.title}: {type(error).__name__}") from None
        except Exception as error:
            _tell_trouble(night, caller, step, error)
            path = keep_trace(night.site.path("state"), part.title, error)
            raise StepFailed(f"{step.title}: {type(error).__name__}; the trace is in {path}") from None

    return run


def _tell_trouble(night: Night, caller: Caller, step: Step[Any, Any], error: Exception) -> None:
    """Raise StepFailed where it is a full disk or a missing right, which no retry mends; the caller gets the whole sentence."""
    trouble = None if is_passing(error) else trouble_of(error, night.site.folders.values())
    if trouble is not None:
        caller.error = trouble
        raise StepFailed(f"{step.title}: {type(trouble).__name__}") from None


def _can_help(task: Any, run: Any, state: Any) -> bool:
    """Retry only what a retry can mend: a share or a disk that stumbled, never a refusal or a defect."""
    return isinstance(state.result(raise_on_failure=False), _TRANSIENT)


def _final_state(outcome: Outcome) -> Any:
    """Completed, with the number of things that wait for a person in its name and its words; no name of any file."""
    refused = len(outcome.refused) + len(outcome.refused_parts)
    waiting = outcome.blocking_count
    said = f"{plural(outcome.plates_loaded, 'plate')} loaded, {plural(refused, 'file')} refused, whole or in part; "
    said += f"{plural(waiting, 'open item keeps', 'open items keep')} results back, "
    said += f"{len(outcome.open_items) - waiting} more {'is' if len(outcome.open_items) - waiting == 1 else 'are'} open; {plural(len(outcome.alarms), 'trend alarm stands', 'trend alarms stand')}"
    said += "; the lake lacks releases" if outcome.lake is not None and outcome.lake.trouble else ""
    if not outcome.waits_for_a_person:
        return Completed(message=f"night {outcome.night_id}: {outcome.state}; {said}")
    name = "CompletedWithRefusals" if refused else "CompletedWaiting"
    return Completed(name=f"{name} ({waiting} open)", message=f"night {outcome.night_id}: {said}")


def _failed_state(site: Site, error: BaseException) -> Any:
    """Failed, called by the kind of error and the exit code that `pbis night` would have ended with; the sentence stays in the site."""
    code = error.exit_code if isinstance(error, PbisError) else 1
    path = tell_trouble(site.path("state"), str(error))
    name = f"{type(error).__name__} (exit code {code})"
    return Failed(
        name=name, message=f"nothing was published; the whole sentence is in {path.name} of the site's state folder"
    )
