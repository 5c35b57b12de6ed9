"""Where the trace of a defect goes: a private file of the site, because traces can quote data; people see one line."""

from __future__ import annotations

import hashlib
import os
import traceback
from pathlib import Path

from pbis.core.errors import InputRefused, PbisError
from pbis.files.trouble import is_stop, trouble_of


class StepFailed(PbisError):
    """A step of a night met a defect; the message names the private file that holds the trace."""


def keep_trace(state: Path, name: str, error: Exception) -> Path:
    """Write the trace to `state`/defects, readable by the service's account only; return the file. KeyboardInterrupt where that is behind the
    error, which is no defect then, nor any file's."""
    if is_stop(error):
        raise KeyboardInterrupt from error
    text = "".join(traceback.format_exception(error))
    folder = state / "defects"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{name}\n{text}")
    return path


def defect(state: Path, name: str, error: Exception) -> InputRefused:
    """Keep the trace and return the refusal that stands for it: a defect costs one file, not the night.

    SiteTrouble where it was no defect but a disk that is full or a right that is missing: then no file is to blame.
    """
    trouble = trouble_of(error, (state,))
    if trouble is not None:
        raise trouble from error
    return InputRefused(
        f"a defect of this program ({type(error).__name__})",
        file=name,
        expected="no defect",
        found=f"the trace in {keep_trace(state, name, error)}",
        hint="send the trace to whoever runs the service; the file itself may be good",
    )
