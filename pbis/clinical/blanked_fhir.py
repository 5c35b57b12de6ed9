"""FHIR JSON without the resources of some patients: a line or an entry that gave results says how many, the others are left out.

A resource is theirs where it is their Patient, or refers to what is theirs; what is left is the text that was sent, number by number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from pbis.clinical.blanked_hl7 import Taken
from pbis.clinical.fhir.resources import BlankedRows, is_lines, row_count

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
    """Text without what is of patients who bear one of the names; its lines are not told, since a reader may count results. Raises nothing: a line that is no JSON is left to the reader, unless a name stands in it."""
    has_lines = is_lines(text.encode())
    pieces = [_facts(each) for each in (LINE_END.split(text) if has_lines else _entries(text))]
    theirs, names_of = _theirs([each or _Named(frozenset(), frozenset()) for each in pieces], frozenset(names))
    left, learnt = sum(each is not None for each in pieces) - len(theirs), names_of - frozenset(names)
    if not theirs:
        return Taken(text)
    if has_lines:
        return Taken(_in_lines(text, theirs), len(theirs), learnt, frozenset(), left)
    return Taken(_in_entries(text, theirs), len(theirs), learnt, frozenset(), left)


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


def _in_entries(text: str, theirs: Collection[int]) -> str:
    is_list, bundle = text.lstrip()[:1] == "[", None
    if not is_list:
        bundle = _BUNDLE.decode(text.encode())
        if "entry" not in bundle:
            return ""
    kept = []
    for at, each in enumerate(_entries(text)):
        mark = _mark(each if is_list else b'{"resourceType":"Bundle","entry":[' + each + b"]}") if at in theirs else ""
        if at not in theirs:
            kept.append(each.decode())
        elif mark:
            kept.append(mark if is_list else f'{{"resource":{mark}}}')
    members = f"[{','.join(kept)}]"
    if bundle is None:
        return members
    parts = {key: members if key == "entry" else bytes(value).decode() for key, value in bundle.items()}
    return "{" + ",".join(f"{msgspec.json.encode(key).decode()}:{value}" for key, value in parts.items()) + "}"


def _in_lines(text: str, theirs: Collection[int]) -> str:
    parts = LINE_END.split(text)
    ends = [end[0] for end in LINE_END.finditer(text)] + [""]
    own = enumerate(zip(parts, ends, strict=True))
    return "".join((_mark(line.encode()) if at in theirs else line) + end for at, (line, end) in own)


def _mark(resource: bytes) -> str:
    """What stands in the place of a resource that gave results; nothing for the others."""
    count = row_count(resource)
    return BlankedRows(count).text if count else ""
