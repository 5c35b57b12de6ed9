"""Workbooks -> cells, in a child process with limits: what a workbook does to its parser never reaches this one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa

from pbis.core.errors import InputRefused, UnrecognisedFormat, UnstableFile
from pbis.files.book import Book, CellSheet, as_text
from pbis.files.limits import CSV_INSTEAD, PLATE, Limits
from pbis.files.received import received

CHILD = (sys.executable, "-I", str(Path(__file__).with_name("workbook_child.py")))  # and the limits; tests name another
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_workbook(data: bytes) -> bool:
    """True for anything in a ZIP or OLE container; `open_cells` says which of them are none."""
    return data.startswith((_ZIP, _OLE))


def open_book(data: bytes, name: str, limits: Limits = PLATE, command: Sequence[str] | None = None) -> Book:
    """The sheets of an XLS or XLSX as text. Raises as `open_cells`."""
    return Book(name, tuple(as_text(sheet) for sheet in open_cells(data, name, limits, command)))


def open_cells(
    data: bytes, name: str, limits: Limits = PLATE, command: Sequence[str] | None = None
) -> tuple[CellSheet, ...]:
    """The sheets of an XLS or XLSX as values.

    command: the program that opens it, in place of CHILD. Raises UnrecognisedFormat for everything that is not to be opened or
    whose parser dies of it, UnstableFile where this machine can start no process now.
    """
    done = _run(data, name, limits, [*(command or CHILD), json.dumps(asdict(limits))])
    if done.returncode == 3:
        raise _refused(done.stderr, name)
    if done.returncode != 0:
        raise _died(name, done.returncode, limits)
    try:
        return received(done.stdout, limits)
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError) as error:
        found = f"{type(error).__name__} at {len(done.stdout)} bytes"
        raise _refuse(name, "cannot be opened: its parser answered with garbage", found=found) from None


def _run(data: bytes, name: str, limits: Limits, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    one_thread = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        return subprocess.run(
            command,
            input=data,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
            env={**os.environ, **one_thread},
        )
    except subprocess.TimeoutExpired:
        raise _too_long(name, f"{limits.seconds:g} s") from None
    except OSError as error:
        raise UnstableFile(
            "the workbook could not be opened: no process for it can be started",
            file=name,
            expected="a machine with room for one more process",
            found=error.strerror or type(error).__name__,
            hint="drop it again",
        ) from None


def _refused(stderr: bytes, name: str) -> UnrecognisedFormat:
    """The refusal in the child's own words."""
    try:
        said = json.loads(stderr.decode("utf-8", "replace").strip().splitlines()[-1])
        message, expected, found, hint = (said[key] for key in ("message", "expected", "found", "hint"))
    except (ValueError, LookupError, TypeError):
        return _refuse(name, "cannot be opened: its parser answered with garbage", found="a refusal without a reason")
    return UnrecognisedFormat(str(message), file=name, expected=expected, found=found, hint=hint)


def _died(name: str, code: int, limits: Limits) -> InputRefused:
    if code == -signal.SIGXCPU:
        return _too_long(name, f"{limits.cpu_seconds} s of computing")
    found = f"a parser that ended by {_signal(-code)}" if code < 0 else f"a parser that ended with exit code {code}"
    return _refuse(name, "cannot be opened within the limits of memory and time, or is damaged", found=found)


def _signal(number: int) -> str:
    return next((known.name for known in signal.Signals if known == number), f"signal {number}")


def _too_long(name: str, found: str) -> InputRefused:
    return _refuse(name, "took too long to open", found=found)


def _refuse(name: str, message: str, *, found: str) -> UnrecognisedFormat:
    return UnrecognisedFormat(message, file=name, expected="a workbook that opens", found=found, hint=CSV_INSTEAD)
