"""`pbis arrived`: what nights of a site were given, a folder a night, so that another site can be given the same in the same order.

A site that goes back to a backup has to take in again what came since. The archive knows a file by its hash alone, and one night that takes
in the files of several would do so in the order of those names: of two files that contradict each other, the older one could decide.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import warehouse
from pbis.config import Site
from pbis.core.errors import UsageError
from pbis.pipeline.lock import site_lock
from pbis.pipeline.modes import private
from pbis.pipeline.past_files import known_of, past_bytes, place_of
from pbis.pipeline.room import bytes_below, require_free
from pbis.pipeline.site_files import require_empty


@dataclass(frozen=True)
class Arrived:
    """What was written. nights: those that were given something; notes: a line for each file that could not be given."""

    nights: int
    files: int
    notes: tuple[str, ...]


@private()
def write_arrived(site: Site, after: str, folder: Path) -> Arrived:
    """Write FOLDER/NIGHT/KIND/NAME for every file that a night after that one took in or refused first; after all nights where it is ''.
    The site is read and never written. UsageError where it has no such night, or the folder holds anything; IntegrityError where the archive
    is not whole, and nothing is written then."""
    with site_lock(site.path("state")), known_of(site) as known:
        nights = _after(warehouse.past_nights(known, site.time_zone), after, site)
        require_empty(folder, "written")
        require_free(folder, bytes_below(site.path("archive")))
        try:
            return _write(site, nights, folder)
        except BaseException:  # a part of it would be taken for all of it
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _write(site: Site, nights: Sequence[warehouse.PastNight], folder: Path) -> Arrived:
    count, notes = 0, []
    for number, night in enumerate(nights, 1):
        for file in night.files:
            data = past_bytes(site, night.night_id, file)
            if not data:
                why = "what was refused is not to be found" if data is None else "nothing is left of it"
                notes.append(f"night {night.night_id}: {file.kind}/{file.name}: {why}; it is left out")
                continue
            # The number first: names of ten nights of a day, or of nights by a clock that was set back, do not sort as they ran.
            path = place_of(folder / f"{number:04d}-{night.night_id}" / file.kind, file.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            count += 1
    return Arrived(len(list(folder.glob("*"))), count, tuple(notes))


def _after(nights: Sequence[warehouse.PastNight], after: str, site: Site) -> Sequence[warehouse.PastNight]:
    names = [night.night_id for night in nights]
    if after and after not in names:
        last = f"the last is {names[-1]}" if names else "it has none"
        raise UsageError(f"--after {after}: expected a night of {site.root}, found no such name; {last}")
    return nights[names.index(after) + 1 :] if after else nights
