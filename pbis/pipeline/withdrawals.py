"""What a site knows of subjects who withdrew: the decision log, read with the key that its hashes of names were made with.

The key is made with the first withdrawal and stays with the site: without it nobody can tell whether a later file holds one of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from pathlib import Path

from pbis.config import Site
from pbis.core.decision import WITHDRAW, Decision
from pbis.core.errors import IntegrityError, UsageError
from pbis.core.site_time import wall
from pbis.core.withdrawn import Withdrawn, withdrawn_of
from pbis.files.table_out import replace_whole
from pbis.pipeline.decision_log import log_of

_NAME = "withdrawn.key"
_KEY_BYTES = 32


def key_path(state: Path) -> Path:
    """Where a site's key lies."""
    return state / _NAME


def made_key(state: Path) -> bytes:
    """The site's key, made where there is none; durable when this returns."""
    path = key_path(state)
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_whole(path, secrets.token_hex(_KEY_BYTES) + "\n", 0o600)
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def withdrawn_from(site: Site, events: Collection[Decision] | None = None) -> Withdrawn:
    """Who has withdrawn. IntegrityError where somebody has, and the key is gone."""
    told = log_of(site) if events is None else events
    if not any(event.kind == WITHDRAW for event in told):
        return Withdrawn()
    path = key_path(site.path("state"))
    if not path.exists():
        raise IntegrityError(
            f"{path}: expected the key by which subjects who withdrew are known again, found no file; nothing was read, since a file could "
            "hold one of them; put it back from a backup"
        )
    return withdrawn_of(told, made_key(site.path("state")))


def withdrawn_as_told(site: Site) -> Withdrawn:
    """Who has withdrawn, as far as this account may know: nobody where it may read releases alone, which lack them from the next night on."""
    try:
        return withdrawn_from(site)
    except PermissionError:
        return Withdrawn()


def require_nobody_withdrawn(site: Site, release: str) -> None:
    """UsageError where a release still holds a subject who withdrew: it is to be destroyed, and nothing is taken out of it."""
    if release in withdrawn_as_told(site).releases:
        raise UsageError(
            f"release {release} holds a subject who withdrew consent: destroy the folder {site.path('releases') / release}; ask a later one"
        )


def sentence_of(decision: Decision) -> str:
    """What is said of a subject who withdrew."""
    return (
        f"withdrawn on {wall(decision.moment, decision.zone):%Y-%m-%d}, nothing is kept (decision {decision.sequence})"
    )


def releases_left(site: Site, withdrawn: Withdrawn) -> tuple[Path, ...]:
    """Folders of releases that still hold a subject who withdrew: a person destroys them."""
    folder = site.path("releases")
    return tuple(folder / name for name in withdrawn.releases if (folder / name).is_dir())


def release_notes(site: Site, withdrawn: Withdrawn) -> tuple[str, ...]:
    """A note for each of them, every night until it is gone."""
    return tuple(
        f"releases/{path.name} still holds a subject who withdrew consent: destroy the folder, and its copies and backups "
        "(docs/running.md under: When a subject withdraws)"
        for path in releases_left(site, withdrawn)
    )
