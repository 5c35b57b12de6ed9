"""Routes and roles: every pair of the table is tried."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from pbis.desk.people import GRANTED, Permission, Role
from pbis.desk.static_files import FILES, VENDORED
from pbis.desk.table import ROUTES

AtDesk = Callable[[Role | None], TestClient]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_refuses_whoever_lacks_its_permission(at_desk: AtDesk, route: object) -> None:
    for role in Role:
        if route.permission not in GRANTED[role]:
            assert at_desk(role).request(route.method, route.path).status_code == 403
    if route.permission is not Permission.OPEN:
        answer = at_desk(None).request(route.method, route.path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("name", VENDORED)
def test_a_script_that_others_wrote_is_the_one_that_was_recorded(name: str) -> None:
    ((file,)) = FILES[name][1]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == VENDORED[name]


def test_the_morning_is_a_page(at_desk: AtDesk) -> None:
    answer = at_desk(Role.VIEWER).get("/")
    assert answer.status_code == 200
    assert "This morning" in answer.text
