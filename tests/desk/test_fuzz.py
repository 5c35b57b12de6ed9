"""The desk fuzzed from its own description: whatever is sent to a route, by whatever role, is answered, and never by a failure."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from desk_site import SEATED, client_of, seat_of
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from pbis.desk.app import build
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite

Leave = Callable[[DeskSite], None]


def fuzz(desk: DeskSite, roles: tuple[Role | None, ...], requests: int, fixed: int) -> Counter[int]:
    """So many requests to every route by each role, half of them about things that are there; how often each status came.
    AssertionError for one that is a failure."""
    app = build(desk)
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    there, statuses = things(desk, app), Counter[int]()
    for operation in (found.ok() for found in schema.get_all_operations()):
        for role in roles:
            statuses += ask(desk, operation, role, there, requests, fixed)
    return statuses


def things(desk: DeskSite, app: FastAPI) -> dict[str, str]:
    """What a path can name, as the first pages lead to it."""
    client = client_of(desk, Role.ADMIN, app)
    text = client.get("/").text + client.get("/plates").text
    item, plate = re.search(r'"/item/([^/"]+)', text), re.search(r'"/plates/([0-9a-f]{64})/', text)
    assert plate is not None
    return {
        "key": item[1] if item else "none",
        "run_id": plate[1],
        "plate_number": "1",
        "sequence": "1",
        "account": "viewer",
        "form": "csv",
        "name": "desk.js",
        "figure_number": "1",
    }


def ask(
    desk: DeskSite, operation: Any, role: Role | None, there: dict[str, str], requests: int, fixed: int
) -> Counter[int]:
    """So many requests to one route by one role."""
    statuses: Counter[int] = Counter()
    token = "" if role is None else seat_of(desk, role)
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])

    @seed(fixed)
    @settings(
        max_examples=requests,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, is_there=st.booleans())
    def one(case: Case, is_there: bool) -> None:
        if is_there:
            case.path_parameters = {name: there[name] for name in re.findall(r"\{(\w+)\}", operation.path)}
        case.cookies = {desk.door.cookie: token} if token else {}
        answer = case.call(headers={"Origin": SEATED, "Host": "desk.test"})
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, case.as_curl_command()

    one()
    return statuses


def test_no_request_makes_the_desk_fail(own_desk: DeskSite, leave_to_the_night: Leave) -> None:
    """A slice: an admin, who gets past every guard."""
    leave_to_the_night(own_desk)
    statuses = fuzz(own_desk, (Role.ADMIN,), 2, 19)
    assert {200, 422} <= set(statuses)


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_desk_fuzz(waiting_desk: DeskSite, leave_to_the_night: Leave) -> None:
    """By every role, so often as FUZZED says, from the seed that it says, on a site where something of every kind waits; `make prove
    desk_fuzz`."""
    leave_to_the_night(waiting_desk)
    requests, fixed = int(os.environ.get("FUZZED", "100")), int(os.environ.get("SEED", "1"))
    statuses = fuzz(waiting_desk, (None, *Role), requests, fixed)
    print(dict(statuses))
    assert {200, 403, 422} <= set(statuses)
