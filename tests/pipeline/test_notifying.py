"""How a night ended reaches a real mail server and a real webhook: at once, on a second try, with the next night, or said to be refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receivers import certificate, closed_port, knows, mail_server, webhook

from pbis.cli.status import unsent_lines
from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError, SiteBusy
from pbis.pipeline.at_work import claim
from pbis.pipeline.context import NightOptions
from pbis.pipeline.doctor import look_at_site
from pbis.pipeline.how_it_runs import schedule_of
from pbis.pipeline.last_night import read_nights
from pbis.pipeline.new_site import write_site
from pbis.pipeline.notifying import PAUSES, after_night, letters_of, noticing, send_test, send_waiting
from pbis.pipeline.outbox import MOST, put, read_outbox
from pbis.pipeline.service import last_standing
from pbis.pipeline.summary import Summary

NOW = datetime(2026, 1, 5, 3, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a key of 24 bytes or so..").decode()
MAIL = """
[notify.email]
host = "127.0.0.1"
port = {port}
tls = "none"
from = "pbis@lab.example"
to = [{to}]
"""
HOOK = """
[notify.webhook]
url = "http://127.0.0.1:{port}/pbis?token=of-nobody-else"
"""


def clock() -> datetime:
    return NOW


def no_sleep(seconds: float) -> None:
    raise AssertionError(f"nothing has to wait, and {seconds} s were asked for")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_site(tmp_path / "site", name="north", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    return tmp_path / "site"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PBIS_NOTIFY_SECRET", SECRET)
    return SECRET


def told(root: Path, *sections: str) -> Site:
    """The site with these sections behind what it says already."""
    file = root / "site.toml"
    file.write_text(file.read_text().split("\n[notify")[0] + "".join(sections))
    return load_site(root)


def mailed(root: Path, port: int, *to: str) -> Site:
    return told(root, MAIL.format(port=port, to=", ".join(f'"{each}"' for each in to or ("head@lab.example",))))


def of_night(number: int, **facts: object) -> Summary:
    at = NOW + timedelta(days=number)
    return Summary("north", "done", at, at, night_id=f"2026-01-0{number}-1", **facts)  # type: ignore[arg-type]


def write(site: Site, *summaries: Summary) -> None:
    for summary in summaries:
        for letter in letters_of(site, summary):
            put(site.path("state"), letter)


def test_a_mail_that_the_server_does_not_take_now_goes_after_a_pause(root: Path) -> None:
    slept: list[float] = []
    with mail_server(["451 later"]) as server:
        site = mailed(root, server.port)
        write(site, of_night(1, exit_code=6, blocking=2, refused=("labs-3f2a91c04be7",)))
        assert send_waiting(site, clock, sleep=slept.append) == []
    assert (slept, server.tried) == ([PAUSES[0]], 2)
    [(to, mail)] = server.mails
    assert (to, mail["From"], mail["Auto-Submitted"]) == ("head@lab.example", "pbis@lab.example", "auto-generated")
    assert mail["Subject"] == "PBIS north: night 2026-01-01-1 done; 2 things to do"
    assert "refused    1 file: labs-3f2a91c04be7" in mail.get_content()
    assert read_outbox(site.path("state")) == []


def test_a_message_that_comes_while_others_are_sent_does_not_wait_for_the_next_night(root: Path) -> None:
    """Its own night finds the outbox in other hands and leaves it to them."""
    with mail_server(["451 later"]) as server:
        site = mailed(root, server.port)
        write(site, of_night(1))
        assert send_waiting(site, clock, sleep=lambda _: write(site, of_night(2))) == []
    assert [mail["Subject"].split()[3] for _, mail in server.mails] == ["2026-01-01-1", "2026-01-02-1"]


def test_what_one_recipient_s_server_puts_off_keeps_no_other_waiting(root: Path) -> None:
    with mail_server(["450 greylisted"]) as server:
        site = mailed(root, server.port, "a@lab.example", "b@lab.example")
        write(site, of_night(1))
        slept: list[float] = []
        assert send_waiting(site, clock, sleep=slept.append) == []
    assert [to for to, _ in server.mails] == ["b@lab.example", "a@lab.example"]
    assert slept == [PAUSES[0]]


def test_messages_to_one_recipient_come_in_the_order_of_their_nights_and_one_that_is_put_off_for_ever_holds_none_up(
    root: Path,
) -> None:
    with mail_server(["451 later"]) as server:
        site = mailed(root, server.port)
        write(site, of_night(1), of_night(2))
        assert send_waiting(site, clock, sleep=lambda _: None) == []
        assert [mail["Subject"].split()[3] for _, mail in server.mails] == ["2026-01-01-1", "2026-01-02-1"]
        server.answers = ["451 later"] * 3
        write(site, of_night(3), of_night(4))
        [left] = send_waiting(site, clock, sleep=lambda _: None)
        assert (left.summary.night_id, left.tries) == ("2026-01-03-1", 3)
    assert server.mails[-1][1]["Subject"].split()[3] == "2026-01-04-1"


def test_a_message_that_is_refused_for_good_is_said_until_a_later_one_went(root: Path) -> None:
    with mail_server(["554 never"]) as server:
        site = mailed(root, server.port)
        write(site, of_night(1))
        [left] = send_waiting(site, clock, sleep=no_sleep)
        assert (left.state, left.tries, left.said) == ("refused", 1, f"127.0.0.1:{server.port} answered 554")
        [said] = [each for each in look_at_site(site, NOW) if each.name == "messages"]
        assert (said.state, left.line in said.said) == ("attention", True)
        assert send_waiting(site, clock, sleep=no_sleep) == [left]
        assert server.tried == 1
        write(site, of_night(2))
        assert send_waiting(site, clock, sleep=no_sleep) == []
    assert ["2026-01-02-1" in mail["Subject"] for _, mail in server.mails] == [True]


def test_a_server_that_takes_its_time_gets_each_message_once(
    root: Path, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the message while it thinks: who gives up meanwhile sends it again."""
    monkeypatch.setattr("pbis.pipeline.channels._PATIENCE", 0.5)
    with mail_server() as server, webhook() as hook:
        server.thinks = hook.thinks = 1.0
        site = told(root, MAIL.format(port=server.port, to='"head@lab.example"'), HOOK.format(port=hook.port))
        write(site, of_night(1))
        assert send_waiting(site, clock, sleep=no_sleep) == []
    assert (len(server.mails), len(hook.calls)) == (1, 1)


def test_a_server_that_lets_nobody_in_loses_no_message_and_is_not_asked_again_with_a_wrong_password(
    root: Path,
) -> None:
    (root / "password").write_text("of yesterday")
    (root / "password").chmod(0o600)
    knobs = 'user = "lab"\npassword_file = "password"\nfrom'
    with mail_server(auth_require_tls=False, authenticator=knows("lab", "of today")) as server:
        section = MAIL.format(port=server.port, to='"head@lab.example"').replace("from", knobs)
        site = told(root, section)
        write(site, of_night(1), of_night(2))
        left = send_waiting(site, clock, sleep=no_sleep)
        assert [(each.state, each.tries) for each in left] == [("later", 1), ("later", 0)]
        assert left[0].line.endswith(f"goes with the next night: 127.0.0.1:{server.port} answered 535")
        (root / "password").write_text("of today")
        write(site, of_night(3))
        assert send_waiting(site, clock, sleep=no_sleep) == []
    assert [mail["Subject"].split()[3] for _, mail in server.mails] == [f"2026-01-0{day}-1" for day in (1, 2, 3)]


def test_a_server_that_greets_with_a_refusal_has_refused_no_message(root: Path) -> None:
    """As one does that is being looked after."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def closed() -> None:
            for _ in range(3):
                line, _ = door.accept()
                with line:
                    line.sendall(b"554 no service here\r\n")

        thread = threading.Thread(target=closed, daemon=True)
        thread.start()
        site = mailed(root, door.getsockname()[1])
        write(site, of_night(1))
        [left] = send_waiting(site, clock, sleep=lambda _: None)
        thread.join(60)
    assert (left.state, left.tries, left.said[-12:]) == ("later", 3, "answered 554")


def test_what_did_not_go_goes_with_the_next_night_in_order_and_under_its_name(root: Path) -> None:
    slept: list[float] = []
    with closed_port() as port:
        site = mailed(root, port)
        write(site, of_night(1), of_night(2))
        left = send_waiting(site, clock, sleep=slept.append)
    assert slept == list(PAUSES)
    assert [(each.state, each.tries) for each in left] == [
        ("later", 3),
        ("later", 0),
    ]  # a closed way is tried three times
    assert "could not be reached: Connection refused" in left[0].line
    with mail_server() as server:
        site = mailed(root, server.port)
        write(site, of_night(3))
        assert send_waiting(site, clock, sleep=no_sleep) == []
    mails = [mail for _, mail in server.mails]
    assert [mail["Subject"].split()[3] for mail in mails] == [f"2026-01-0{n}-1" for n in (1, 2, 3)]
    assert mails[0]["Message-ID"] == f"<{left[0].message_id}@lab.example>"


def test_an_outbox_keeps_so_many_messages_and_none_for_who_is_not_told_any_more(root: Path) -> None:
    with mail_server() as server:
        site = mailed(root, server.port, "gone@lab.example")
        write(site, of_night(1))
        site = mailed(root, server.port)
        for hours in range(MOST + 2):
            at = NOW + timedelta(hours=hours)
            write(site, Summary("north", "done", at, at, night_id=f"n{hours}"))
        assert send_waiting(site, clock, sleep=no_sleep) == []
    assert [to for to, _ in server.mails] == ["head@lab.example"] * MOST


def test_a_webhook_is_called_again_and_signed_as_standard_webhooks_are(root: Path, secret: str) -> None:
    slept: list[float] = []
    with webhook(503, 429) as hook:
        site = told(root, HOOK.format(port=hook.port))
        write(site, of_night(1, exit_code=6, expected=("layout-3f2a91c04be7",), expected_count=1))
        assert send_waiting(site, clock, sleep=slept.append) == []
    assert slept == list(PAUSES)
    first, _, last = hook.calls
    assert last.path == "/pbis?token=of-nobody-else"
    assert first.headers["webhook-id"] == last.headers["webhook-id"]
    content = f"{last.headers['webhook-id']}.{int(NOW.timestamp())}.".encode() + last.body
    mark = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    assert last.headers["webhook-signature"] == f"v1,{base64.b64encode(mark).decode()}"
    body = json.loads(last.body)
    assert (body["version"], body["needs_a_person"], body["expected"]) == (1, True, ["layout-3f2a91c04be7"])


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_an_answer_that_no_second_try_changes_ends_a_call(root: Path, secret: str, status: int) -> None:
    with webhook(status) as hook:
        site = told(root, HOOK.format(port=hook.port))
        write(site, of_night(1))
        [left] = send_waiting(site, clock, sleep=no_sleep)
    assert (left.state, left.said) == ("refused", f"127.0.0.1:{hook.port} answered {status}")
    assert len(hook.calls) == 1  # a redirect is not followed: it could lead anywhere
    assert "token" not in left.line


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ('[notify.email]\nhost = "mail.example"\ntls = "none"\nfrom = "a@b.example"\nto = ["c@b.example"]\n', '[notify.email] tls: expected starttls or tls for mail.example, found "none"'),
        ('[notify.email]\nhost = "mail.example"\nuser = "u"\nfrom = "a@b.example"\nto = ["c@b.example"]\n', "[notify.email] password_file: expected a file of mode 600, or PBIS_NOTIFY_PASSWORD"),
        ('[notify.webhook]\nurl = "http://hook.example/x"\n', "[notify.webhook] url: expected an https address"),
        ('[notify.webhook]\nurl = "https://hook.example/x"\nsecret_file = "open"\n', "the secret may be read by others; chmod 600"),
    ],
)  # fmt: skip
def test_nothing_goes_in_clear_or_unsigned_and_what_is_wrong_here_is_not_waited_for(
    root: Path, sections: str, said: str
) -> None:
    (root / "open").write_text("word")
    (root / "open").chmod(0o644)
    site = told(root, "\n", sections)
    write(site, of_night(1))
    [left] = send_waiting(site, clock, sleep=no_sleep)
    assert left.state == "later"
    assert said in left.said


def test_a_server_with_tls_is_signed_in_to_where_its_certificate_is_trusted(root: Path) -> None:
    trusted, context = certificate(root)
    (root / "password").write_text("open sesame\n")
    (root / "password").chmod(0o600)
    knobs = 'tls = "starttls"\nuser = "lab"\npassword_file = "password"\n'
    with mail_server(tls_context=context, require_starttls=True, authenticator=knows("lab", "open sesame")) as server:
        section = MAIL.format(port=server.port, to='"head@lab.example"').replace('tls = "none"\n', knobs)
        site = told(root, section)
        [left] = send_test(site, clock)
        assert left.said == f"127.0.0.1:{server.port} could not be reached: SSLCertVerificationError"
        site = told(root, section + f'ca_file = "{trusted.name}"\n')
        assert send_test(site, clock) == []
        (root / "password").write_text("guessed")
        [left] = send_test(site, clock)
        assert left.said == f"127.0.0.1:{server.port} answered 535"
    assert len(server.mails) == 1
    assert read_outbox(site.path("state")) == []


def test_a_night_that_could_not_be_done_is_told_by_the_kind_of_its_error(root: Path) -> None:
    with mail_server() as server:
        site = mailed(root, server.port)
        with pytest.raises(SiteBusy), noticing(site, NightOptions(), clock):
            raise SiteBusy("/srv/Quagga/lock is held")
        with pytest.raises(KeyboardInterrupt), noticing(site, NightOptions(), clock):
            raise KeyboardInterrupt
    [(_, mail)] = server.mails  # who stops a night waits for no mail server: it goes with the next
    text = f"{mail['Subject']} {mail.get_content()}"
    assert "could not be done" in text
    assert "SiteBusy, exit code 5" in text
    assert "Quagga" not in text
    kept = read_nights(site.path("state"))
    assert kept is not None
    assert (kept.last.state, kept.done_at, dict(kept.counts)) == ("stopped", None, {"failed": 1, "stopped": 1})
    assert [(letter.summary.state, letter.tries) for letter in read_outbox(site.path("state"))] == [("stopped", 0)]


@pytest.mark.parametrize(
    "options", [NightOptions(is_dry_run=True), NightOptions(is_small=True), NightOptions(replayed="n")]
)
def test_what_is_tried_or_computed_beside_the_nights_tells_nobody(root: Path, options: NightOptions) -> None:
    with mail_server() as server:
        site = mailed(root, server.port)
        with pytest.raises(SiteBusy), noticing(site, options, clock):
            raise SiteBusy("busy")
    assert server.mails == []
    assert read_nights(site.path("state")) is None


def test_no_trouble_of_a_message_changes_how_a_night_ended(root: Path) -> None:
    """Here the outbox is a file and what is kept of nights a folder, so that neither can be written: as on a full disk, and a mail can say so."""
    with mail_server() as server:
        site = mailed(root, server.port)
        site.path("state").mkdir(exist_ok=True)
        (site.path("state") / "outbox").write_text("")
        (site.path("state") / "last_night.json").mkdir()
        with pytest.raises(SiteBusy), noticing(site, NightOptions(), clock):
            raise SiteBusy("busy")
    assert ["could not be done" in mail["Subject"] for _, mail in server.mails] == [True]


def test_a_message_that_a_kill_left_half_named_goes_once_and_a_damaged_one_keeps_no_other(root: Path) -> None:
    """A kill between the writing of a message and its naming leaves it under a hidden name beside the one of before."""
    with mail_server() as server:
        site = mailed(root, server.port)
        write(site, of_night(1))
        [path] = (site.path("state") / "outbox").iterdir()
        shutil.copy(path, path.with_name("copy of it.json"))  # under a name by which nothing would take it out
        shutil.copy(path, aside := path.with_name(f".{path.name}"))
        (damaged := path.with_name("20260101T030000-pbis-x.json")).write_bytes(b'{"channel": "\xff')
        assert send_waiting(site, clock, sleep=no_sleep) == []
        assert send_waiting(site, clock, sleep=no_sleep) == []
    assert len(server.mails) == 1
    assert aside.exists()  # it may be written at this moment
    os.utime(aside, (0, 0))
    send_waiting(site, clock, sleep=no_sleep)
    assert list(path.parent.iterdir()) == [damaged]
    [said] = [each for each in look_at_site(site, NOW) if each.name == "messages"]
    assert (said.state, str(damaged) in said.said) == ("attention", True)
    assert unsent_lines(site) == [said.said]


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ('user = "u"\npassword_file = "utf-8"\n', "user and password: expected ASCII, found other letters"),
        ('user = "u"\npassword_file = "latin-1"\n', "password_file: expected the password as UTF-8"),
    ],
)
def test_a_way_that_is_set_up_wrong_is_said_and_keeps_no_other_way_closed(
    root: Path, secret: str, knobs: str, said: str
) -> None:
    for name, word in (("utf-8", "pässword".encode()), ("latin-1", "pässword".encode("latin-1"))):
        (root / name).write_bytes(word)
        (root / name).chmod(0o600)
    with mail_server(auth_require_tls=False, authenticator=knows("u", "p")) as server, webhook() as hook:
        site = told(root, MAIL.format(port=server.port, to='"c@b.example"') + knobs, HOOK.format(port=hook.port))
        write(site, of_night(1))
        [left] = send_waiting(site, clock, sleep=no_sleep)
    assert (left.channel, left.state, left.tries) == ("email", "later", 1)
    assert said in left.said
    assert len(hook.calls) == 1


def test_an_address_that_is_none_is_said_and_keeps_no_mail_back(root: Path, secret: str) -> None:
    with mail_server() as server:
        site = told(
            root, MAIL.format(port=server.port, to='"a@b.example"'), '[notify.webhook]\nurl = "https://[::1/x"\n'
        )
        after_night(site, of_night(1), clock)
    assert len(server.mails) == 1
    [left] = read_outbox(site.path("state"))
    assert "[notify.webhook] cannot be used as it stands: ValueError" in left.said


def test_who_wants_to_hear_of_attention_alone_hears_of_nothing_else(root: Path) -> None:
    site = told(root, '\n[notify]\nwhen = "attention"\n', MAIL.format(port=25, to='"a@b.example"'))
    assert letters_of(site, of_night(1)) == []
    assert len(letters_of(site, of_night(1, exit_code=6))) == 1


def test_a_quiet_night_sends_what_waits_of_an_earlier_one(root: Path) -> None:
    with mail_server() as server:
        site = told(root, '\n[notify]\nwhen = "attention"\n', MAIL.format(port=server.port, to='"a@b.example"'))
        write(site, of_night(1, exit_code=6))
        after_night(site, of_night(2), clock)
    assert [mail["Subject"].split()[3] for _, mail in server.mails] == ["2026-01-01-1"]


def test_a_byte_that_is_no_text_in_what_was_kept_of_a_night_stops_no_night_and_no_word_about_them(root: Path) -> None:
    """It lies in files that a program writes and a disk can spoil."""
    site = load_site(root)
    state = site.path("state")
    after_night(site, of_night(1), clock)
    for name, text in (
        ("last_night.json", (state / "last_night.json").read_bytes().replace(b"north", b"n\xffrth")),
        ("night_at_work.json", b'{"begun_at":"2026-01-0\xff"}'),
        ("serve.json", b'{"at":"0\xff:00","time_zone":"UTC"}'),
    ):
        (state / name).write_bytes(text)
    assert read_nights(state) is None
    assert schedule_of(site) is None
    assert claim(state) is None
    with pytest.raises(IntegrityError, match="expected what the service writes"):
        last_standing(state)
    after_night(site, of_night(2), clock)
    kept = read_nights(state)
    assert kept is not None
    assert kept.last.night_id == "2026-01-02-1"
