"""R's drc on the same curves, where R and the package are installed; a sentence says why where they are not."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from pbis.core.curves.standards import Standards, level_means, spread

# drc squares its weights: 1/mean there is 1/mean^2 in the sum of squares. A curve that drm gives up on counts as done.
_SCRIPT = """
args <- commandArgs(trailingOnly = TRUE)
suppressMessages(library(drc))
all <- split(d <- read.csv(args[1]), d$curve)
spent <- system.time(for (one in all) try(drm(y ~ dose, data = one, fct = LL.5(), weights = one$weight), silent = TRUE))
cat(spent[["user.self"]] + spent[["sys.self"]])
"""


def drc_seconds(points: Standards) -> float | str:
    """CPU seconds of drm(LL.5) over the curves, or why there are none."""
    program = shutil.which("Rscript")
    if program is None:
        return "R is not installed"
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "curves.csv"), Path(folder, "fit.R")
        script.write_text(_SCRIPT)
        _write(points, data)
        done = subprocess.run(
            [program, str(script), str(data)], capture_output=True, text=True, timeout=300, check=False
        )
    return float(done.stdout) if done.returncode == 0 else f"R says: {_complaint(done.stderr)}"


def _complaint(said: str) -> str:
    """The line that names the error: R ends with lines that do not."""
    lines = said.strip().splitlines() or ["nothing"]
    return next((line for line in lines if line.startswith("Error")), lines[-1])


def _write(points: Standards, path: Path) -> None:
    curve = np.broadcast_to(np.arange(points.size), points.y.shape)
    weight = 1.0 / spread(points, level_means(points).mean, 1.0)
    columns = np.column_stack([a.T.ravel() for a in (curve, points.dose, points.y, weight)])
    np.savetxt(path, columns[points.is_read.T.ravel()], delimiter=",", header="curve,dose,y,weight", comments="")
