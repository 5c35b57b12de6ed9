"""A plate at the desk: the page of the night, what may be decided about it and by whom, and nothing entered that somebody else overtook."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pbis.config import load_site
from pbis.core.errors import Conflict, UsageError
from pbis.core.open_items import OpenItem
from pbis.core.review import head
from pbis.desk.asked import AskedForm, in_words, requests_of
from pbis.desk.framed import framed
from pbis.desk.people import Person, Role
from pbis.desk.routing import DeskSite
from pbis.desk.waiting import Listed, Waiting, listed
from pbis.desk.work import WorkQueue
from pbis.pipeline.accounts import Signer
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.night import utc_clock
from pbis.pipeline.plate_decisions import events_about
from pbis.pipeline.released_plates import page_of, plates_of, wells_of
from pbis.pipeline.reviewing import review

AtDesk = Callable[[Role | None], TestClient]
SitDown = Callable[[DeskSite, Role | None], TestClient]
WHY = {"cause": "bubble", "reason": "seen in the well"}


def place(root: Path) -> str:
    plate = plates_of(root)[0]
    return f"/plates/{plate['run_id']}/{plate['plate_number']}"


def test_the_page_is_that_of_the_night_and_what_may_be_done_hangs_on_the_role(at_desk: AtDesk, made_site: Path) -> None:
    written = page_of(made_site, plates_of(made_site)[0]).read_text()
    for role, may in ((Role.VIEWER, False), (Role.REVIEWER, True)):
        shown = at_desk(role).get(place(made_site)).text
        assert str(framed(written)) in shown
        assert "<style" not in shown
        assert ("Exclude …" in shown, "Accept, reject, sign …" in shown) == (may, False)
    assert "Accept, reject, sign …" in at_desk(Role.APPROVER).get(place(made_site)).text
    assert at_desk(Role.VIEWER).get(f"/plates/{'0' * 64}/1").status_code == 404


def test_links_between_pages_of_the_night_lead_to_the_desk() -> None:
    written = (
        '<a class="skip" href="#main">Skip to the content</a>\n<a href="./plates/P1-0a-0b-0c0d.html#curve-1">P1</a>'
        '<a href="./plates/gone-1-2.html">old</a><a href="./../trends.html">charts</a><a href="./index.html">morning</a><script>run()</script></body>'
    )
    shown = framed(written, {"P1-0a-0b": "/plates/0a/1"})
    assert (
        shown
        == '<a href="/plates/0a/1#curve-1">P1</a><a href="/plates">old</a><a href="/charts">charts</a><a href="/">morning</a>'
    )


def test_a_note_is_written_on_a_chart_of_the_plate_alone(own_desk: DeskSite, sit_down: SitDown) -> None:
    client, at = sit_down(own_desk, Role.REVIEWER), place(own_desk.root)
    form = client.get(f"{at}/annotate").text
    assert "low control" in form
    said = {"analyte": "IL-99", "control": "qc1", "reason": "new vial"}
    assert client.post(f"{at}/annotate", data=said).status_code == 422
    done = client.post(f"{at}/annotate", data=said | {"analyte": "IL-2"})
    assert done.headers["location"].startswith(f"{at}?job=")
    (event,) = log_of(load_site(own_desk.root))
    assert (event.kind, event.author, event.facts["control"]) == ("annotate", "reviewer", "qc1")
    assert client.get("/charts").status_code == 200
    assert client.get("/search").status_code == 200


def test_what_the_address_names_is_chosen_in_the_form(at_desk: AtDesk, made_site: Path) -> None:
    form = at_desk(Role.REVIEWER).get(f"{place(made_site)}/exclude", params={"well": "A1", "analyte": "IL-2"}).text
    assert form.count(" checked") == 3  # the kind, the well, the analyte
    for value in ("wells", "A1", "IL-2"):
        assert f'value="{value}" checked' in form


def test_a_form_that_says_too_little_comes_back_as_it_was(at_desk: AtDesk, made_site: Path) -> None:
    said = {"kind": "exclude", "what": "wells", "well": "A1", "cause": "bubble", "reason": " "}
    answer = at_desk(Role.REVIEWER).post(f"{place(made_site)}/preview", data=said)
    assert answer.status_code == 422
    assert "say why in your words" in answer.text
    assert 'value="A1" checked' in answer.text


@pytest.mark.parametrize(
    ("ask", "words", "count"),
    [
        (AskedForm("exclude", "wells", well=("A1", "A2"), **WHY), "Exclude 2 wells for all analytes", 2),
        (
            AskedForm("exclude", "wells", well=("A1", "A1"), analyte=("IL-2", "IL-6"), **WHY),
            "Exclude 1 well for 2 analytes",
            2,
        ),
        (
            AskedForm("exclude", "groups", group=("S1",), analyte=("IL-2",), **WHY),
            "Exclude 1 replicate group for 1 analyte",
            1,
        ),
        (AskedForm("exclude", "analytes", analyte=("IL-2",), **WHY), "Exclude 1 analyte of the plate", 1),
        (AskedForm("exclude", "plate", **WHY), "Exclude the plate", 1),
        (AskedForm("keep", finding=('["bead_count", "A1", "S1", "IL-2"]',), **WHY), "Keep what 1 finding took", 1),
        (AskedForm("reverse", reverses=4, cause="entered_in_error", reason="it was A2"), "Withdraw decision 4", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_form_is_so_many_decisions(ask: AskedForm, words: str, count: int) -> None:
    found = requests_of(ask, {"run_id": "f" * 64, "plate_number": 2, "plate": "P"}, "ann")
    assert (in_words(ask), len(found)) == (words, count)
    assert {(one.author, one.plate, one.plate_number, one.kind) for one in found} == {("ann", "f" * 64, 2, ask.kind)}


@pytest.mark.parametrize(
    "ask",
    [
        AskedForm("exclude", "wells", **WHY),
        AskedForm("exclude", "wells", well=("A1",), cause="verified", reason="x"),
        AskedForm("exclude", "wells", well=tuple(map(str, range(401))), **WHY),
        AskedForm("keep", **WHY),
        AskedForm("keep", finding=("[1]",), **WHY),
        AskedForm("keep", finding=("{}",), **WHY),
        AskedForm("keep", finding=('[1, "A1", null, null]',), **WHY),
    ],
    ids=str,
)
def test_a_form_that_means_nothing_is_refused(ask: AskedForm) -> None:
    with pytest.raises(UsageError):
        requests_of(ask, {"run_id": "f" * 64, "plate_number": 1, "plate": "P"}, "ann")


def test_whoever_saw_less_than_stands_enters_nothing(own_desk: DeskSite, sit_down: SitDown) -> None:
    """Two at one plate: the second is told what the first decided, whatever of the desk's forms is sent."""
    root, at = own_desk.root, place(own_desk.root)
    plate = plates_of(root)[0]
    client = sit_down(own_desk, Role.APPROVER)
    seen = head(events_about(root, plate))
    decide(root, Request("exclude", "bob", "bubble", "seen it, too", plate["run_id"], well="A1"), utc_clock)
    asked = {"kind": "exclude", "what": "wells", "well": "B1", "seen": seen, **WHY}
    for form, data in (
        ("preview", asked),
        ("confirm", asked),
        ("review/preview", {"kind": "accept", "reason": "as proposed", "seen": seen}),
        ("review/preview", {"kind": "reject", "reason": "wrong lot", "seen": seen}),
        ("review", {"kind": "accept", "reason": "as proposed", "seen": seen}),
        ("annotate", {"analyte": "IL-2", "control": "qc1", "reason": "a new vial", "seen": seen}),
    ):
        answer = client.post(f"{at}/{form}", data=data)
        assert answer.status_code == 409, form
        assert "seen it, too" in answer.text
        assert f"“{data['reason']}”" in answer.text  # what was typed is there to be read
    assert [one.author for one in log_of(load_site(root))] == ["bob"]


def test_results_that_were_computed_anew_since_they_were_looked_at_are_not_accepted(
    own_desk: DeskSite, sit_down: SitDown
) -> None:
    """A corrected layout or another file is no event of the log: the page says which results it was about."""
    at, client = place(own_desk.root), sit_down(own_desk, Role.APPROVER)
    looked_at = re.findall(r'name="results" value="([0-9a-f]{64})"', client.get(f"{at}/review").text)
    form = {"kind": "accept", "reason": "as proposed", "seen": "", "results": "0" * 64}
    answer = client.post(f"{at}/review", data=form)
    assert (answer.status_code, "are others than those that were looked at" in answer.text) == (409, True)
    assert not log_of(load_site(own_desk.root))
    assert client.post(f"{at}/review", data=form | {"results": looked_at[0]}).status_code == 303
    seen = log_of(load_site(own_desk.root))[-1].decision_id
    shown = client.get(f"{at}/review").text
    assert looked_at == re.findall(r'name="results" value="([0-9a-f]{64})"', shown)  # of the form to sign with
    sent = {"meaning": "approval", "password": "wrong", "seen": seen, "results": "0" * 64}
    refused = client.post(f"{at}/sign", data=sent)  # and a slip of the fingers makes nothing looked at
    assert (refused.status_code, re.findall(r'name="results" value="([0-9a-f]{64})"', refused.text)) == (
        403,
        ["0" * 64],
    )
    asked = Request("sign", "approver", "review", "x", at.split("/")[2], expected_head=seen, expected_results="0" * 64)
    with pytest.raises(Conflict, match="are others than those that were looked at"):
        review(own_desk.root, replace(asked, meaning="approval", signer=Signer("A", "approver")), utc_clock)


def test_only_signatures_that_the_person_may_give_are_offered(own_desk: DeskSite, sit_down: SitDown) -> None:
    """Who excluded learns before the password is typed that another person has to approve."""
    at, client = place(own_desk.root), sit_down(own_desk, Role.APPROVER)
    plate = plates_of(own_desk.root)[0]
    form = {"kind": "exclude", "what": "wells", "cause": "bubble", "reason": "seen", "seen": ""}
    well = wells_of(own_desk.root, plate["run_id"], plate["plate_number"])[0]["well"]
    assert client.post(f"{at}/confirm", data=form | {"well": well}).status_code == 303
    for job in own_desk.work.jobs():
        own_desk.work.wait(job.key, 60)
    form = {"kind": "accept", "reason": "without the bubble", "seen": log_of(load_site(own_desk.root))[-1].decision_id}
    assert client.post(f"{at}/review", data=form).status_code == 303
    section = client.get(f"{at}/review").text.partition('aria-labelledby="sign"')[2].partition("</section>")[0]
    assert re.findall(r'<option value="(\w+)"', section) == ["review", "responsibility"]
    assert re.search(r"<p>approver excluded \S+ \S+ \(decision 1\) and may not approve", section)


def _confirming(text: str, place: str) -> dict[str, str]:
    """Fields of the form that a preview page leads on with."""
    form = text.partition(f'action="{place}/review">')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


@pytest.mark.parametrize(
    ("kind", "button", "then"),
    [
        ("accept", "Accept the plate and compute", "accepted"),
        ("reject", "Reject the plate and compute", "rejected"),
        ("repeat", "Order a repeat and compute", "repeat ordered"),
    ],
)
def test_a_review_is_seen_before_it_is_entered(
    own_desk: DeskSite,
    sit_down: SitDown,
    leave_to_the_night: Callable[[DeskSite], None],
    kind: str,
    button: str,
    then: str,
) -> None:
    """The form leads to the preview, which is computed and enters nothing; the preview's own form enters it, from what was seen."""
    leave_to_the_night(own_desk)
    root, at, client = own_desk.root, place(own_desk.root), sit_down(own_desk, Role.APPROVER)
    asked = {"kind": kind, "cause": "review", "reason": "looked at whole", "seen": "", "results": ""}
    shown = client.post(f"{at}/review/preview", data=asked)
    assert (shown.status_code, log_of(load_site(root))) == (200, ())
    assert f"<strong>{then}</strong>" in shown.text
    assert button in shown.text
    is_out = kind != "accept"
    assert ("No result, verdict or score would change." in shown.text) is not is_out
    assert bool(re.search(r"\d+ readings? would change", shown.text)) is is_out
    assert client.post(f"{at}/review", data=_confirming(shown.text, at)).status_code == 303
    (event,) = log_of(load_site(root))
    assert (event.kind, event.author, event.reason) == (kind, "approver", "looked at whole")
    again = client.post(f"{at}/review", data=_confirming(shown.text, at))  # the button pressed twice
    assert (again.status_code, len(log_of(load_site(root)))) == (303, 1)
    other = client.post(f"{at}/review", data=_confirming(shown.text, at) | {"reason": "another"})
    assert other.status_code == 409  # seen before it was entered


def test_a_preview_of_an_acceptance_names_the_exclusions_that_stand(own_desk: DeskSite, sit_down: SitDown) -> None:
    root, at, client = own_desk.root, place(own_desk.root), sit_down(own_desk, Role.APPROVER)
    plate = plates_of(root)[0]
    entered = decide(
        root, Request("exclude", "bob", "bubble", "seen it", plate["run_id"], well="A1"), utc_clock
    ).decision
    asked = {"kind": "accept", "reason": "as proposed", "seen": entered.decision_id}
    early = client.post(f"{at}/review/preview", data=asked)
    assert (early.status_code, "is not in the results of" in early.text) == (422, True)
    own_desk.work.wait(own_desk.work.add("all", Person("bob", "Bob", Role.REVIEWER)).key, 120)
    shown = client.post(f"{at}/review/preview", data=asked)
    assert "Accept the plate with 1 exclusion and compute" in shown.text
    assert "1 exclusion that stands then" in shown.text
    assert "bubble: seen it" in shown.text


def test_a_review_that_says_too_little_comes_back_as_it_was(own_desk: DeskSite, sit_down: SitDown) -> None:
    at, client = place(own_desk.root), sit_down(own_desk, Role.APPROVER)
    for form in ("review/preview", "review"):
        for wrong in ({"reason": " ", "cause": "bubble"}, {"reason": "wrong lot", "cause": "put_off"}):
            answer = client.post(f"{at}/{form}", data={"kind": "reject", "seen": "", **wrong})
            assert answer.status_code == 422, form
            assert 'role="alert"' in answer.text
        assert 'value="wrong lot"' in answer.text
    assert not log_of(load_site(own_desk.root))
    assert sit_down(own_desk, Role.REVIEWER).post(f"{at}/review/preview", data={"kind": "accept"}).status_code == 403


def test_a_held_twin_is_rejected_from_the_page_that_shows_a_decision_about_its_readings(
    waiting_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    """Both twins share what decisions about wells call them; rejecting means the one. The page and the log look at the same events."""
    leave_to_the_night(waiting_desk)
    root, client = waiting_desk.root, sit_down(waiting_desk, Role.APPROVER)
    twin, other = [row for row in plates_of(root) if row["state"] == "held"]
    decide(root, Request("exclude", "bob", "bubble", "seen it", twin["run_id"], well="E3"), utc_clock)
    at = f"/plates/{other['run_id']}/{other['plate_number']}"
    seen = re.findall(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{at}/review").text)[0]
    asked = {"kind": "reject", "reason": "the copy", "seen": seen}
    assert client.post(f"{at}/review", data=asked).status_code == 303
    assert log_of(load_site(root))[-1].target.plate_content == other["run_id"]


class _Listing(Waiting):
    """The list of a site whose plate is read otherwise since it was accepted, so that the acceptance touches nothing."""

    def __init__(self, root: Path, work: WorkQueue, sequence: int) -> None:
        super().__init__(root, work)
        self._sequence = sequence

    def items(self) -> tuple[Listed, ...]:
        return listed(
            (OpenItem("decision_not_applying", "decision", str(self._sequence), "touches nothing", "reverse it"),)
        )


def test_a_reviewer_takes_no_acceptance_back(own_desk: DeskSite, sit_down: SitDown) -> None:
    root, plate = own_desk.root, plates_of(own_desk.root)[0]
    entered = review(root, Request("accept", "bob", "review", "as proposed", plate["run_id"]), utc_clock).decision
    asked = {
        "kind": "reverse",
        "reverses": entered.sequence,
        "cause": "verified",
        "reason": "no",
        "seen": entered.decision_id,
    }
    reviewer, approver = sit_down(own_desk, Role.REVIEWER), sit_down(own_desk, Role.APPROVER)
    for form in ("preview", "confirm"):
        assert reviewer.post(f"{place(root)}/{form}", data=asked).status_code == 403
    own = f"{place(root)}/withdraw/{entered.sequence}"
    assert [each.get(own).status_code for each in (reviewer, approver)] == [403, 200]
    assert [own in each.get(place(root)).text for each in (reviewer, approver)] == [False, True]
    assert approver.get(f"{place(root)}/withdraw/99").status_code == 404
    own_desk.__dict__["waiting"] = _Listing(own_desk.root, own_desk.work, entered.sequence)
    key = own_desk.waiting.items()[0].key
    assert reviewer.post(f"/item/{key}/reverse", data={"reason": "no"}).status_code == 403
    other = {**asked, "reverses": 99}
    assert approver.post(f"{place(root)}/confirm", data=other).status_code == 422
    assert len(log_of(load_site(root))) == 1
