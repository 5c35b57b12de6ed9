"""Writes a new site: one commented file and the folders of its inbox."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from pbis.config import SITE_FILE, require_zone
from pbis.core.errors import ConfigError, UsageError
from pbis.core.words import nearest
from pbis.files.table_out import replace_whole
from pbis.panels import load_panel
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.modes import private, settle_new
from pbis.pipeline.settings import require_analyte
from pbis.scores import load_sets

TEMPLATE = """\
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
il12_analyte = "{il12_analyte}"           # the paper says IL-12 only: p70 or p40 is this site's decision
il2_analyte = "{il2_analyte}"
# The treatment that the score was found under: its start is what the window counts from, also after an earlier line. A patient
# without it is scored at the first line's start and marked outside_population. Empty ([]): every treatment alike.
regimens = ["atezolizumab + bevacizumab"]
panels = []                         # kits whose plates may answer the score, by the names of their panels; empty: all
# `<3.2` against a cut of 3.2 has no point, though the truth may reach the cut: the value is then marked near_cut with the probability
# of it. "unknown": no point is decided there, and fewer patients have a group (ADR 15).
below_at_cut = "zero"
only_accepted = false               # true: a plate answers only once a person has accepted it (pbis decide accept; docs/review.md)

[clinical]
labs_map = "default"                # which table of test names and column names reads the laboratory's extracts

[inbox]
settle_seconds = 1.0                # a fresh file must stay unchanged for so long
max_file_mb = 64                    # larger files are refused unread
date_order = ""                     # mdy or dmy: how dates of plates read that nothing in their file settles
refused_pct = 5.0                   # a file of results is refused as a whole where more than this share of its rows, lines or
refused_count = 10                  # messages AND more than this number of them cannot be read; else they alone are

[release]
labels_name_nobody = false          # true: sample labels of plates stand in a release as they are, else by hash; barcodes of the specimen table do
words = []                          # cohorts, sites, materials, protocols of yours that name nobody; any other unknown one is shown by kind and hash

[runner]
engine = "prefect"                  # or plain: the same steps without a server, the same results
shard_size = 16                     # plates in one task
kind = "processes"                  # what helps a night; dask: a cluster, of this machine or of more (pip install "pbis[dask]")
workers = 0                         # processes that read, fit and draw beside the night, 1: none; 0: by cores and size of the night
dask_address = ""                   # tls://HOST:8786 of the cluster's scheduler; empty: a cluster of this machine for the night
dask_certificates = ""              # a folder with ca.pem, cert.pem and key.pem, by which the cluster and the night know each other
prefect_api_url = ""                # empty: a server of its own that lives as long as the night
allow_open_server = false           # true: talk to that server although nothing keeps other accounts from asking it

[log]
format = "text"                     # json: what `pbis night` writes to standard error is a line of JSON an event

[notify]
# Whom a night tells how it ended stands in [notify.email] and [notify.webhook], see docs/notify.md; without them it tells nobody.
when = "always"                     # attention: only where something waits for a person, or the night could not be done

[paths]
inbox = "inbox"                     # drop files here: {kinds}
archive = "archive"                 # every accepted file for ever, named by its sha256
quarantine = "quarantine"           # refused files, each beside a text that says why
warehouse = "warehouse/working.duckdb"   # or "ducklake:postgres:dbname=... host=...": releases go into a lake too (docs/lake.md)
lake_data = ""                      # of a lake: folder of its files, an absolute path that all its machines see
releases = "releases"               # what people query: releases/current/pbis.duckdb
reports = "reports"
state = "state"                     # the lock and the orchestrator's own files
decisions = "decisions/decisions.sqlite"   # what people decided, written by `pbis decide`; back it up
group = ""                          # a group of this machine that may read releases and reports; empty: the own account alone
"""


@dataclass(frozen=True)
class Choices:
    """What is decided when a site begins; cutoff_set may be left open until the first night."""

    name: str
    time_zone: str = "UTC"
    panel: str = "human-cytokine-7plex"
    cutoff_set: str = ""
    il12_analyte: str = "IL-12p70"
    il2_analyte: str = "IL-2"

    def check(self) -> None:
        """Raise ConfigError, with the nearest name, for what does not exist."""
        require_zone(self.time_zone, "--time-zone")
        sets = load_sets()
        if self.cutoff_set and self.cutoff_set not in sets:
            expected = f"expected one of {', '.join(sets)}{nearest(self.cutoff_set, sets)}"
            raise ConfigError(f"--cutoff-set: there is no cut-off set {self.cutoff_set!r}; {expected}")
        if self.panel.endswith(".toml"):  # a file of the site's own may still be to come
            return
        kits = [load_panel(self.panel)]
        require_analyte(kits, self.il12_analyte, "--il12-analyte")
        require_analyte(kits, self.il2_analyte, "--il2-analyte")


def write_site(folder: Path, **chosen: str) -> Path:
    """Write `folder`/site.toml and the inbox folders, with their modes; return the file. chosen: `Choices` by name.

    Raises UsageError if there is a site already, ConfigError for a choice that no night could work with; then nothing is written.
    """
    path = folder / SITE_FILE
    if path.exists():
        raise UsageError(f"{path}: there is a site here already")
    choices = Choices(**chosen)
    choices.check()
    is_new = not folder.exists()
    text = TEMPLATE.format(**asdict(choices), kinds=", ".join(KINDS))
    with private():
        for kind in KINDS:
            (folder / "inbox" / kind).mkdir(parents=True, exist_ok=True)
        replace_whole(path, text)  # last: half a site cannot be written again
    settle_new(folder, folder / "inbox", is_root_new=is_new)
    return path
