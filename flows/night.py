"""The nightly flow: a task a step, or a task a shard of plates; state, retries, schedule and trail are Prefect's.

Nothing about a patient goes into Prefect's store: the flow's parameters are the site's folder and the options, tasks take
none and return none, and a step that fails raises one line; its trace stays in a private file of the site.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.states import Completed

from pbis.config import load_site
from pbis.core.errors import PbisError
from pbis.pipeline.context import Night, NightOptions, Silent, Teller
from pbis.pipeline.night import Part, Step, close_night, open_night, plan, site_clock
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.trace import StepFailed, keep_trace

_TRANSIENT = (OSError, TimeoutError)


@dataclass
class Caller:
    """Who started the flow in this process: how to show progress, the clock, and where the outcome goes."""

    teller: Teller
    clock: Callable[[], datetime] | None = None
    outcome: Outcome | None = None


CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)


@flow(name="night", flow_run_name="night of {site_dir}", validate_parameters=False, persist_result=False)
def night(site_dir: str, since: str | None = None, only: list[str] | None = None, is_dry_run: bool = False) -> Any:
    """The night of the site in `site_dir`; also the deployment's entry point (flows/prefect.yaml).

    Ends Completed; with the name CompletedWithRefusals where input was refused; Failed only where a step could not work.
    """
    caller = CALLER.get() or Caller(Silent())
    site = load_site(Path(site_dir))
    options = NightOptions(datetime.fromisoformat(since) if since else None, frozenset(only or ()), is_dry_run)
    with open_night(site, options, caller.teller, caller.clock or site_clock(site)) as state:
        _walk(state)
        caller.outcome = close_night(state)
    return _final_state(caller.outcome)


def _walk(night: Night) -> None:
    for step in plan():
        parts = step.parts(night)
        night.teller.step(step.title, len(parts))
        for part in parts:
            with night.timed(step.name):
                _as_task(night, step, part)()
            night.teller.advance()


def _as_task(night: Night, step: Step, part: Part) -> Callable[[], None]:
    retries = 2 if step.can_be_retried else 0
    return task(
        _guarded(night, step, part),
        name=step.title,
        task_run_name=part.title,
        retries=retries,
        retry_delay_seconds=2,
        retry_condition_fn=_can_help if retries else None,
        persist_result=False,
    )


def _guarded(night: Night, step: Step, part: Part) -> Callable[[], None]:
    """Let errors through that are one line without values; put everything else into a private file."""

    def run() -> None:
        try:
            part.run()
        except (PbisError, *_TRANSIENT):
            raise
        except Exception as error:
            path = keep_trace(night.site.path("state"), part.title, error)
            raise StepFailed(f"{step.title}: {type(error).__name__}; the trace is in {path}") from None

    return run


def _can_help(task: Any, run: Any, state: Any) -> bool:
    """Retry only what a retry can mend: a share or a disk that stumbled, never a refusal or a defect."""
    return isinstance(state.result(raise_on_failure=False), _TRANSIENT)


def _final_state(outcome: Outcome) -> Any:
    if not outcome.refused:
        return Completed(message=f"night {outcome.night_id}: {outcome.state}")
    return Completed(
        name="CompletedWithRefusals",
        message=f"night {outcome.night_id}: {outcome.plates_loaded} plates loaded, {len(outcome.refused)} files refused",
    )
