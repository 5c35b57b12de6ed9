"""What the import of Great Expectations (1.24) need not do for a night: half of it is for what no night asks.

It loads scipy.stats and altair for expectations and drawings that no suite of ours has: both are loaded when somebody touches them. It loads
SQLAlchemy to judge tables of a database: it is told that there is none, as on a machine without it, which the library knows. And for
each of its 370 models it copies all fields of the model before, with all that they lead to: a copy of the field, of what is declared of it
and of the list of its validators is what the new model changes.

It holds while the import runs, and for the thread that runs it: an orchestrator beside it may load its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from threading import get_ident
from types import ModuleType
from typing import Any

LATER = frozenset({"scipy.stats", "altair"})
NOT_NEEDED = frozenset({"sqlalchemy"})


class _Frugal:
    """Finds modules that are loaded when they are touched, and does not find those that are not needed."""

    def __init__(self) -> None:
        self._thread = get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if get_ident() != self._thread:
            return None
        if name in NOT_NEEDED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        found = PathFinder.find_spec(name, path, target) if name in LATER else None
        if found is not None and found.loader is not None:
            found.loader = LazyLoader(found.loader)
        return found


@contextmanager
def frugal_import() -> Iterator[None]:
    """Meanwhile this thread imports what is needed of Great Expectations alone; what is imported already stays."""
    models: Any = import_module(
        "pydantic.v1.main"
    )  # a copy of the first pydantic, by which the library declares itself
    finder, whole = _Frugal(), models.smart_deepcopy
    sys.meta_path.insert(0, finder)
    models.smart_deepcopy = _own_fields
    try:
        yield
    finally:
        models.smart_deepcopy = whole
        sys.meta_path.remove(finder)


def _own_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a model for one that is made from it, whose settings change theirs and not those of the first."""
    return {name: _own(field) for name, field in fields.items()}


def _own(field: Any) -> Any:
    mine = copy(field)
    mine.field_info = copy(field.field_info)
    mine.class_validators = dict(field.class_validators)  # a model adds its own to those of the model before
    return mine
