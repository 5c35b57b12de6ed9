"""What a service says to Prefect's server, and asks it: the deployment of a site's night, its runs, pause, and where it stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import ConcurrencyLimitConfig, FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.states import Cancelled, Crashed
from prefect.types.entrypoint import EntrypointType

from flows.night import night
from pbis.config import Site
from pbis.pipeline.service import ServedNight

AT_ONCE = 1  # nights of a site: a second one waits for the first
_WAITS = (StateType.SCHEDULED,)
_WORKS = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
_ENDED = (StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)
_MOST = 200  # runs of a kind that are looked at: the server schedules at most half as many ahead


def deployment_name(site: Site) -> str:
    """The site's name, and a word from its folder: two sites of one name on one server are two deployments."""
    word = hashlib.sha256(str(site.root).encode()).hexdigest()[:6]
    return f"{re.sub(r'[/%]', ' ', site.file.site.name)} {word}"


async def deploy(runner: Runner, site: Site, at: time, is_paused: bool) -> UUID:
    """Register the night with the runner and its server, at a time of the site's day: by cron in the site's zone, which of the three kinds
    of schedule is the one that keeps to the clock on the wall over its changes. The process of a night imports it by its module."""
    deployment = await night.ato_deployment(
        deployment_name(site),
        schedule=Cron(f"{at.minute} {at.hour} * * *", timezone=site.time_zone.key),
        paused=is_paused,
        concurrency_limit=ConcurrencyLimitConfig(limit=AT_ONCE),
        parameters={"site_dir": str(site.root)},
        description=f"The night of {site.file.site.name}: what lies in the inbox becomes results, scores, a release and pages.",
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return await runner.aadd_deployment(deployment)


@dataclass
class Deployed:
    """The runs of one deployment, by a client of its own. Its methods raise what httpx raises where the server does not answer."""

    deployment_id: UUID
    client: SyncPrefectClient = field(default_factory=lambda: get_client(sync_client=True))

    def ask(self, tag: str) -> None:
        """One night, now."""
        self.client.create_flow_run_from_deployment(self.deployment_id, tags=[tag])

    def pause(self) -> None:
        """No night begins by the schedule any more; those that were planned are taken back."""
        self.client.pause_deployment(self.deployment_id)

    def resume(self) -> None:
        """Nights begin by the schedule again."""
        self.client.resume_deployment(self.deployment_id)

    @property
    def is_paused(self) -> bool:
        return self.client.read_deployment(self.deployment_id).paused

    def tidy(self, now: datetime) -> None:
        """After a service that was killed: its night is no longer at work, what it had planned for a time that is over is not made up
        night by night, and its slot is free. Only where this process alone serves the site."""
        for run in self._runs(_WORKS):
            self._settle(run, Crashed(message="the service ended before its night did; the next night completes it"))
        for run in self._runs(_WAITS):
            if run.expected_start_time is not None and run.expected_start_time <= now:
                self._settle(run, Cancelled(name="Missed", message="no service ran; one night is made up for all"))
        limit = self.client.read_deployment(self.deployment_id).global_concurrency_limit
        if limit is not None and limit.active_slots:
            self.client.update_global_concurrency_limit(limit.name, GlobalConcurrencyLimitUpdate(active_slots=0))

    def next_run_at(self) -> datetime | None:
        """When the schedule begins the next night, in UTC; None where it is paused."""
        found = self._runs(_WAITS, FlowRunSort.EXPECTED_START_TIME_ASC, 1)
        moment = found[0].expected_start_time if found else None
        return _utc(moment)

    def is_busy(self, now: datetime) -> bool:
        """Whether a night is at work, or is to begin at once."""
        waiting = self._runs(_WAITS, FlowRunSort.EXPECTED_START_TIME_ASC, 1)
        is_due = any(run.expected_start_time is not None and run.expected_start_time <= now for run in waiting)
        return is_due or bool(self._runs(_WORKS, limit=1))

    def was_asked_since(self, due: datetime, now: datetime) -> bool:
        """Whether a night was to begin between the two moments, whatever became of it."""
        between = FlowRunFilterExpectedStartTime.model_validate({"after_": due, "before_": now})
        return bool(
            self.client.read_flow_runs(
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[self.deployment_id])),
                flow_run_filter=FlowRunFilter(expected_start_time=between),
                limit=1,
            )
        )

    def running(self) -> ServedNight | None:
        """The night that is at work."""
        found = self._runs((StateType.RUNNING, StateType.CANCELLING), limit=1)
        return _night(found[0]) if found else None

    def last(self) -> ServedNight | None:
        """The night that ended last."""
        found = self._runs(_ENDED, FlowRunSort.END_TIME_DESC, 1)
        return _night(found[0]) if found else None

    def _runs(
        self, kinds: Iterable[StateType], sort: FlowRunSort = FlowRunSort.START_TIME_DESC, limit: int = _MOST
    ) -> list[FlowRun]:
        return self.client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[self.deployment_id])),
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(kinds)))),
            sort=sort,
            limit=limit,
        )

    def _settle(self, run: FlowRun, state: Any) -> None:
        self.client.set_flow_run_state(run.id, state, force=True)


def deployed(site: Site) -> Deployed | None:
    """The site's deployment as the server knows it; None where it does not."""
    client = get_client(sync_client=True)
    try:
        return Deployed(client.read_deployment_by_name(f"night/{deployment_name(site)}").id, client)
    except ObjectNotFound:
        return None


def _night(run: FlowRun) -> ServedNight:
    return ServedNight(run.name, run.state_name or "", _utc(run.start_time), _utc(run.end_time))


def _utc(moment: datetime | None) -> datetime | None:
    """As a moment of the standard library: the client's own kind of it cannot be written as JSON by everybody."""
    return None if moment is None else datetime.fromtimestamp(moment.timestamp(), UTC)
