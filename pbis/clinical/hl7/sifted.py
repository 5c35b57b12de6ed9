"""Which messages of a file of HL7 v2 are whole: what is broken is refused alone, with the text that came.

A broken line may have been the patient of what follows, so there is no reading around it inside its message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pbis.clinical.aside import Aside, RefusedUnit, refused_unit, set_aside
from pbis.clinical.hl7.rows import holds_results
from pbis.clinical.hl7.segments import FRAME_END, Message, messages
from pbis.core.errors import MalformedFile

FRAME_BEGIN = "\v"
RESEND = "have the sender send the message again, or mend the line by the message in the sending system"
_MARK = re.compile(f"[{FRAME_BEGIN}{FRAME_END}]")
STRANGE = "\N{REPLACEMENT CHARACTER}"
_LINE_END = re.compile(r"\r\n|\r|\n")
_STRAY_BEGIN = re.compile(rf"{FRAME_BEGIN}(?![\ufeff \t]*(?:MSH|FHS|BHS))")
_STRAY_END = re.compile(rf"{FRAME_END}(?![\r\n]*(?:MSH|FHS|BHS|BTS|FTS|\Z))")  # a frame ends where a message does


@dataclass
class Sifted:
    """Walks the messages of a file and keeps what it refuses. joined: lines that went on with the text of the segment before."""

    text: str
    name: str
    joined: list[int] = field(default_factory=list)
    count: int = 0
    units: list[RefusedUnit] = field(default_factory=list)

    def whole(self) -> Iterator[Message]:
        """The messages that can be read, of whatever kind. Raises MalformedFile as `messages`."""
        strays: list[int] = []
        for message in messages(self._without_cut_frames(), self.name, strays):
            self.count += 1
            error = _refusal(message, self.name)
            if error is None:
                self.joined.extend(message.joined)
                yield message
            else:
                self._refuse(message.line, message.last_line, error)
        for first, last in _runs(strays):
            self.count += 1
            self._refuse(first, last, _outside(self.name, first))

    @property
    def aside(self) -> Aside | None:
        """What was refused, once all messages were asked for."""
        return set_aside(self.units, "message", self.count, ".hl7")

    def _refuse(self, first: int, last: int, error: MalformedFile) -> None:
        text = _segments("\r".join(self._lines[first - 1 : last]))
        if FRAME_BEGIN in self.text:
            text = f"{FRAME_BEGIN}{text}{FRAME_END}\r"
        self.units.append(refused_unit(first, text.encode(), error))

    @cached_property
    def _lines(self) -> list[str]:
        return _LINE_END.split(self.text)

    def _without_cut_frames(self) -> str:
        """The text with frames that do not end, or did not begin, made blank, so that lines keep their numbers."""
        if self.text.count(FRAME_BEGIN) == self.text.count(FRAME_END):
            return self.text
        parts, done = [], 0
        for begin, end, words in _cut_frames(self.text):
            parts += [self.text[done:begin], "".join(_LINE_END.findall(self.text[begin:end]))]
            done = end
            text = _segments(self.text[begin:end])
            if text.strip():
                self.count += 1
                first = 1 + len(_LINE_END.findall(self.text, 0, begin))
                error = MalformedFile(words, file=self.name, line=first, expected="a whole frame", hint=RESEND)
                is_begun = (
                    self.text[begin] == FRAME_BEGIN
                )  # the mark that it has stays, so that it is not taken for whole
                own = f"{FRAME_BEGIN}{text}" if is_begun else f"{text}{FRAME_END}\r"
                self.units.append(refused_unit(first, own.encode(), error))
        return "".join(parts) + self.text[done:]


def without_stray_marks(text: str) -> str:
    """The text of a file without frames in which a sign of a frame stands by accident: there it is no frame, and would take what
    follows it, or went before, out of the file."""
    if FRAME_BEGIN in text and FRAME_END not in text:
        return _STRAY_BEGIN.sub(STRANGE, text)
    if FRAME_END in text and FRAME_BEGIN not in text:
        return _STRAY_END.sub(STRANGE, text)
    return text


def _segments(text: str) -> str:
    """The lines of a unit without marks of frames, each with its end."""
    return "\r".join(line for line in _LINE_END.split(_MARK.sub("", text)) if line.strip()) + "\r"


def _cut_frames(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and words of what is no whole frame."""
    begun, ended = -1, 0
    for mark in _MARK.finditer(text):
        at = mark.start()
        if mark[0] == FRAME_BEGIN:
            if begun >= 0:
                yield begun, at, "the frame begins and does not end"
            begun = at
        else:
            if begun < 0:
                yield ended, at + 1, "the frame ends and did not begin"
            begun, ended = -1, at + 1
    if begun >= 0:
        yield begun, len(text), "the frame begins and does not end"


def _refusal(message: Message, name: str) -> MalformedFile | None:
    """Why results of a message cannot be read; None where they can, or where it holds none."""
    if message.code and not holds_results(message):
        return None
    if not message.separators.are_usable:
        words, expected = "MSH-1 and MSH-2 declare no usable separators", "|^~\\&"
        return MalformedFile(words, file=name, line=message.line, expected=expected, hint=RESEND)
    if message.broken and message.code:
        words, expected = "the line begins no segment", "a segment, or the rest of a text"
        return MalformedFile(words, file=name, line=message.broken[0], expected=expected, hint=RESEND)
    return None


def _outside(name: str, line: int) -> MalformedFile:
    return MalformedFile(
        "text outside a message", file=name, line=line, expected="a segment MSH, FHS or BHS", hint=RESEND
    )


def _runs(lines: list[int]) -> Iterator[tuple[int, int]]:
    """First and last of lines that follow each other."""
    first = last = 0
    for line in lines:
        if first and line == last + 1:
            last = line
            continue
        if first:
            yield first, last
        first = last = line
    if first:
        yield first, last
