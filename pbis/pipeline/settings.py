"""What every step of a night shares: kits, names, suite and cut-off sets, read once from data files."""

from __future__ import annotations

from pbis.config import SITE_FILE, Site
from pbis.core.errors import ConfigError
from pbis.core.plates.panel import Panel
from pbis.labs import LabsMap, load_map
from pbis.panels import load_aliases, load_panel, panel_names
from pbis.pipeline.context import Settings
from pbis.scores import load_sets


def load_settings(site: Site) -> Settings:
    """Read them. Raises ConfigError where the site names what does not exist or has not chosen its cut-off set."""
    import expectations

    sets = load_sets()
    require_cutoff_set(site, tuple(sets))
    try:
        suite = expectations.load_suite(site.file.assay.profile, site.suite_override)
    except ConfigError as error:
        raise ConfigError(f"{site.where('suite_override')}: {error}") from None
    panels, tolerances = site_panels(site), expectations.tolerances(suite)
    return Settings(panels, load_aliases(), suite, tuple(sets.values()), tolerances, site_labs_map(site))


def site_labs_map(site: Site) -> LabsMap:
    """The map that reads the laboratory's extracts. Raises ConfigError, with file and line, where it cannot be had."""
    try:
        return load_map(site.labs_map)
    except ConfigError as error:
        raise ConfigError(f"{site.where('labs_map')}: {error}") from None


def site_panels(site: Site) -> tuple[Panel, ...]:
    """The kits that site.toml names, in its order. Raises ConfigError, with file and line, where one cannot be had."""
    knob = "panels" if site.file.assay.panels else "panel"
    try:
        panels = tuple(load_panel(_place(site, name)) for name in site.panels)
    except ConfigError as error:
        raise ConfigError(f"{site.where(knob, 'assay')}: {error}") from None
    names = [panel.name for panel in panels]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise ConfigError(
            f"{site.where(knob, 'assay')}: two of the site's panels are named {twice}; expected a name of its own for each"
        )
    strange = [name for name in site.file.score.panels if name not in names]
    if strange:
        raise ConfigError(
            f"{site.where('panels', 'score')}: [score] panels names {strange[0]}, which is none of [assay] panels; "
            f"expected some of {', '.join(names) or 'no panel'}, or an empty list for all of them"
        )
    return panels


def require_cutoff_set(site: Site, known: tuple[str, ...]) -> None:
    """A site that has not chosen is refused: there is no default that would be right for everyone (ADR 6)."""
    chosen = site.file.score.cutoff_set
    if chosen in known:
        return
    what = f"unknown cut-off set {chosen!r}" if chosen else "no cut-off set is chosen"
    raise ConfigError(f"{site.root / SITE_FILE}: {what} in [score] cutoff_set; expected one of {', '.join(known)}")


def _place(site: Site, name: str) -> str:
    """The name of a panel of ours, or the path of the site's own."""
    if name not in panel_names() and (site.root / f"{name}.toml").is_file():
        raise ConfigError(f"no panel that comes with the program is named {name}; the file beside it is {name}.toml")
    return site.own(name)
