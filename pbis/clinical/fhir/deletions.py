"""Entries of a FHIR Bundle whose request is DELETE: in history and transaction bundles and in the `deleted` files of Bulk Data.

Such an entry names a result and nothing else, so it becomes a row without a patient, a test and a value that takes back what bears
its id. Source: hl7.org/fhir/R4/http.html and build.fhir.org/ig/HL7/bulk-data.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec

from pbis.clinical.fhir.model import BundleEntry, Meta, Observation, Resource
from pbis.core.errors import MalformedFile

DELETED = "entered-in-error"  # the status of the row, in FHIR's own words
_RESOURCE = msgspec.json.Decoder(Resource)
_BY_ID = re.compile(r"(?:^|/)(?P<kind>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.\-]{1,64})(?:/_history(?:/.*)?)?$")
_BY_SEARCH = re.compile(r"(?:^|/)(?P<kind>[A-Z][A-Za-z]+)\?(?P<search>.*)$")
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


class Deletion(NamedTuple):
    """What is deleted, by id or by identifier; version: the last that it takes back; deleted_at: when. '' where not said."""

    id: str
    identifier: str = ""
    version: str = ""
    deleted_at: str = ""


def is_deletion(entry: BundleEntry) -> bool:
    return entry.request is not None and entry.request.method.strip().upper() == "DELETE"


def deletion_of(entry: BundleEntry, name: str, line: int | None) -> tuple[str, Deletion | None]:
    """Type of the resource, and its deletion where it is an Observation.

    Raises MalformedFile where the entry does not say which resource it deletes: to pass over it would let the result stand.
    """
    assert entry.request is not None
    places = (entry.request.url, entry.full_url)
    version, deleted_at = _version(entry), entry.response.last_modified if entry.response else ""
    for place in places:
        found = _BY_ID.search(place)
        if found:
            is_ours = found["kind"] == "Observation"
            return found["kind"], Deletion(found["id"], "", version, deleted_at) if is_ours else None
        search = _BY_SEARCH.search(place)
        if search and search["kind"] != "Observation":
            return search["kind"], None
        if search:
            deletion = _by_search(search["search"], deleted_at)
            if deletion is not None:
                return "Observation", deletion
    own = _RESOURCE.decode(entry.resource) if entry.resource else Resource()
    if own.resource_type and own.id:
        is_ours = own.resource_type == "Observation"
        return own.resource_type, Deletion(own.id, "", version, deleted_at) if is_ours else None
    raise MalformedFile(
        "an entry deletes a resource that it does not name",
        file=name,
        line=line,
        expected="request.url such as Observation/ID, or Observation?identifier=SYSTEM|NUMBER",
        found=repr(re.sub(r"=[^&]*", "=...", places[0])[:60]) if places[0] else "no request.url",
        hint="export the deletion by the id of the Observation",
    )


def versioned(found: Observation | Deletion, entry: BundleEntry) -> Observation | Deletion:
    """The Observation with the version and time of its entry where the resource itself has none, as in some history bundles."""
    if isinstance(found, Deletion) or entry.response is None:
        return found
    own = found.meta or Meta()
    found.meta = Meta(own.version_id or _tag(entry.response.etag), own.last_updated or entry.response.last_modified)
    return found


def _by_search(search: str, deleted_at: str) -> Deletion | None:
    """A conditional deletion by one id or one identifier; None where it searches for anything else."""
    asked = parse_qsl(search, keep_blank_values=True)
    if len(asked) != 1 or not asked[0][1]:
        return None
    key, value = asked[0]
    if key == "_id":
        return Deletion(value, "", "", deleted_at)
    number = unquote(value).rpartition("|")[2]
    return Deletion("", number, "", deleted_at) if key == "identifier" and number and "," not in number else None


def _version(entry: BundleEntry) -> str:
    """The version that the deletion made, else the one that it was meant for."""
    made = _tag(entry.response.etag) if entry.response else ""
    return made or _tag(entry.request.if_match if entry.request else "")


def _tag(etag: str) -> str:
    found = _ETAG.fullmatch(etag.strip())
    return found[1] if found else etag.strip()
