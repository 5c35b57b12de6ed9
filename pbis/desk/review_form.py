"""What a person says of a plate as a whole, as a form says it, and as a request of the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Form

from pbis.core.decision import ACCEPT, CAUSES, LONGEST, REJECT, REPEAT
from pbis.core.words import plural
from pbis.desk.asked import EXCLUDING
from pbis.pipeline.deciding import Request
from pbis.pipeline.plate_decisions import Row

Kind = Literal["accept", "reject", "repeat"]
CAUSE = "review"
OUT = {CAUSE: CAUSES[CAUSE]} | EXCLUDING
_Seen = Annotated[str, Form(max_length=64)]


@dataclass(frozen=True)
class ReviewForm:
    """A form. answered_by: the plate that was run instead, where an ordered repeat is answered; seen, results: the newest decision about the
    plate, and the hash of its results, as the person saw them."""

    kind: Kind
    cause: str = CAUSE
    reason: str = ""
    answered_by: str = ""
    seen: str = ""
    results: str = ""

    def fields(self) -> list[tuple[str, str]]:
        """Name and value of each field, as a hidden form repeats them."""
        return list(vars(self).items())

    def request(self, plate: Row, account: str) -> Request:
        """The request of that account about the plate."""
        return Request(
            self.kind, account, self.cause if self.cause in OUT else "", self.reason, plate["run_id"], plate["plate_number"],
            expected_head=self.seen, expected_results=self.results or None, answered_by=self.answered_by,
        )  # fmt: skip

    def words(self, exclusions: int = 0) -> str:
        """What is asked for, as a button and a job say it; exclusions: how many stand on the plate."""
        if self.answered_by:
            return "Link the repeat"
        if self.kind == ACCEPT:
            return "Accept the plate" + (f" with {plural(exclusions, 'exclusion')}" if exclusions else "")
        return {REJECT: "Reject the plate", REPEAT: "Order a repeat"}[self.kind]


def _asked(
    kind: Annotated[Kind, Form()],
    cause: Annotated[str, Form(max_length=40)] = CAUSE,
    reason: Annotated[str, Form(max_length=LONGEST)] = "",
    answered_by: Annotated[str, Form(max_length=200)] = "",
    seen: _Seen = "",
    results: _Seen = "",
) -> ReviewForm:
    return ReviewForm(kind, cause, reason.strip(), answered_by.strip(), seen, results)


ReviewHere = Annotated[ReviewForm, Depends(_asked)]
