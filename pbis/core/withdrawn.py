"""Who has withdrawn consent, as far as a site still knows: keyed hashes of names, never the names themselves.

A name is what a person is called anywhere: study id, record number, specimen, accession. The decision to withdraw holds the hash of
one study id; the event by which a night carries it out adds the hashes of the other names, and what became of which archived file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pbis.core.decision import ERASE, WITHDRAW, Decision

SURROGATE = "withdrawn-"
EMPTY = hashlib.sha256(b"").hexdigest()  # an archived file of which nothing was left
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_WORD = re.compile(r"[^\W_](?:[\w.\-/+#]*[^\W_])?")
_JOINT = re.compile(r"([._\-/+#]+)")
_PARTS = (
    8  # parts of a word that are joined in all ways: a path has more, a name of a person or tube has not; own choice
)
_TELLING, _TELLING_WORD = (
    5,
    3,
)  # characters: of any name, and of one with a letter; own choice, values have up to four digits
_HASH_BYTES = 16  # of a name's hash: of a billion names no two collide by chance


@dataclass(frozen=True)
class Withdrawn:
    """subjects: hash of a study id -> the decision; done: those that a night has carried out; names: hashes of all names of them; files:
    (kind, file_id) -> sha256 of what is left of it; releases: that held one of them when it was carried out."""

    key: bytes = b""
    subjects: Mapping[str, Decision] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)
    releases: tuple[str, ...] = ()

    @property
    def pending(self) -> frozenset[str]:
        """Hashes of subjects whom no night has taken out yet."""
        return frozenset(self.subjects) - self.done

    @cached_property
    def originals(self) -> dict[str, str]:
        """sha256 of what is left of a file -> its file_id; what is left is the file, whoever drops it again."""
        return {left: file_id for (_, file_id), left in self.files.items() if left != EMPTY}

    def hashed(self, name: str) -> str:
        return hash_of(self.key, name)

    def who(self, subject_id: str) -> Decision | None:
        """The decision by which this subject is out; None where the subject is not."""
        return self.subjects.get(self.hashed(subject_id)) if self.subjects else None

    def named_in(self, texts: Collection[str]) -> set[str]:
        """Names of theirs that stand anywhere in the texts."""
        if not self.subjects:
            return set()
        known = self.names | self.subjects.keys()
        asked = {name for text in texts for name in names_in(text)}
        return {name for name in asked if self.hashed(name) in known}


def hash_of(key: bytes, name: str) -> str:
    """Keyed hash of a name, in hex."""
    return hashlib.blake2b(name.strip().encode(), key=key, digest_size=_HASH_BYTES).hexdigest()


def withdrawn_of(events: Collection[Decision], key: bytes) -> Withdrawn:
    """What the decision log says of withdrawals."""
    carried = [event.facts for event in events if event.kind == ERASE]
    files: dict[tuple[str, str], str] = {}
    for facts in carried:
        files |= {_file(name): str(left) for name, left in facts["files"].items()}
    return Withdrawn(
        key,
        {event.target.plate_content: event for event in events if event.kind == WITHDRAW},
        frozenset(one for facts in carried for one in facts["subjects"]),
        frozenset(one for facts in carried for one in facts["names"]),
        files,
        tuple(dict.fromkeys(one for facts in carried for one in facts["releases"])),
    )


def _file(name: str) -> tuple[str, str]:
    kind, _, file_id = name.partition("/")
    return kind, file_id


def names_in(text: str) -> Iterator[str]:
    """All that could be a name in a text: the whole of it, each word, and neighbouring parts of a word: `labs_P105.csv` holds P105."""
    if len(text) < 200:  # longer than any name: own choice
        yield text.strip()
    for word in set(_WORD.findall(text)):
        parts = _JOINT.split(word)
        count = (len(parts) + 1) // 2
        for start in range(count):
            for end in range(start, min(count, start + _PARTS)):
                yield "".join(parts[2 * start : 2 * end + 1])


def is_telling(name: str) -> bool:
    """Whether a name can be told from a value in any text; a record number of four digits can not, and counts only where a column says
    that it is one."""
    return len(name) >= _TELLING or (len(name) >= _TELLING_WORD and any(sign.isalpha() for sign in name))


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    ways = "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    return re.compile(rf"(?<![^\W_])(?:{ways})(?![^\W_])") if ways else None


@dataclass(frozen=True)
class Renamer:
    """Puts a surrogate in the place of each name; the same for the same name, so that wells of one specimen stay together."""

    key: bytes
    names: frozenset[str]

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Finds a name that is no part of a longer word; None where there are no names that can be told from numbers."""
        return _pattern(name for name in self.names if is_telling(name))

    @cached_property
    def _every(self) -> re.Pattern[str] | None:
        return _pattern(self.names)

    def may_find(self, text: str) -> bool:
        """The same for all names: where it is so, columns are asked whose a row is."""
        return self._every is not None and self._every.search(text) is not None

    def __call__(self, text: str) -> str:
        return text if self.pattern is None else self.pattern.sub(lambda found: self.surrogate(found[0]), text)

    def finds(self, text: str) -> bool:
        """Whether a name stands in the text."""
        return self.pattern is not None and self.pattern.search(text) is not None

    def surrogate(self, name: str) -> str:
        """What stands for a name: letters only, so that nothing takes it for a number, a date or a dilution."""
        return SURROGATE + hash_of(self.key, name)[:8].translate(_LETTERS)
