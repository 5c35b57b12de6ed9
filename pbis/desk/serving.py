"""The desk as a process: its settings, its address, and serving until it is told to end."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from pbis.config import Site
from pbis.core.errors import ConfigError, SiteTrouble
from pbis.desk.apart import apart
from pbis.desk.app import build
from pbis.desk.door import Door
from pbis.desk.provider import provider_of
from pbis.desk.routing import DeskSite
from pbis.desk.sessions import Sessions
from pbis.pipeline.desk_lock import desk_lock
from pbis.pipeline.kept_secret import LOOPBACK, is_loopback
from pbis.pipeline.links import give_first_link
from pbis.pipeline.modes import private
from pbis.pipeline.stopping import answer

_ANY = ("0.0.0.0", "::", "")
# Requests at once, of which each takes a thread or waits for one: thirty people with six connections a browser.
_MOST_AT_ONCE = 200
_PATIENCE = 30  # seconds for requests that are open when the desk ends; what it computes is waited for without an end


@dataclass(frozen=True)
class Listening:
    """Where the desk listens, and how it is reached there. port: 0 takes a free one; certificate, key: files in PEM, both or none."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    proxy: str = ""
    names: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()

    @property
    def is_tls(self) -> bool:
        return self.certificate is not None

    def door(self) -> Door:
        """What requests must look like. ConfigError where passwords would cross a network in the open, or no name is known."""
        if (self.certificate is None) != (self.key is None):
            raise ConfigError("--tls-cert and --tls-key: expected both files, found one")
        if self.proxy:
            return Door(frozenset({self._proxy_name()}), is_secure=True, proxies=frozenset(self.proxies))
        if not is_loopback(self.host) and not self.is_tls:
            raise ConfigError(
                f"host {self.host}: passwords would cross the network in the open; expected --tls-cert and --tls-key, or "
                "--behind-proxy https://NAME, or the host 127.0.0.1"
            )
        names = {name.casefold() for name in self.names} | (set() if self.host in _ANY else {self.host})
        names |= set(LOOPBACK) if is_loopback(self.host) else set()
        if not names:
            raise ConfigError(
                f"host {self.host!r}: expected [desk] names in site.toml, by which browsers call the desk"
            )
        return Door(frozenset(names), is_secure=self.is_tls)

    def _proxy_name(self) -> str:
        parts = urlsplit(self.proxy)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/"):
            raise ConfigError(f"--behind-proxy: expected https://NAME, found {self.proxy!r}")
        return parts.hostname

    def address(self, port: int) -> str:
        """What a person types."""
        if self.proxy:
            return self.proxy.rstrip("/")
        name = self.names[0] if self.host in _ANY else f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_tls else 'http'}://{name}:{port}"


def serve(site: Site, place: Listening, clock: Callable[[], datetime], say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or ctrl-C, and return after open work. say: told the address, and the first admin's link. Raises SiteBusy
    where another desk serves the site, SiteTrouble where the port is taken."""
    door, provider, told = place.door(), provider_of(site, clock), site.file.desk
    idle, longest = timedelta(minutes=told.idle_minutes), timedelta(hours=told.absolute_hours)
    with private(), desk_lock(site.path("state")) as note, _listening(place) as listener, apart() as compute:
        address = place.address(listener.getsockname()[1])
        note(address)
        sessions = Sessions(site.path("state"), clock, idle, longest)
        desk = DeskSite(site.root, sessions, clock, door, provider, compute)
        server = _server(desk, place)
        # until uvicorn listens to signals itself, and where it raises one again at its end
        answer(lambda: setattr(server, "should_exit", True))
        say(f"The desk of {site.file.site.name} is at {address} (end it with ctrl-C)")
        first = give_first_link(site, clock())
        if first is not None:
            say(
                f"There is no account yet. The first admin opens, once and within a day: {address}/welcome?link={first}"
            )
        _log()
        server.run(sockets=[listener])


def _server(desk: DeskSite, place: Listening) -> uvicorn.Server:
    config = uvicorn.Config(
        build(desk),
        log_level="warning",
        access_log=False,  # its lines hold what people search for; ours do not
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=_PATIENCE,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )
    return uvicorn.Server(config)


def _listening(place: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((place.host, place.port))
        listener.listen()  # who calls from now on is answered as soon as all is built
    except OSError as error:
        listener.close()
        raise SiteTrouble(
            f"{place.host} port {place.port}: {error.strerror}; another program may hold it, give another one with --port"
        ) from None
    return listener


def _log() -> None:
    """Lines of the access log, on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("pbis.desk.access")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
