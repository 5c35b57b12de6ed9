"""The small plates by which a lot is watched: what is in them, and what was planted."""

from __future__ import annotations

from collections import Counter

import numpy as np

from pbis.simulate import render_plate, watch
from pbis.simulate.load import BASE_ON

KIT = watch.watch_kit(10, BASE_ON)


def test_a_plate_holds_standards_and_controls_and_no_sample() -> None:
    plate = watch.watch_plate(KIT, 1, 10, BASE_ON)
    assert Counter(plate.wells.role) == {"standard": 14, "qc_control": 4, "background": 2}
    assert not set(plate.wells.specimen) - {None}
    assert render_plate(plate) == render_plate(watch.watch_plate(KIT, 1, 10, BASE_ON))
    assert render_plate(plate) != render_plate(watch.watch_plate(KIT, 1, 11, BASE_ON))


def test_the_controls_of_one_analyte_climb_and_the_file_says_what_the_kit_says() -> None:
    names = [analyte.name for analyte in KIT.analytes]
    rise = (1 + watch.STEP) ** (watch.PLATES - watch.FROM_PLATE + 1)
    for steps, factor in ((0, 1.0), (watch.PLATES - watch.FROM_PLATE + 1, rise)):
        ratio = watch._drifted(KIT, steps).reagents.control_expected / KIT.reagents.control_expected
        wanted = [factor if name == watch.DRIFTS else 1.0 for name in names]
        assert np.allclose(ratio, [wanted, wanted])
    last = watch.watch_plate(KIT, watch.PLATES, 10, BASE_ON)
    assert np.array_equal(last.reagents.control_expected, KIT.reagents.control_expected)
    assert last.header.started_at.date() < BASE_ON
