"""Kits and analyte names as reviewed data: TOML files with author, checker, source and next review, and their loader."""

from pbis.panels.load import load_aliases, load_panel, panel_names

__all__ = ["load_aliases", "load_panel", "panel_names"]
