"""The time of day that stands behind a date: 14:40, 2:40 PM, 14.40.51, with an offset from Greenwich where one is written.

A time that cannot be read is no midnight: `read_clock` says so by None, and the text is no moment then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo

# Words of the two halves of a day: English and Spanish, Korean, Chinese, Japanese, Greek, Vietnamese, Hungarian. Those of East Asia
# stand before the time, the others behind it.
_BEFORE_NOON = ("am", "a", "오전", "上午", "午前", "πμ", "sa", "de")
_AFTER_NOON = ("pm", "p", "오후", "下午", "午後", "μμ", "ch", "du")
_HALF = r"[^\W\d_][^\d:+\-]*"
_CLOCK = re.compile(
    rf"(?P<before>{_HALF})?(?P<hour>[0-9]{{1,2}})(?P<mark>[:.])(?P<minute>[0-9]{{2}})"
    rf"(?:(?P=mark)(?P<second>[0-9]{{2}})(?:[.,](?P<fraction>[0-9]{{1,9}}))?)?"
    rf"\s*(?P<after>{_HALF})?\s*(?P<offset>[+-][0-9]{{2}}:?[0-9]{{2}})?"
)
_ZERO_OFFSET = ("z", "utc", "gmt")
_NOTHING = ("uhr", "h")  # words that say only that it is a time


@dataclass(frozen=True)
class Clock:
    """Time of day; zone is None where no offset is written."""

    hour: int
    minute: int
    second: int = 0
    microsecond: int = 0
    zone: tzinfo | None = None


def read_clock(text: str) -> Clock | None:
    """The time, None where the text is none."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    words = [_folded(found[name]) for name in ("before", "after")]
    zone = offset_of(found["offset"]) if found["offset"] else _zone_of(words)
    halves = [word for word in words if word not in ("", *_ZERO_OFFSET, *_NOTHING)]
    hour = _hour(int(found["hour"]), halves)
    minute, second = int(found["minute"]), int(found["second"] or 0)
    if hour is None or hour > 23 or minute > 59 or second > 59:
        return None
    return Clock(hour, minute, second, microseconds(found["fraction"]), zone)


def microseconds(fraction: str | None) -> int:
    """Digits behind the second's mark; what is finer than a microsecond is cut off."""
    return int((fraction or "0")[:6].ljust(6, "0"))


def offset_of(written: str) -> timezone | None:
    """+0100, +01:00 or Z; None where there are no such offsets."""
    if written.upper() == "Z":
        return UTC
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 23 or minutes > 59:
        return None
    return timezone((1 if written[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _folded(word: str | None) -> str:
    return re.sub(r"[.\s]", "", word or "").casefold()


def _zone_of(words: list[str]) -> timezone | None:
    return UTC if any(word in _ZERO_OFFSET for word in words) else None


def _hour(hour: int, halves: list[str]) -> int | None:
    """13:05 PM is what a program writes that counts to 24 and adds the half; 13:05 AM and 0:05 PM are slips."""
    if not halves:
        return hour
    if len(halves) > 1 or halves[0] not in (*_BEFORE_NOON, *_AFTER_NOON):
        return None
    if halves[0] in _BEFORE_NOON:
        return hour % 12 if hour <= 12 else None
    return None if hour == 0 else hour % 12 + 12 if hour <= 12 else hour
