"""A small night: what decisions changed is computed, scored and published at once, and the pages of those plates are written.

It walks the steps of every night, so that its tables, its release and its pages are those that the next night would have given: it has a
name, a line in the ledger, and is rebuilt like any other. It differs in three things: of the inbox it takes what it is told to and nothing
else; it leaves reading the archive again to whole nights; and it waits for its turn, where a night that waits for it comes before the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent, Teller
from pbis.pipeline.lock import DESK, Turn
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome

PATIENCE = 1800.0  # seconds that the desk's work waits for a night: longer than a night of a thousand plates takes


def recompute(
    site: Site,
    options: NightOptions,
    say: Callable[[str], None],
    clock: Callable[[], datetime],
    *,
    teller: Teller | None = None,
    patience: float = PATIENCE,
) -> Outcome:
    """Compute what is affected by decisions that no night has computed with, score, publish, and write the pages that are others now.

    options: as of a night; `only` names the files of the inbox that are taken, none where it is empty. say: told in a sentence, once, whom it
    waits for and since when. patience: seconds that it waits for a night. SiteBusy where that is not enough; else what a night raises. The
    decisions of the site's log that stand are computed with whoever entered them.
    """
    turn = Turn(DESK, patience, say)
    return run_plain(site, replace(options, is_small=True, turn=turn), teller or Silent(), clock)
