"""Thirty nights of a laboratory, from a seed, with everything that goes wrong in one: no file and no reading is lost on the way.

Files come before a night and while it runs; some come again, are refused, or are corrected; people decide; nights are killed, the disk
is full, and summer time ends. Then every file that ever arrived is stored, superseded, held or lies in quarantine beside its reason,
every reading is a result or is excluded with what keeps it out, and `pbis verify` finds nothing.
"""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from forked_nights import Asked
from lived_nights import Laboratory, clocks, files_are_kept, readings_are_told
from small_site import write_small_site
from undisturbed import Forked

from pbis.pipeline.verifying import verify


@pytest.mark.prove
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_integrity_of_thirty_nights_in_which_nothing_is_lost(seed: int, forked: Forked, tmp_path: Path) -> None:
    lab = Laboratory(write_small_site(tmp_path / "site", 0), random.Random(seed))
    for now in clocks():
        lab.run(forked, now, tmp_path / "coming")
        lab.decide(now + timedelta(hours=9))
    end = clocks()[-1] + timedelta(days=1)
    assert forked(Asked(str(lab.site.root), end.isoformat())).status == 0
    print(dict(lab.ends))
    assert verify(lab.site, None, lambda: end + timedelta(days=1)).faults == []
    assert [path for path in lab.site.path("inbox").rglob("*") if path.is_file()] == []
    files_are_kept(lab)
    readings_are_told(lab.site)
