"""What every step of a night shares: panel, names, suite and cut-off sets, read once from data files."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

import msgspec

from pbis.config import SITE_FILE, Site
from pbis.core.errors import ConfigError
from pbis.panels import load_aliases, load_panel
from pbis.pipeline.context import Settings
from pbis.scores import load_sets


def load_settings(site: Site) -> Settings:
    """Read them. Raises ConfigError where the site names what does not exist or has not chosen its cut-off set."""
    import expectations

    knobs = site.file.assay
    panel = load_panel(_panel_name(site)) if knobs.panel else None
    aliases = load_aliases()
    sets = load_sets()
    require_cutoff_set(site, tuple(sets))
    suite = expectations.load_suite(knobs.profile, site.suite_override)
    content = msgspec.json.encode([asdict(panel) if panel else None, sorted(aliases.canonical_by_spelling.items())])
    digest = hashlib.sha256(content).hexdigest()
    return Settings(panel, aliases, suite, digest, tuple(sets.values()), expectations.tolerances(suite))


def require_cutoff_set(site: Site, known: tuple[str, ...]) -> None:
    """A site that has not chosen is refused: there is no default that would be right for everyone (ADR 6)."""
    chosen = site.file.score.cutoff_set
    if chosen in known:
        return
    what = f"unknown cut-off set {chosen!r}" if chosen else "no cut-off set is chosen"
    raise ConfigError(f"{site.root / SITE_FILE}: {what} in [score] cutoff_set; expected one of {', '.join(known)}")


def _panel_name(site: Site) -> str:
    name = site.file.assay.panel
    return str(site.root / name) if name.endswith(".toml") else name
