"""Passwords and secrets that site.toml names and does not hold, and the addresses to which they may go."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pbis.core.errors import ConfigError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def read_secret(path: Path, knob: str, what: str) -> str:
    """The one line of the file. ConfigError, which names the knob and says what it holds, where it is missing or open to others."""
    if not path.is_file():
        raise ConfigError(f"{path}: {knob}: expected a file that holds {what}, found none")
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path}: {what} may be read by others; chmod 600 {path}")
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: {knob}: expected {what} as UTF-8, found bytes that are none") from None
    except PermissionError:
        raise ConfigError(f"{path}: {what} may not be read by this account; it has to own the file") from None


def is_trusted(address: str) -> bool:
    """Whether nobody on the way can read or change what goes there: TLS, or this machine itself."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host in LOOPBACK:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
