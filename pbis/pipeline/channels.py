"""The two ways out: a mail by SMTP, and a signed call of a webhook. Each says whether a message went, may go later, or was refused for good.

What a server answers decides: 4xx of SMTP and a server of HTTP that is busy or broken may go later, as a line that is down; 5xx of SMTP and any
other answer of HTTP are an answer to this message, which no second try changes. Of the answer its number is told, never its words.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pbis.config import EmailSection, Site, WebhookSection, word_for
from pbis.core.errors import ConfigError
from pbis.pipeline.kept_secret import is_loopback, is_trusted, read_secret
from pbis.pipeline.message import json_of, subject_of, text_of
from pbis.pipeline.summary import Summary

if TYPE_CHECKING:
    import smtplib

SENT, LATER, REFUSED = "sent", "later", "refused"
EMAIL, WEBHOOK = "email", "webhook"
_PATIENCE = (
    10.0  # seconds for a line, and for each answer before a message is handed over: a night's end waits for them
)
_TO_TAKE = 120.0  # seconds for the answer to a message: who gives up while a server takes it sends it again (RFC 5321, 4.5.3.2.6, has 600)
_LATER_HTTP = (408, 425, 429)  # too slow, too early, too many: RFC 9110, 8470 and 6585 ask to come again
_PROXIES = ("http://", "https://", "socks5://", "socks5h://")
_BASE64 = "whsec_"  # what a secret begins with that is written in base64 (Standard Webhooks)


@dataclass(frozen=True)
class Attempt:
    """What became of a message. state: sent, later or refused; said: why, for the people of the machine; is_closed: nothing goes that way
    now, whatever it is; is_ours: the fault is here, and a pause mends nothing."""

    state: str
    said: str = ""
    is_closed: bool = False
    is_ours: bool = False


def send(site: Site, channel: str, to: str, message_id: str, summary: Summary, now: datetime) -> Attempt:
    """Try once. message_id: the same at each try, by which a receiver knows what it has. now: in UTC."""
    told = site.file.notify
    try:
        if channel == EMAIL and told.email is not None:
            return _mail(site, told.email, to, message_id, summary)
        if channel == WEBHOOK and told.webhook is not None:
            return _call(site, told.webhook, message_id, summary, now)
    except ConfigError as error:
        return Attempt(LATER, str(error), is_ours=True)
    except ModuleNotFoundError as error:
        said = f'{error.name}: not installed; this needs the extra "notify": pip install "pbis[notify]"'
        return Attempt(LATER, said, is_ours=True)
    except (
        Exception
    ) as error:  # by its kind, since a library's words can quote a secret; the other way is tried all the same
        said = f"{site.root / 'site.toml'}: [notify.{channel}] cannot be used as it stands: {type(error).__name__}"
        return Attempt(LATER, said, is_ours=True)
    return Attempt(REFUSED, f"site.toml has no [notify.{channel}] any more")


def mail_of(told: EmailSection, to: str, message_id: str, summary: Summary, site: Site) -> EmailMessage:
    """The message as it is sent, to one recipient."""
    mail = EmailMessage()
    mail["Subject"] = subject_of(summary)
    mail["From"], mail["To"] = told.sender, to
    mail["Date"] = format_datetime(summary.ended_at)
    mail["Message-ID"] = f"<{message_id}@{told.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office note answers it
    mail.set_content(text_of(summary, site.time_zone))
    return mail


def _mail(site: Site, told: EmailSection, to: str, message_id: str, summary: Summary) -> Attempt:
    import smtplib

    _require_tls(site, told)
    password = _secret(site, "PASSWORD", told.password_file, "email", "password_file") if told.user else ""
    if not (told.user + password).isascii():  # smtplib signs in with ASCII alone
        raise ConfigError(
            f"{site.where('user', 'notify.email')}: [notify.email] user and password: expected ASCII, found other letters; give the account another password"
        )
    try:
        mail = mail_of(told, to, message_id, summary, site)
    except ValueError as error:
        return Attempt(REFUSED, f"{site.where('to', 'notify.email')}: {error}")
    try:
        with closing(_opened(site, told)) as server:
            if told.tls == "starttls":
                server.starttls(context=_context(site, told.ca_file))
            if told.user:
                server.login(told.user, password)
            if server.sock is not None:
                server.sock.settimeout(_TO_TAKE)
            server.send_message(mail)
            with suppress(OSError, smtplib.SMTPException):  # it is taken: what becomes of the farewell changes nothing
                server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        return _answered(told, next(iter(error.recipients.values()))[0])
    except (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError) as error:
        # It saw no message. One that takes the password for wrong is not asked thrice a night, which could lock the account.
        is_wrong_word = isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500
        return Attempt(LATER, _answer(told, error.smtp_code), is_closed=True, is_ours=is_wrong_word)
    except smtplib.SMTPResponseException as error:
        return _answered(told, error.smtp_code)
    except smtplib.SMTPNotSupportedError:
        if not f"{to}{told.sender}".isascii():
            return Attempt(REFUSED, f"{told.host}:{told.port} takes no address with letters beyond ASCII")
        return Attempt(REFUSED, f"{told.host}:{told.port} offers no STARTTLS, or no way to sign in")
    except (OSError, smtplib.SMTPException) as error:
        return Attempt(LATER, f"{told.host}:{told.port} could not be reached: {_kind(error)}", is_closed=True)
    return Attempt(SENT)


def _opened(site: Site, told: EmailSection) -> smtplib.SMTP:
    import smtplib

    if told.tls == "tls":
        return smtplib.SMTP_SSL(told.host, told.port, timeout=_PATIENCE, context=_context(site, told.ca_file))
    return smtplib.SMTP(told.host, told.port, timeout=_PATIENCE)


def _require_tls(site: Site, told: EmailSection) -> None:
    if told.tls == "none" and not is_loopback(told.host):
        raise ConfigError(
            f'{site.where("tls", "notify.email")}: [notify.email] tls: expected starttls or tls for {told.host}, found "none", which is for '
            "a server of this machine"
        )


def _answered(told: EmailSection, code: int) -> Attempt:
    """4xx: for now; 5xx: for good (RFC 5321, 4.2.1)."""
    return Attempt(LATER if 400 <= code < 500 else REFUSED, _answer(told, code))


def _answer(told: EmailSection, code: int) -> str:
    return f"{told.host}:{told.port} answered {code}"


def _call(site: Site, told: WebhookSection, message_id: str, summary: Summary, now: datetime) -> Attempt:
    import httpx

    if not is_trusted(told.url):
        raise ConfigError(f"{site.where('url', 'notify.webhook')}: [notify.webhook] url: expected an https address")
    secret = _secret(site, "SECRET", told.secret_file, "webhook", "secret_file")
    body = json.dumps(json_of(summary), ensure_ascii=True).encode()
    headers = signed(secret, message_id, now, body) | {"content-type": "application/json", "user-agent": "pbis"}
    where = host_of(told.url)
    if told.proxy and not told.proxy.startswith(_PROXIES):
        raise ConfigError(
            f"{site.where('proxy', 'notify.webhook')}: [notify.webhook] proxy: expected http://HOST:PORT, found another kind of address"
        )
    context = _context(site, told.ca_file) if told.url.startswith("https") else False
    try:
        with httpx.Client(
            verify=context,
            trust_env=False,
            timeout=httpx.Timeout(_PATIENCE, read=_TO_TAKE),
            proxy=told.proxy or None,
            follow_redirects=False,
        ) as client:
            code = client.post(told.url, content=body, headers=headers).status_code
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return Attempt(REFUSED, f"{site.where('url', 'notify.webhook')}: that is no address that can be called")
    except (OSError, httpx.HTTPError) as error:
        return Attempt(LATER, f"{where} could not be reached: {_kind(error)}", is_closed=True)
    if 200 <= code < 300:
        return Attempt(SENT)
    return Attempt(LATER if code in _LATER_HTTP or code >= 500 else REFUSED, f"{where} answered {code}")


def host_of(url: str) -> str:
    """`hooks.example.org:8443`: what of an address may be shown, whose rest can be a secret."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:  # an open bracket, say: what comes of calling it is told at the try
        return "an address that cannot be read"


def signed(secret: str, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Headers of Standard Webhooks: who has the secret can tell that message, moment and body are ours, and that none is sent again by others."""
    key = _key(secret)
    at = str(int(now.timestamp()))
    content = f"{message_id}.{at}.".encode() + body
    mark = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": f"v1,{mark}"}


def _key(secret: str) -> bytes:
    if not secret.startswith(_BASE64):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_BASE64), validate=True)
    except binascii.Error:
        raise ConfigError(f"[notify.webhook] the secret: expected base64 behind {_BASE64}") from None


def _secret(site: Site, name: str, file: str, channel: str, knob: str) -> str:
    """From the environment, else the file. ConfigError where there is neither."""
    given = word_for(name)
    if given is not None:
        return given
    if not file:
        raise ConfigError(
            f"{site.root / 'site.toml'}: [notify.{channel}] {knob}: expected a file of mode 600, or PBIS_NOTIFY_{name} in the environment, found neither"
        )
    return read_secret(site.root / file, f"[notify.{channel}] {knob}", f"the {name.lower()}")


def _context(site: Site, ca_file: str) -> ssl.SSLContext:
    """Certificates of the machine, and those that the site names."""
    context = ssl.create_default_context()
    if ca_file:
        path: Path = site.root / ca_file
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"{path}: expected certificates in PEM: {_kind(error)}") from None
    return context


def _kind(error: Exception) -> str:
    """In the system's words where it has some; a library's can quote what was sent."""
    words = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
    return words or type(error).__name__
