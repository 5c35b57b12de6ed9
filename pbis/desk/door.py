"""By which address browsers reach the desk: what a request must call it, where it may come from, and who really sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pbis.pipeline.kept_secret import LOOPBACK

_COOKIE = "pbis_desk"
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Door:
    """names: of the desk, without ports, in small letters; is_secure: browsers speak TLS to it, or to the proxy before it; proxies:
    addresses from which alone a declared proxy calls."""

    names: frozenset[str] = frozenset(LOOPBACK)
    is_secure: bool = False
    proxies: frozenset[str] = frozenset()

    @property
    def cookie(self) -> str:
        """Name of the session's cookie. A browser takes one that begins with __Host- from nobody else: no other name of the domain, and
        no answer without TLS, can plant it."""
        return f"__Host-{_COOKIE}" if self.is_secure else _COOKIE

    @property
    def scheme(self) -> str:
        return "https" if self.is_secure else "http"

    def knows(self, host: str) -> bool:
        """Whether the Host header names the desk: a page of a name that was made to lead here does not."""
        return _name(host) in self.names

    def is_ours(self, method: str, headers: Mapping[str, str]) -> bool:
        """Whether a request that changes something was sent by a page of the desk; a browser says so, and what says nothing is refused."""
        if method in _SAFE:
            return True
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is None and site is None:
            return False
        own = f"{self.scheme}://{headers.get('host', '')}"
        return (origin is None or origin.casefold() == own.casefold()) and site in (None, "same-origin")

    def lets_in(self, peer: str) -> bool:
        """Behind a proxy nobody else calls."""
        return not self.proxies or peer in self.proxies

    def sender(self, peer: str, headers: Mapping[str, str]) -> str:
        """Address of whoever sent it: of the caller, or what the proxy says last; nobody else's word counts."""
        said = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if not self.proxies or not said:
            return peer
        try:
            return str(ip_address(said))
        except ValueError:
            return peer


def _name(host: str) -> str:
    """Name in a Host header, without port; '' for one that is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").casefold()
    except ValueError:
        return ""
