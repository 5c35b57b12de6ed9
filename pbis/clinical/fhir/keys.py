"""A key that stands twice in one JSON object: readers take the last and say nothing, so a file that has one is refused.

Proving that there is none must be cheap, since every resource is proven; where a key stands is looked up only in a file that is
refused anyway.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import msgspec

from pbis.core.errors import MalformedFile

SHORT = 1 << 16  # bytes of a text that may become objects in memory; longer ones are walked without keeping anything
_GENERIC = msgspec.json.Decoder()
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.DOTALL)


class Twice(NamedTuple):
    """A key, where it stands the second time, and the bytes before it."""

    key: str
    path: str
    at: int


class _Found(Exception):
    """Ends the walk at the first one."""


def refuse_twice(text: bytes, name: str, line: int | None) -> None:
    """Raises MalformedFile where a key stands twice in an object; line: that of an NDJSON file. What is no JSON is left to others."""
    if _has_once(text):
        return
    twice = find_twice(text)
    if twice is None:
        return
    raise MalformedFile(
        "a key stands twice in one JSON object, and which of its values is meant is not said",
        file=name,
        line=line or 1 + text.count(b"\n", 0, twice.at),
        expected=f"{twice.key!r} once in {twice.path or 'the resource'}",
        found=f"{twice.key!r} a second time",
        hint="have the sender correct the export; a JSON object holds each of its keys once",
    )


def find_twice(text: bytes) -> Twice | None:
    """The first key that stands twice in its object, however it is escaped; the path has names and places: entry[1].resource."""
    stack: list[_Level] = []
    last = b""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in (b"{", b"["):
            stack.append(_Level(token == b"{", _path(stack)))
        elif not stack:
            continue
        elif token in (b"}", b"]"):
            stack.pop()
        elif token == b",":
            stack[-1].place += 1
        elif token == b":" and stack[-1].is_object:
            key = _text(last)
            if key in stack[-1].keys:
                return Twice(key[:40], stack[-1].path, found.start())
            stack[-1].keys.add(key)
            stack[-1].key = key
        last = token
    return None


class _Level:
    """An object or a list that is open: its path, the keys so far, and where in it the walk is."""

    def __init__(self, is_object: bool, path: str) -> None:
        self.is_object, self.path = is_object, path
        self.keys: set[str] = set()
        self.key, self.place = "", 0


def _path(stack: list[_Level]) -> str:
    if not stack:
        return ""
    above = stack[-1]
    if not above.is_object:
        return f"{above.path}[{above.place}]"
    return f"{above.path}.{above.key[:40]}" if above.path else above.key[:40]


def _text(token: bytes) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token.decode("utf-8", "replace").strip('"')


def _has_once(text: bytes) -> bool:
    """Whether it is proven that no key stands twice; False where it is not, whatever the reason.

    A short text is read and written again: an object that loses a key loses its quotes. Escapes may hide or add a quote, so a
    text that has any written as numbers goes the longer way.
    """
    try:
        if len(text) < SHORT and b"\\u" not in text:
            return text.count(b'"') == msgspec.json.encode(_GENERIC.decode(text)).count(b'"')
        _WALK.decode(text.decode())
    except (_Found, ValueError, RecursionError, msgspec.MsgspecError):
        return False
    return True


def _once(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _Found


_WALK = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str)
