"""JSON that remembers its lines, so that a complaint about an entry can say where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pbis.core.errors import ConfigError

Path = tuple[str | int, ...]
_BLANK = re.compile(r"[ \t\r\n]*")
_SCALAR = json.JSONDecoder()


@dataclass(frozen=True)
class Located:
    """A parsed JSON text; `lines` maps the path of every member and element to the 1-based line where it begins."""

    name: str
    value: Any
    lines: Mapping[Path, int]

    def error(self, path: Path, message: str) -> ConfigError:
        """The complaint, with file and line of the innermost known part of the path."""
        known = next((self.lines[path[:size]] for size in range(len(path), -1, -1) if path[:size] in self.lines), 1)
        return ConfigError(f"{self.name}, line {known}: {message}")


def parse(text: str, name: str) -> Located:
    """Parse JSON text; ConfigError with file and line where it is none, or where an object has a name twice."""
    parser = _Parser(text)
    try:
        value = parser.value(())
        parser.end()
    except json.JSONDecodeError as error:
        raise ConfigError(f"{name}, line {error.lineno}: not JSON: {error.msg}") from None
    return Located(name, value, parser.lines)


@dataclass
class _Parser:
    """Walks objects and arrays itself and leaves scalars to the json module."""

    text: str
    at: int = 0
    lines: dict[Path, int] = field(default_factory=dict)

    def value(self, path: Path) -> Any:
        self._blank()
        self.lines[path] = self.text.count("\n", 0, self.at) + 1
        if self._take("{"):
            return self._object(path)
        if self._take("["):
            return self._array(path)
        value, self.at = _SCALAR.raw_decode(self.text, self.at)
        return value

    def end(self) -> None:
        self._blank()
        if self.at < len(self.text):
            raise json.JSONDecodeError("text after the end", self.text, self.at)

    def _object(self, path: Path) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while not self._closes("}", bool(members)):
            self._blank()
            start = self.at
            name, self.at = _SCALAR.raw_decode(self.text, self.at)
            if not isinstance(name, str) or name in members:
                raise json.JSONDecodeError(f"name {name!r} is no text or stands twice", self.text, start)
            self._expect(":")
            members[name] = self.value((*path, name))
        return members

    def _array(self, path: Path) -> list[Any]:
        elements: list[Any] = []
        while not self._closes("]", bool(elements)):
            elements.append(self.value((*path, len(elements))))
        return elements

    def _closes(self, sign: str, is_begun: bool) -> bool:
        self._blank()
        if self._take(sign):
            return True
        if is_begun:
            self._expect(",")
        return False

    def _expect(self, sign: str) -> None:
        self._blank()
        if not self._take(sign):
            raise json.JSONDecodeError(f"'{sign}' expected", self.text, self.at)

    def _take(self, sign: str) -> bool:
        found = self.text.startswith(sign, self.at)
        self.at += found
        return found

    def _blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at
