"""Writes a new site: one commented file and the folders of its inbox."""

from __future__ import annotations

from pathlib import Path

from pbis.config import SITE_FILE
from pbis.core.errors import UsageError
from pbis.pipeline.inbox import KINDS

_TEMPLATE = """\
# A site: everything that one laboratory decides. Paths are relative to this file. Every knob stands here with its
# default; a knob that is not listed does not exist, and a misspelt one is refused.

[site]
name = "{name}"
time_zone = "{time_zone}"          # calendar days of the join (draw, treatment start) are counted here

[assay]
panels = ["{panel}"]    # the kits that you run, each plate finds its own; `pbis panel list`, or your own .toml
method = "robust"                   # robust; xponent: the instrument's arithmetic; instrument: the export's own concentrations
profile = "research"                # research or regulated: which thresholds of the QC suites apply
suite_override = ""                 # your thresholds, with author and reason; see docs/add-a-check.md

[score]
# There is no default: IL-2 is printed in ng/mL in the paper, where serum holds picograms. Choose, and know why:
#   pbis-2025-as-published   IL-2 3.2 ng/mL: practically nobody gets the point
#   pbis-2025-il2-pgml       IL-2 3.2 pg/mL: the reading that fits the assay's lowest standard
#   pbis-2025-no-il2         three components; 2 or more is high
# Every report shows all sets side by side and names the patients whose group depends on the choice.
cutoff_set = "{cutoff_set}"
window_days = 7                     # a draw counts from treatment start back to this many calendar days
il12_analyte = "IL-12p70"           # the paper says IL-12 only: p70 or p40 is this site's decision
il2_analyte = "IL-2"
# The treatment that the score was found under: its start is what the window counts from, also after an earlier line. A patient
# without it is scored at the first line's start and marked outside_population. Empty ([]): every treatment alike.
regimens = ["atezolizumab + bevacizumab"]
panels = []                         # kits whose plates may answer the score, by the names of their panels; empty: all
# `<3.2` against a cut of 3.2 has no point, though the truth may reach the cut: the value is then marked near_cut with the probability
# of it. "unknown": no point is decided there, and fewer patients have a group (ADR 13).
below_at_cut = "zero"

[clinical]
labs_map = "default"                # which table of test names and column names reads the laboratory's extracts

[inbox]
settle_seconds = 1.0                # a fresh file must stay unchanged for so long
max_file_mb = 64                    # larger files are refused unread
date_order = ""                     # mdy or dmy: how dates of plates read that nothing in their file settles
refused_pct = 5.0                   # a file of results is refused as a whole where more than this share of its rows, lines or
refused_count = 10                  # messages AND more than this number of them cannot be read; else they alone are

[runner]
engine = "prefect"                  # or plain: the same steps without a server, the same results
shard_size = 16                     # plates in one task
prefect_api_url = ""                # empty: a server of its own that lives as long as the night

[paths]
inbox = "inbox"                     # drop files here: {kinds}
archive = "archive"                 # every accepted file for ever, named by its sha256
quarantine = "quarantine"           # refused files, each beside a text that says why
warehouse = "warehouse/working.duckdb"
releases = "releases"               # what people query: releases/current/pbis.duckdb
reports = "reports"
state = "state"                     # the lock and the orchestrator's own files
decisions = "decisions/decisions.sqlite"   # what people decided, written by `pbis decide`; back it up
"""


def write_site(
    folder: Path,
    *,
    name: str,
    time_zone: str = "UTC",
    panel: str = "human-cytokine-7plex",
    cutoff_set: str = "",
) -> Path:
    """Write `folder`/site.toml and the inbox folders; return the file. Raises UsageError if there is a site already."""
    path = folder / SITE_FILE
    if path.exists():
        raise UsageError(f"{path}: there is a site here already")
    for kind in KINDS:
        (folder / "inbox" / kind).mkdir(parents=True, exist_ok=True)
    text = _TEMPLATE.format(name=name, time_zone=time_zone, panel=panel, cutoff_set=cutoff_set, kinds=", ".join(KINDS))
    path.write_text(text, encoding="utf-8")
    return path
