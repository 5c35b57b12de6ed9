"""Imported by every Python process of a test night: connections to anywhere but this machine are refused and written down."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

_LOG = os.environ["NO_NETWORK_LOG"]
_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def _is_local(address: Any) -> bool:
    host = address[0] if isinstance(address, tuple) else address
    return not isinstance(address, tuple) or str(host) in ("127.0.0.1", "::1", "localhost", "0.0.0.0")


def _note(address: Any) -> None:
    with Path(_LOG).open("a", encoding="utf-8") as file:
        file.write(f"{address!r}\n")


def _guarded_connect(self: socket.socket, address: Any) -> None:
    if not _is_local(address):
        _note(address)
        raise ConnectionRefusedError("no network in this test")
    _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    if not _is_local(address):
        _note(address)
        return 111
    return _connect_ex(self, address)


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    if host not in (None, "", "127.0.0.1", "::1", "localhost", "0.0.0.0", b"localhost", b"127.0.0.1"):
        _note((host, "name look-up"))
        raise socket.gaierror("no network in this test")
    return _getaddrinfo(host, *args, **kwargs)


socket.socket.connect = _guarded_connect  # type: ignore[method-assign,assignment]
socket.socket.connect_ex = _guarded_connect_ex  # type: ignore[method-assign,assignment]
socket.getaddrinfo = _guarded_getaddrinfo
