"""Which packages are at hand: what an extra would have brought, and our own three that a folder of the same name can hide.

`flows`, `expectations` and `warehouse` are names that other people give to folders too (Prefect's convention is `flows/`), and
Python takes the first it meets on its path. The command line is a process of ours and always takes our own; a script of other
people keeps its own packages, and is told where one of them hides ours.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from pbis.core.errors import ConfigError

# Extra -> what its commands import and a bare install lacks. A package of two extras is looked for in the first.
EXTRAS = {
    "night": ("great_expectations", "jsonschema", "prefect", "scipy"),
    "study": ("scipy",),
    "export": ("openpyxl", "pyreadstat"),
    "dask": ("distributed",),
    "lake": ("duckdb_extension_ducklake", "duckdb_extension_postgres_scanner"),
    "desk": (
        "argon2",
        "authlib",
        "fastapi",
        "great_expectations",
        "httpx",
        "joserfc",
        "jsonschema",
        "scipy",
        "uvicorn",
    ),
    "notify": ("httpx", "prometheus_client"),
}
OWN = ("expectations", "flows", "warehouse")
HOME = Path(__file__).absolute().parent.parent


def need(extra: str) -> None:
    """Before a command does anything: ConfigError with the line to type where a package of its extra is not installed."""
    missing = [name for name in EXTRAS[extra] if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(_line_to_type(extra, missing))


def missing_extra(error: ModuleNotFoundError) -> ConfigError | None:
    """What to say about an import that failed: None where no extra would have brought the package."""
    name = (error.name or "").partition(".")[0]
    extra = next((extra for extra, names in EXTRAS.items() if name in names), None)
    return None if extra is None else ConfigError(_line_to_type(extra, [name]))


def _line_to_type(extra: str, missing: Sequence[str]) -> str:
    return f'{", ".join(missing)}: not installed; this needs the extra "{extra}": pip install "pbis[{extra}]"'


def prefer_own() -> None:
    """From here on this process takes our own packages, whatever lies first on its path."""
    if not any(isinstance(finder, _OwnFirst) for finder in sys.meta_path):
        sys.meta_path.insert(0, _OwnFirst())


class _OwnFirst(MetaPathFinder):
    """Finds our own packages beside `pbis`; everything else is left to the finders after it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(fullname, [str(HOME)]) if fullname in OWN else None


def require_own(*names: str) -> None:
    """ConfigError that names the folder, or the file, which hides one of our packages."""
    for name in names:
        place = _place(name)
        if place is not None and place.resolve() != (HOME / name).resolve():
            raise ConfigError(
                f"{place} hides the package {name!r} of PBIS ({HOME / name}): run from another folder or take {place.parent} "
                "off PYTHONPATH, or use the command pbis, which takes its own"
            )


def _place(name: str) -> Path | None:
    """Folder or file that `import name` would give, or has given; None where there is none."""
    module = sys.modules.get(name)
    spec = importlib.util.find_spec(name) if module is None else module.__spec__
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    origin = spec.origin if spec is not None else getattr(module, "__file__", None)
    return None if origin is None else Path(origin)
