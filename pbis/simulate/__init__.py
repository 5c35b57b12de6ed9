"""Simulated exports, clinical extracts and outcomes, from a seed, with the truth beside them.

write_site_data writes a whole demo site, write_watch_plates small plates of one lot with a drift, write_plates plates for load tests; render_plate spells a SimulatedPlate in a
Dialect; example_plate is a good plate on which pbis.simulate.faults plants faults; pbis.simulate.open_work plants what waits for a person.
"""

from __future__ import annotations

from pbis.simulate.dialect import EUROPEAN, FLEXMAP3D, LX200, MAGPIX, RESAVED, UNICODE, UNTOUCHED, Dialect
from pbis.simulate.load import example_plate, write_plates
from pbis.simulate.model import SimulatedPlate
from pbis.simulate.render import render_plate
from pbis.simulate.site import Manifest, write_site_data
from pbis.simulate.watch import Drift, write_watch_plates

__all__ = [
    "EUROPEAN",
    "FLEXMAP3D",
    "LX200",
    "MAGPIX",
    "RESAVED",
    "UNICODE",
    "UNTOUCHED",
    "Dialect",
    "Drift",
    "Manifest",
    "SimulatedPlate",
    "example_plate",
    "render_plate",
    "write_plates",
    "write_site_data",
    "write_watch_plates",
]
