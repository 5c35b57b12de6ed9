"""HL7 v2 text as messages of segments of fields: envelopes, frames, line ends and each message's own separators.

The splitter knows nothing of laboratories. Fields come out in the usual encoding |^~\\& whatever the message declares, so that
one reader understands all; escapes stay until a text is asked for (`unescape`). A tenth of a millisecond a message of 28 results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from pbis.core.errors import MalformedFile

CHUNK = 1 << 22  # characters split at a time, so that a dump of any size needs little memory beside its text
FRAME_END = "\x1c"
HEADERS, TRAILERS = ("FHS", "BHS"), ("FTS", "BTS")


class Segment(NamedTuple):
    """line: 1-based line of the file; text: the segment with | between its fields. header: the fields of an MSH, which holds its
    own separators; only it has them. Few segments are asked for their fields, so they are split when they are."""

    line: int
    text: str
    header: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.text[:3]

    @property
    def fields(self) -> list[str]:
        """fields[n] is field n of the standard: fields[0] the name, MSH-1 the separator."""
        return list(self.header) if self.header else self.text.split("|")


@dataclass(frozen=True)
class Separators:
    """Field separator and the encoding characters of MSH-2; '' where the message declares fewer."""

    fields: str
    encoding: str

    @cached_property
    def are_usable(self) -> bool:
        signs = self.fields + self.encoding
        return (
            2 <= len(signs) <= 6
            and len(set(signs)) == len(signs)
            and not any(s.isalnum() or s.isspace() for s in signs)
        )

    @cached_property
    def is_usual(self) -> bool:
        """Lines need no translation."""
        return self.are_usable and self.to_usual is None

    @cached_property
    def to_usual(self) -> dict[int, str] | None:
        """Translation of a line into |^~\\&; signs that are plain text here become escapes. None where nothing differs."""
        own = self.fields + self.encoding[:4]
        if own == USUAL or not own:
            return None
        table = {sign: escape for sign, escape in zip(USUAL, _ESCAPED, strict=True) if sign not in own}
        return str.maketrans(table | dict(zip(own, USUAL, strict=False)))


@dataclass(frozen=True)
class Message:
    """One message; kind: MSH-9 in the usual encoding, for example ORU^R01^ORU_R01.

    joined: lines that went on with the text of the segment before; broken: lines that are neither that nor a segment.
    """

    line: int
    separators: Separators
    segments: list[Segment] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    @property
    def last_line(self) -> int:
        """The last line that belongs to it."""
        return max(self.segments[-1].line, *self.joined[-1:], *self.broken[-1:], self.line)

    @cached_property
    def kind(self) -> str:
        return field_of(self.segments[0].fields, 9)

    @cached_property
    def code(self) -> str:
        """The first part of the kind: ORU."""
        return part_of(self.kind, 1)


def field_of(fields: list[str], number: int) -> str:
    """Field `number`, '' where the segment ends before it; the explicit null \"\" is empty too."""
    text = fields[number] if number < len(fields) else ""
    return "" if text == '""' else text


def part_of(text: str, component: int, subcomponent: int = 1) -> str:
    """Component and subcomponent (1-based) of the first repetition, as text."""
    if not text or text.isalnum():
        return text if component == subcomponent == 1 else ""
    if component == subcomponent == 1:
        return unescape(text.partition("~")[0].partition("^")[0].partition("&")[0]).strip()
    parts = text.partition("~")[0].split("^")
    if component > len(parts):
        return ""
    inner = parts[component - 1].split("&")
    return unescape(inner[subcomponent - 1]).strip() if subcomponent <= len(inner) else ""


def unescape(text: str) -> str:
    """Escapes as the signs they stand for; \\.br\\ is a blank, highlighting vanishes, an unknown escape stays as sent."""
    return _ESCAPE.sub(_plain, text) if "\\" in text else text


_segment = tuple.__new__  # what Segment(...) does, without a call in between for each of a million lines


def messages(text: str, name: str, strays: list[int] | None = None) -> Iterator[Message]:
    """The messages of a file, a batch (FHS/BHS) or an MLLP-framed dump, in order.

    strays: takes the lines of text between messages; without it such text is an error.
    Raises MalformedFile with the line: text before the first message, a batch that is cut off or counts other messages than
    it holds, frames that begin and do not end.
    """
    envelope = _Envelope(name)
    current: Message | None = None
    line_number = 0
    usual: Message | None = None  # the current one, where its separators are the usual
    for line_number, line in _lines(text, name):
        head = line[:3]
        if (
            usual is not None and head in _COMMON and line[3:4] == "|"
        ):  # nearly every line: what `_continue` would make of it
            usual.segments.append(_segment(Segment, (line_number, line, ())))
        elif head == "MSH" or head in HEADERS or head in TRAILERS or line == FRAME_END:
            if current is not None:
                yield current
            current = _begin(line_number, line) if head == "MSH" else None
            usual = current if current is not None and current.separators.is_usual else None
            envelope.take(head, line, line_number)
        elif current is not None:
            _continue(current, line_number, line)
        elif line.strip():
            _stray(line_number, name, strays, is_first=not envelope.message_count)
    if current is not None:
        yield current
    envelope.close(line_number)


def _stray(number: int, name: str, strays: list[int] | None, *, is_first: bool) -> None:
    expected = "a segment MSH, FHS or BHS"
    if is_first:
        words = "text before the first message (MSH) of a file of HL7 v2"
        hint = "take away what stands before MSH, or have the interface engine leave it out"
        raise MalformedFile(words, file=name, line=number, expected=expected, hint=hint)
    if strays is None:
        raise MalformedFile("text outside a message", file=name, line=number, expected=expected)
    strays.append(number)


def _begin(number: int, line: str) -> Message:
    separators = _separators(line[3:4], line[4:].partition(line[3:4] or "|")[0])
    rest = line.split(separators.fields)[2:] if separators.fields else []
    if separators.are_usable and separators.to_usual is not None:
        rest = line.translate(separators.to_usual).split("|")[2:]
    header = ("MSH", separators.fields, separators.encoding, *rest)
    return Message(number, separators, [Segment(number, "MSH", header)])


def _continue(message: Message, number: int, line: str) -> None:
    separators = message.separators
    sign = separators.fields
    if separators.are_usable:
        if separators.to_usual is not None:
            line = line.translate(separators.to_usual)
        sign = "|"
    head = line[:3]
    if line[3:4] in (sign, "") and (head in _COMMON or _NAME.fullmatch(head)):
        message.segments.append(Segment(number, line if sign == "|" else line.replace(sign, "|")))
    elif line.strip():
        _join(message, number, line, sign)


def _join(message: Message, number: int, line: str, sign: str) -> None:
    """A line end inside a text goes on with that text; anything else is a broken segment, and what follows it may be too."""
    last = message.segments[-1]
    place = _TEXT_FIELD.get(last.name)
    is_text = place is not None and last.text.count("|") == place and not _LIKE_SEGMENT.match(line)
    if not is_text and (place is None or sign in line):
        message.broken.append(number)
        return
    message.joined.append(number)
    message.segments[-1] = last._replace(text=f"{last.text}\n{line}")


def _lines(text: str, name: str) -> Iterator[tuple[int, str]]:
    """Lines with their number; CR, LF and CRLF end a line. The end of an MLLP frame is a line of its own, FRAME_END."""
    begun, ended, number, start = text.count("\v"), text.count(FRAME_END), 0, 0
    if begun != ended:
        found = f"{begun} that begin, {ended} that end"
        raise MalformedFile(
            "the dump holds broken frames", file=name, expected="as many ends as beginnings", found=found
        )
    while start < len(text):
        end = _cut(text, start)
        lines = _split_lines(text[start:end])
        if begun:
            yield from ((at, part) for at, line in enumerate(lines, number + 1) for part in _unframed(line))
        else:
            bare = [line.lstrip(_LEADING) if line[:1] in _LEADING else line for line in lines]
            yield from enumerate(bare, number + 1)
        number += len(lines)
        start = end


def _unframed(line: str) -> Iterator[str]:
    for place, part in enumerate(line.split(FRAME_END)):
        if place:
            yield FRAME_END
        yield part.lstrip(_LEADING)


def _cut(text: str, start: int) -> int:
    """The end of a chunk: after a line end, never between CR and LF."""
    end = start + CHUNK
    if end >= len(text):
        return len(text)
    last = max(text.rfind("\r", start, end), text.rfind("\n", start, end))
    if last < 0:
        found = _LINE_END.search(text, end)
        return found.end() if found else len(text)
    return last + (2 if text[last : last + 2] == "\r\n" else 1)


def _split_lines(chunk: str) -> list[str]:
    lines = chunk.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


@dataclass
class _Envelope:
    """Counts messages and batches against what the trailers promise; a file without an envelope promises nothing."""

    name: str
    message_count: int = 0
    batch_count: int = 0
    open: list[tuple[str, int]] = field(default_factory=list)

    def take(self, head: str, line: str, number: int) -> None:
        if head == "MSH":
            self.message_count += 1
        elif head in HEADERS:
            self._begin(head, number)
        elif head in TRAILERS:
            self._end(head, line, number)

    def close(self, number: int) -> None:
        if self.open:
            head, line = self.open[0]
            wanted = TRAILERS[HEADERS.index(head)]
            raise MalformedFile(
                f"the file is cut off: {head} of line {line} has no {wanted}", file=self.name, line=max(1, number)
            )

    def _begin(self, head: str, number: int) -> None:
        self.open.append((head, number))
        if head == "BHS":
            self.message_count = 0

    def _end(self, head: str, line: str, number: int) -> None:
        begin = HEADERS[TRAILERS.index(head)]
        if not self.open or self.open.pop()[0] != begin:
            raise MalformedFile(f"{head} without {begin}", file=self.name, line=number)
        promised = line.split(line[3:4] or "|")[1:2]
        held = self.message_count if head == "BTS" else self.batch_count
        if promised and promised[0].strip().isdecimal() and int(promised[0][:9]) != held:
            raise MalformedFile(
                "the batch is not whole", file=self.name, line=number, expected=promised[0][:9], found=f"{held} in it"
            )
        self.batch_count += head == "BTS"


@lru_cache(maxsize=64)
def _separators(fields: str, encoding: str) -> Separators:
    return Separators(fields, encoding)


def _plain(found: re.Match[str]) -> str:
    code = found[1]
    if code in _SIGN_OF:
        return _SIGN_OF[code]
    if code[:1] == "X" and len(code) % 2 == 1 and _HEX.fullmatch(code[1:]):
        return _of_bytes(bytes.fromhex(code[1:]))
    return found[0]


def _of_bytes(sent: bytes) -> str:
    """UTF-8 where it can be; else Latin-1, in which B5 is the micro sign."""
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")


USUAL = "|^~\\&"
_ESCAPED = ("\\F\\", "\\S\\", "\\R\\", "\\E\\", "\\T\\")
_SIGN_OF = {"F": "|", "S": "^", "R": "~", "E": "\\", "T": "&", "P": "#", "H": "", "N": "", ".br": " ", ".sp": " "}
_ESCAPE = re.compile(r"\\([^\\]*)\\")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_LEADING = "\ufeff \t\v"
_TEXT_FIELD = {"OBX": 5, "NTE": 3}
_COMMON = frozenset(("OBX", "OBR", "PID", "SPM", "NTE", "ORC", "PV1"))
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_LIKE_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{1,3}\|")
