"""The desk fuzzed from its own description: whatever is sent to a route, by whatever role, is answered, and never by a failure."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from desk_site import SEATED, desk_of, seat_of
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from pbis.desk.app import build
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite


def fuzz(root: Path, roles: tuple[Role | None, ...], requests: int, fixed: int) -> Counter[int]:
    """So many requests to every route by each role; how often each status came. AssertionError for one that is a failure."""
    desk = desk_of(root)
    app = build(desk)
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    statuses: Counter[int] = Counter()
    for operation in (found.ok() for found in schema.get_all_operations()):
        for role in roles:
            statuses += ask(desk, operation, role, requests, fixed)
    if hasattr(desk, "work"):
        desk.work.end()
    return statuses


def ask(desk: DeskSite, operation: Any, role: Role | None, requests: int, fixed: int) -> Counter[int]:
    """So many requests to one route by one role."""
    statuses: Counter[int] = Counter()
    cookie = desk.door.cookie

    @seed(fixed)
    @settings(
        max_examples=requests,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode]))
    def one(case: Case) -> None:
        case.cookies = {cookie: token} if role is not None else {}
        answer = case.call(headers={"Origin": SEATED, "Host": "desk.test"})
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, case.as_curl_command()

    token = "" if role is None else seat_of(desk, role)
    one()
    return statuses


def test_no_request_makes_the_desk_fail(own_site: Path) -> None:
    """A slice: an admin, who gets past every guard."""
    statuses = fuzz(own_site, (Role.ADMIN,), 3, 19)
    assert {200, 422} <= set(statuses)


@pytest.mark.prove
def test_desk_fuzz(own_site: Path) -> None:
    """By every role, so often as FUZZED says, from the seed that it says; `make prove desk_fuzz`."""
    statuses = fuzz(own_site, (None, *Role), int(os.environ.get("FUZZED", "150")), int(os.environ.get("SEED", "1")))
    print(dict(statuses))
    assert {200, 403, 422} <= set(statuses)
