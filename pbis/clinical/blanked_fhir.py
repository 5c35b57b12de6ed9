"""FHIR JSON without the resources of some patients: lines of NDJSON become empty, entries of a Bundle or a list are left out.

A resource is theirs where it is their Patient, or refers to what is theirs; what is left is the text that was sent, number by number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from pbis.clinical.blanked_hl7 import Taken

LINE_END = re.compile(r"\r\n|\r|\n")
_TIES = ("reference", "fullUrl", "url")  # keys whose text says what a resource is tied to
_BUNDLE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class _Named:
    """What one resource, or an entry around one, is called and is tied to."""

    own: frozenset[str]
    ties: frozenset[str]


def without_resources(text: str, names: Collection[str]) -> Taken:
    """Text without what is of patients who bear one of the names. Raises nothing: a line that is no JSON is left to the reader, unless a name stands in it."""
    lines = LINE_END.split(text)
    whole = [_facts(line) for line in lines]
    is_lines = sum(each is not None for each in whole) > 1
    pieces = whole if is_lines else [_facts(each) for each in _entries(text)]
    theirs, names_of = _theirs([each or _Named(frozenset(), frozenset()) for each in pieces], frozenset(names))
    left, learnt = sum(each is not None for each in pieces) - len(theirs), names_of - frozenset(names)
    if is_lines:
        blank = frozenset(at + 1 for at in theirs)
        return Taken(_blank(text, blank), len(theirs), learnt, blank, left)
    return Taken(_left_out(text, theirs), len(theirs), learnt, frozenset(), left) if theirs else Taken(text)


def _theirs(pieces: list[_Named], names: frozenset[str]) -> tuple[frozenset[int], frozenset[str]]:
    """Places of what is theirs, and all that they are called: what refers to a specimen of theirs is theirs too."""
    found: frozenset[int] = frozenset()
    while True:
        more = frozenset(at for at, each in enumerate(pieces) if names & (each.own | each.ties))
        names |= frozenset(name for at in more for name in pieces[at].own)
        if more == found:
            return found, names
        found = more


def _facts(text: str | bytes | msgspec.Raw) -> _Named | None:
    """None for what is no JSON object."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    resource = value["resource"] if isinstance(value.get("resource"), dict) else value
    own = set(_numbers(resource))
    if resource.get("resourceType") and resource.get("id"):
        own.add(f"{resource['resourceType']}/{resource['id']}")
    if isinstance(value.get("fullUrl"), str):
        own.add(value["fullUrl"])
    return _Named(frozenset(own), frozenset(_ties(value)))


def _numbers(resource: dict[str, Any]) -> Iterator[str]:
    """Numbers that only this resource bears; a patient's are numbers of the patient."""
    for key in ("identifier", "accessionIdentifier"):
        found = resource.get(key)
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, dict) and isinstance(each.get("value"), str):
                yield each["value"]


def _ties(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key in _TIES and isinstance(each, str):
                yield each
                yield "/".join(each.split("/")[-2:])
            elif key in ("identifier", "subject") and isinstance(each, dict) and isinstance(each.get("value"), str):
                yield each["value"]
            else:
                yield from _ties(each)
    elif isinstance(value, list):
        for each in value:
            yield from _ties(each)


def _entries(text: str) -> list[bytes]:
    """Entries of a Bundle, members of a list, or the one resource."""
    raw = text.encode()
    try:
        if text.lstrip()[:1] == "[":
            return [bytes(each) for each in _LIST.decode(raw)]
        bundle = _BUNDLE.decode(raw)
        return [bytes(each) for each in _LIST.decode(bundle["entry"])] if "entry" in bundle else [raw]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [raw]


def _left_out(text: str, theirs: Collection[int]) -> str:
    kept = [each for at, each in enumerate(_entries(text)) if at not in theirs]
    members = b"[" + b",".join(kept) + b"]"
    if text.lstrip()[:1] == "[":
        return members.decode()
    bundle = _BUNDLE.decode(text.encode())
    if "entry" not in bundle:
        return ""
    parts = {key: members if key == "entry" else bytes(value) for key, value in bundle.items()}
    return "{" + ",".join(f"{msgspec.json.encode(key).decode()}:{value.decode()}" for key, value in parts.items()) + "}"


def _blank(text: str, lines: Collection[int]) -> str:
    parts = LINE_END.split(text)
    ends = [end[0] for end in LINE_END.finditer(text)] + [""]
    return "".join(
        ("" if at in lines else line) + end for at, (line, end) in enumerate(zip(parts, ends, strict=True), 1)
    )
