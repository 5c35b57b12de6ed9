"""A refused form comes back as it was sent, with the sentence; a password never does."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from desk_site import client_of

from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.desk.typed import Field, filled

PAGE = """<!DOCTYPE html>
<p>a &amp; b</p>
<form method="post" action="/other"><input name="reason"></form>
<form method="post" action="/here"><input type="hidden" name="kind" value="accept"><input name="reason" value="as proposed"></form>
<form method="post" action="/here"><input type="hidden" name="seen" value="new">
<input name="reason" required><input name="cell" value="a"><input name="cell" value="b">
<input type="password" name="password"><input type="file" name="file">
<label><input type="checkbox" name="well" value="A1" checked> A1</label><label><input type="checkbox" name="well" value="B1"> B1</label>
<input type="radio" name="what" value="wells" checked><input type="radio" name="what" value="plate">
<select name="cause"><option value="">choose</option><option value="bubble" selected>a bubble</option><option value="swap">a swap</option></select>
<select name="analyte"><option>IL-2</option><option>IL-6 &amp; sIL-6R</option></select>
<textarea name="block" rows="3">old</textarea>
<button name="kind" value="reject">Reject</button></form>
"""
SENT: list[Field] = [
    ("kind", "reject"), ("seen", "old"), ("reason", '"><script>x'), ("cell", "c"), ("cell", "<d>"), ("password", "hunter2"), ("well", "B1"),
    ("what", "plate"), ("cause", "swap"), ("analyte", "IL-6 & sIL-6R"), ("block", "x\ty\n</textarea>"),
]  # fmt: skip


class Fields(HTMLParser):
    """What a browser has in the fields of the third form of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.form, self.option, self.select, self.text = 0, "", "", ""
        self.found: list[Field] = []
        self.scripts = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        self.form += tag == "form"
        self.scripts += tag == "script"
        if tag == "select":
            self.select = named["name"]
        if self.form != 3 or tag not in ("input", "option"):
            return
        is_off = named.get("type") in ("checkbox", "radio") and "checked" not in named
        if tag == "input" and not is_off:
            self.found.append((named["name"], named.get("value", "")))
        if tag == "option" and "selected" in named:
            self.found.append((self.select, named.get("value", "")))
            self.option = "" if "value" in named else "wanted"

    def handle_data(self, data: str) -> None:
        if self.option:
            self.found[-1], self.option = (self.select, data), ""
        if self.lasttag == "textarea" and self.form == 3 and data.strip():
            self.text, self.lasttag = data, ""


def test_every_kind_of_field_has_what_was_sent_and_a_password_nothing() -> None:
    page = filled(PAGE, "/here", SENT, "say <why>")
    assert page is not None
    seen = Fields(page)
    assert dict(seen.found[:2]) == {"seen": "old", "reason": '"><script>x'}  # what the person looked at
    assert seen.found[2:] == [
        ("cell", "c"), ("cell", "<d>"), ("password", ""), ("file", ""), ("well", "B1"), ("what", "plate"), ("cause", "swap"),
        ("analyte", "IL-6 & sIL-6R"),
    ]  # fmt: skip
    assert (seen.scripts, "hunter2" in page, seen.text.strip()) == (0, False, "x\ty\n</textarea>")
    first, others = page.split('\n<p role="alert" class="fail verdict" id="refused">say &lt;why&gt;</p>')
    assert first == PAGE.split('<input type="hidden" name="seen"')[0]  # all that is before the form is as it was
    assert 'aria-describedby="refused" autofocus>' in page.split('name="reason"')[-1].partition("\n")[0]
    assert others.count("autofocus") == 1


def test_of_forms_that_lead_to_one_address_the_one_that_was_sent_is_filled() -> None:
    accepted = filled(PAGE, "/here", [("kind", "accept"), ("reason", "mine")], "no")
    assert accepted is not None
    assert 'name="kind" value="accept"><input name="reason" value="mine"' in accepted
    assert filled(PAGE, "/nowhere", SENT) is None
    stale = filled(PAGE, "/here", SENT, "another was faster", is_stale=True)
    told = filled(PAGE, "/here", SENT, "this is there now", is_told=True)
    assert stale is not None
    assert told is not None
    assert ('name="seen" value="old"' in stale, 'name="seen" value="new"' in told) == (True, True)


def test_a_field_that_is_wrong_says_so_and_takes_the_focus() -> None:
    page = filled(PAGE, "/here", SENT, "cell: too long", ["cell"]) or ""
    (wrong, other) = (part.partition(">")[0] for part in page.split('name="cell"')[1:])
    assert wrong == ' value="c" aria-invalid="true" aria-describedby="refused" autofocus'
    assert "autofocus" not in other


@pytest.mark.usefixtures("light")
def test_forms_of_accounts_keep_what_was_typed(bare: DeskSite) -> None:
    admin = client_of(bare, Role.ADMIN)
    told = {"account": "admin", "name": "Ann <b>Name</b>", "role": "approver"}
    for name, value, words in (("role", "god", "cannot be used"), ("account", "admin", "already")):
        answer = admin.post("/accounts", data=told | {name: value})
        assert answer.status_code == 422
        form = answer.text.rpartition('<form method="post" action="/accounts">')[2]
        assert words in form
        assert 'name="name" maxlength="100" required value="Ann &lt;b&gt;Name&lt;/b&gt;"' in form
        assert 'value="admin"' in form
    assert "<option selected>approver</option>" in form
    answer = admin.post("/own-account", data={"old": "secret-old-1", "password": "secret-new-1", "again": "other"})
    assert (answer.status_code, 'id="refused">the two new passwords differ' in answer.text) == (422, True)
    assert "secret" not in answer.text
    last = admin.post("/accounts/admin/disable").text
    assert "this is the last admin; expected another one first (at the foot of this page, or by another role)" in last
    assert "pbis user" not in last
    nobody = client_of(bare)
    answer = nobody.post("/sign-in", data={"account": "ben", "password": "secret-ben-1"})
    assert (answer.status_code, 'value="ben"' in answer.text, "secret" in answer.text) == (401, True, False)
