"""Who signs: a person who has just shown by a password that it is they, whatever session is open."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Protocol

from pbis.config import Site
from pbis.core.errors import ConfigError

_ACCOUNTS = "pbis.pipeline.accounts"  # imported where somebody signs: passwords need a package that nothing else does


class SigningPerson(Protocol):
    """name: as it is printed; role: one of viewer, reviewer, approver and admin."""

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> str: ...


Authenticator = Callable[[Site, str, str], SigningPerson]


def authenticator() -> Authenticator:
    """Asks the accounts of a site for an account and its password; UsageError from it where they are wrong. ConfigError where this install
    has no accounts."""
    try:
        found: Authenticator = importlib.import_module(_ACCOUNTS).signer
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"signing needs the accounts of the desk, which this install lacks ({error.name}); install pbis[desk]"
        ) from None
    return found
