"""A mail server and a receiver of webhooks on this machine, which answer what a test tells them and keep what they got."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

WAITS = 60.0  # seconds that a test waits for a thread


@dataclass
class MailServer:
    """answers: to the next messages, 250 when they are used up; mails: recipient and message of each that was taken; tried: of all;
    thinks: seconds before each answer to a message."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    tried: int = 0
    thinks: float = 0.0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.tried += 1
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=default)))
        await asyncio.sleep(self.thinks)
        return answer


@contextmanager
def mail_server(answers: list[str] | None = None, **knobs: Any) -> Iterator[MailServer]:
    """A real SMTP server on a free port of the loopback. knobs: of aiosmtpd, as tls_context."""
    mine = MailServer(answers=answers or [])
    loop = asyncio.new_event_loop()
    made: list[SMTP] = []

    def greet() -> SMTP:
        made.append(SMTP(mine, loop=loop, hostname="mail.test", **knobs))
        return made[-1]

    server = loop.run_until_complete(loop.create_server(greet, "127.0.0.1", 0))
    mine.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield mine
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAITS)
        _ended(loop, made)


def _ended(loop: asyncio.AbstractEventLoop, made: list[SMTP]) -> None:
    """Let what still answers a client come to its end: a warning about it would fail a test that is none of it."""
    for each in made:
        if each.transport is not None:
            each.transport.abort()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left))
    for _ in range(3):  # what was aborted is told to its protocol in the next round
        loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of the loopback at which nobody answers, and which nobody else can take meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def knows(user: str, password: str) -> Callable[..., AuthResult]:
    """Who may sign in."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, told: LoginPassword) -> AuthResult:
        return AuthResult(success=(told.login, told.password) == (user.encode(), password.encode()), handled=False)

    return check


@dataclass
class Call:
    """What a webhook got. headers: their names in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Webhook:
    """statuses: of the next answers, 204 when they are used up; thinks: seconds before each."""

    port: int = 0
    thinks: float = 0.0
    statuses: list[int] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


@contextmanager
def webhook(*statuses: int) -> Iterator[Webhook]:
    """A real HTTP server on a free port of the loopback."""
    mine = Webhook(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            mine.calls.append(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(mine.thinks)
            self.send_response(mine.statuses.pop(0) if mine.statuses else 204)
            self.send_header("location", f"http://127.0.0.1:{mine.port}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mine.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield mine
        finally:
            server.shutdown()
            thread.join(WAITS)


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of this machine that nobody vouches for, as a file for who shall trust it, and as its server uses it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "ca.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context
