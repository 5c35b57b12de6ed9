"""Routes and roles: every pair of the table is tried."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient

from pbis.desk.people import GRANTED, Permission, Role
from pbis.desk.routing import Route
from pbis.desk.static_files import FILES, VENDORED
from pbis.desk.table import ROUTES

AtDesk = Callable[[Role | None], TestClient]


@pytest.fixture(scope="module")
def seated(at_desk: AtDesk) -> dict[Role | None, TestClient]:
    """A browser of each role, and one of nobody."""
    return {role: at_desk(role) for role in (None, *Role)}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_refuses_whoever_lacks_its_permission(seated: dict[Role | None, TestClient], route: Route) -> None:
    """Whatever is sent to it: who may not call it is refused before a field is looked at."""
    for role in Role:
        if route.permission not in GRANTED[role]:
            assert seated[role].request(route.method, route.path).status_code == 403
    if route.permission is not Permission.OPEN:
        answer = seated[None].request(route.method, route.path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        in_part = seated[None].request(route.method, route.path, headers={"HX-Request": "true"})
        assert (in_part.status_code, in_part.headers["hx-redirect"]) == (401, "/sign-in")


def test_what_changes_something_is_a_post_and_is_open_to_nobody_but_who_signs_in() -> None:
    assert {route.method for route in ROUTES} == {"GET", "POST"}
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    is_open = {route.path for route in ROUTES if route.permission is Permission.OPEN and route.method == "POST"}
    assert is_open == {"/sign-in", "/sign-out", "/welcome"}


def test_the_application_has_no_route_that_the_table_has_not(at_desk: AtDesk) -> None:
    app = at_desk(None).app
    found = {(method, route.path) for route in app.routes for method in route.methods}
    assert found == {(route.method, route.path) for route in ROUTES}
    for path in ("/docs", "/redoc", "/openapi.json", "/static/../app.py", "/static/%2e%2e%2fapp.py", "/.git/config"):
        assert at_desk(Role.ADMIN).get(path).status_code == 404


def test_a_role_has_every_right_of_the_one_before_it() -> None:
    for fewer, more in pairwise(Role):
        assert GRANTED[fewer] < GRANTED[more]
    assert GRANTED[Role.ADMIN] == set(Permission)


@pytest.mark.parametrize("name", VENDORED)
def test_a_script_that_others_wrote_is_the_one_that_was_recorded(name: str) -> None:
    ((file,)) = FILES[name][1]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == VENDORED[name]


def test_the_morning_is_a_page(at_desk: AtDesk) -> None:
    answer = at_desk(Role.VIEWER).get("/")
    assert answer.status_code == 200
    assert "This morning" in answer.text


def test_nobody_is_led_to_what_the_role_may_not_do(seated: dict[Role | None, TestClient]) -> None:
    """No link of the head answers that the right is missing."""
    rights = {route.path: route.permission for route in ROUTES if route.method == "GET"}
    for role in Role:
        head = seated[role].get("/own-account").text.partition("<nav")[2].partition("</nav>")[0]
        linked = set(re.findall(r'href="([^"]*)"', head))
        assert {"/", "/plates", "/own-account"} <= linked
        assert {path for path in linked if rights[path] not in GRANTED[role]} == set()
