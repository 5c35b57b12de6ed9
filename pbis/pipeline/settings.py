"""What every step of a night shares: kits, names, suite and cut-off sets, read once from data files."""

from __future__ import annotations

from collections.abc import Sequence

from pbis.config import Site
from pbis.core.errors import ConfigError
from pbis.core.plates.panel import Panel
from pbis.core.scoring.cutoffs import CutoffSet
from pbis.core.words import nearest
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
    _require_score_analytes(site, panels, sets[site.file.score.cutoff_set])
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
    where = site.where("cutoff_set", "score")
    raise ConfigError(f"{where}: {what}; expected one of {', '.join(known)}{nearest(chosen, known)}")


def _require_score_analytes(site: Site, panels: tuple[Panel, ...], cuts: CutoffSet) -> None:
    """Raise ConfigError where no kit of the site measures what the score asks for: said once, not once a patient."""
    asked = {
        "il12": ("il12_analyte", site.file.score.il12_analyte),
        "il2": ("il2_analyte", site.file.score.il2_analyte),
    }
    for component, (knob, analyte) in asked.items():
        if panels and cuts.cutoff(component) is not None:
            require_analyte(panels, analyte, f"{site.where(knob, 'score')}: {knob}")


def require_analyte(kits: Sequence[Panel], analyte: str, where: str) -> None:
    """Raise ConfigError where none of the kits has the analyte; the sentence begins with where, and names the nearest name."""
    names = [each.name for kit in kits for each in kit.analytes]
    if analyte not in names:
        of_kits = " and ".join(kit.name for kit in kits)
        raise ConfigError(
            f"{where} is {analyte!r}, which no kit of the site measures; expected an analyte of {of_kits}{nearest(analyte, names)}"
        )


def _place(site: Site, name: str) -> str:
    """The name of a panel of ours, or the path of the site's own."""
    if name not in panel_names() and (site.root / f"{name}.toml").is_file():
        raise ConfigError(f"no panel that comes with the program is named {name}; the file beside it is {name}.toml")
    return site.own(name)
