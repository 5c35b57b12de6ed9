"""A file that lies in quarantine, for the person who mends it: why it was refused, and what may be told of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pbis.config import Site, load_site
from pbis.core.errors import InputRefused, UsageError
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.opening import hash_of, opened
from pbis.pipeline.quarantine import bring_back_latest, quarantined, why_file
from pbis.pipeline.settings import site_panels
from pbis.pipeline.telling import DATE_ORDERS
from pbis.readers import read_bytes
from pbis.report.text import moment

_ORDER_WORDS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}


@dataclass(frozen=True)
class DateReading:
    """How the file's dates read in one order. order: dmy, mdy or ymd; words: the order in words; read: when the plate was read then."""

    order: str
    words: str
    read: str


@dataclass(frozen=True)
class RefusedBytes:
    """kind, name: where it lay in the inbox; file_id: sha256; why: the text beside it; orders: the readings of its dates, none where they are
    one; panels: kits of the site. Only of a plate export something can be told."""

    kind: str
    name: str
    file_id: str
    why: str
    orders: tuple[DateReading, ...]
    panels: tuple[str, ...]

    @property
    def is_plate(self) -> bool:
        return self.kind == "plates"


def refused_bytes(root: Path, object_key: str) -> RefusedBytes:
    """The file that an open item `kind/name` is about. UsageError where none lies in quarantine any more."""
    site = load_site(root)
    path = _latest(site, object_key)
    kind = path.parent.name
    with opened(path) as file:
        file_id = hash_of(file)
    why = why_file(path).read_text(encoding="utf-8", errors="replace")
    panels = tuple(panel.name for panel in site_panels(site)) if kind == "plates" else ()
    orders = tuple(_orders(path)) if kind == "plates" else ()
    return RefusedBytes(kind, path.name, file_id, why, orders, panels)


def try_again(root: Path, object_key: str) -> Path:
    """Bring the file back to the inbox as it is; its place there. UsageError where it is not in quarantine, or its name is taken."""
    site = load_site(root)
    path = _latest(site, object_key)
    home = bring_back_latest(site.path("quarantine"), site.path("inbox"), path.parent.name, path.name)
    if home is None:
        raise UsageError(
            f"{path.name} cannot be brought back: a file of its name lies in the inbox, or it is just being written"
        )
    return home


def _latest(site: Site, object_key: str) -> Path:
    kind, _, name = object_key.partition("/")
    found = [file for file in quarantined(site.path("quarantine"), kind) if file.name == name] if kind in KINDS else []
    if not found:
        raise UsageError(f"{object_key} does not lie in quarantine any more")
    return found[-1]


def _orders(path: Path) -> Iterator[DateReading]:
    """Those in which the whole file can be read; none where its dates are one thing in all of them, or nothing is asked of them."""
    data, seen = path.read_bytes(), set()
    with suppress(InputRefused):
        seen.add(read_bytes(data, path.name).run.started_at)
    for order in DATE_ORDERS:
        try:
            started = read_bytes(data, path.name, date_order=order).run.started_at
        except InputRefused:
            continue
        if started is not None and started not in seen:
            seen.add(started)
            yield DateReading(order, _ORDER_WORDS[order], moment(started))
