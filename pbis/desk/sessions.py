"""Sessions of the desk: a random token in a cookie, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets

from pbis.desk.people import Person

COOKIE = "pbis_desk"


class Sessions:
    """Who is signed in. A token is told once, when a session begins."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}

    def begin(self, person: Person) -> str:
        """The token of a new session."""
        token = secrets.token_urlsafe(32)
        self._people[_hash(token)] = person
        return token

    def who(self, token: str) -> Person | None:
        """Whose session it is; None where it is none, or has ended."""
        return self._people.get(_hash(token))

    def end(self, token: str) -> None:
        self._people.pop(_hash(token), None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
