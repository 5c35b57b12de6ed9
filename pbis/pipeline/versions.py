"""Whether Python and the libraries are those that this program was tried with: the ranges that it declares, and its pins where they lie."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from pbis.packages import HOME
from pbis.pipeline.doctor import ATTENTION, OK, Looked

_NEED = re.compile(r"([A-Za-z0-9_.-]+)\s*([^;]*)(;.*)?")
_BOUND = re.compile(r"(>=|<=|==|!=|<|>)\s*([0-9.]+)")
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
_EXTRAS = ("night", "study")
_PYTHON = ((3, 11), (3, 14))  # from the first, below the second, as pyproject.toml declares


def look_at_versions() -> Looked:
    """The check of `pbis doctor`."""
    faults = version_faults()
    if faults:
        return Looked("versions", ATTENTION, ", ".join(faults), "install by requirements/run.txt")
    return Looked("versions", OK, f"python {python_version()} and all libraries as declared and pinned")


def version_faults() -> list[str]:
    """A phrase for each that is missing, lies outside of what is declared, or differs from the pins; none where all is as tried."""
    found = [*_python(), *_declared()]
    return found or list(_unpinned())


def python_version() -> str:
    """For example 3.11.7."""
    return ".".join(map(str, sys.version_info[:3]))


def _python() -> Iterator[str]:
    if not _PYTHON[0] <= sys.version_info[:2] < _PYTHON[1]:
        yield f"python {python_version()}, expected 3.11 to 3.13"


def _declared() -> Iterator[str]:
    try:
        needs = requires("pbis") or []
    except PackageNotFoundError:
        return
    for need in needs:
        named = _NEED.fullmatch(need)
        if named is None or ("extra" in (named[3] or "") and not any(f'"{each}"' in named[3] for each in _EXTRAS)):
            continue
        installed = _installed(named[1])
        if installed is None:
            if not named[3]:
                yield f"{named[1]} is not installed"
        elif not all(_holds(installed, sign, bound) for sign, bound in _BOUND.findall(named[2])):
            yield f"{named[1]} {installed}, expected {named[2].strip()}"


def _unpinned() -> Iterator[str]:
    path = HOME / "requirements" / "run.txt"
    if path.is_file():
        pins: dict[str, list[str]] = {}  # several of a name are of several Pythons
        for name, pinned in _PIN.findall(path.read_text(encoding="utf-8")):
            pins.setdefault(name, []).append(pinned)
        for name, known in pins.items():
            installed = _installed(name)
            if installed is not None and installed not in known:
                yield f"{name} {installed}, pinned {' or '.join(known)}"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _holds(installed: str, sign: str, bound: str) -> bool:
    have, want = _numbers(installed), _numbers(bound)
    width = max(len(have), len(want))
    have, want = (each + (0,) * (width - len(each)) for each in (have, want))
    return {
        ">=": have >= want,
        "<=": have <= want,
        "==": have == want,
        "!=": have != want,
        "<": have < want,
        ">": have > want,
    }[sign]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("+")[0]))
