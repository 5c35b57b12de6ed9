"""What a person asks to decide about a plate, as a form says it, and as requests of the pipeline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, Literal

from fastapi import Depends, Form

from pbis.core.decision import CAUSES, EXCLUDE, KEEP, LONGEST, REVERSE
from pbis.core.errors import UsageError
from pbis.core.words import plural
from pbis.pipeline.deciding import Request
from pbis.pipeline.plate_decisions import Row

Kind = Literal["exclude", "keep", "reverse"]
What = Literal["wells", "groups", "analytes", "plate"]
MOST = 400  # decisions of one form: each is an event for ever, and a plate that needs more is excluded as a whole; own choice
_NOT_OF_DATA = ("verified", "put_off", "entered_in_error", "review")
EXCLUDING = {name: words for name, words in CAUSES.items() if name not in _NOT_OF_DATA}
KEEPING = {name: words for name, words in CAUSES.items() if name not in ("put_off", "entered_in_error", "review")}
WITHDRAWING = {name: CAUSES[name] for name in ("entered_in_error", "verified")}
CAUSES_OF = {EXCLUDE: EXCLUDING, KEEP: KEEPING, REVERSE: WITHDRAWING}
WHAT: dict[str, str] = {
    "wells": "the wells chosen below",
    "groups": "the replicate groups chosen below",
    "analytes": "the analytes chosen below, in all wells",
    "plate": "the plate as a whole",
}
_ONE = {"wells": "well", "groups": "replicate group", "analytes": "analyte"}
_Name = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True)
class AskedForm:
    """A form. what: which of the lists is meant; finding: of those that a rule found, each as JSON [rule, well, group, analyte]; reverses: number of
    the decision that is withdrawn, 0 for none; seen: the newest decision about the plate as the person saw it; basis: what the plate was computed
    from then, '' where a form does not say it."""

    kind: Kind
    what: What = "wells"
    well: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    analyte: tuple[str, ...] = ()
    finding: tuple[str, ...] = ()
    reverses: int = 0
    cause: str = ""
    reason: str = ""
    seen: str = ""
    basis: str = ""

    def fields(self) -> list[tuple[str, str]]:
        """Name and value of each field, as a hidden form repeats them."""
        lists = ("well", "group", "analyte", "finding")
        single = [(name, str(getattr(self, name))) for name in vars(self) if name not in lists]
        return [*single, *((name, value) for name in lists for value in getattr(self, name))]


def asked(
    kind: Annotated[Kind, Form()],
    what: Annotated[What, Form()] = "wells",
    well: Annotated[list[_Name] | None, Form()] = None,
    group: Annotated[list[_Name] | None, Form()] = None,
    analyte: Annotated[list[_Name] | None, Form()] = None,
    finding: Annotated[list[Annotated[str, Form(max_length=1000)]] | None, Form()] = None,
    reverses: Annotated[int, Form(ge=0, le=2**31)] = 0,
    cause: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=LONGEST)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
    basis: Annotated[str, Form(max_length=64)] = "",
) -> AskedForm:
    """The form of a request."""
    wells, groups, analytes, findings = (tuple(one or ()) for one in (well, group, analyte, finding))
    return AskedForm(kind, what, wells, groups, analytes, findings, reverses, cause, reason.strip(), seen, basis)


AskedHere = Annotated[AskedForm, Depends(asked)]


def requests_of(ask: AskedForm, plate: Row, author: str) -> list[Request]:
    """A request a decision. UsageError where nothing, or too much, is chosen, or a reason is missing."""
    causes = CAUSES_OF[ask.kind]
    if ask.cause not in causes:
        raise UsageError(f"choose why: one of {', '.join(causes.values())}")
    if not ask.reason:
        raise UsageError("say why in your words: one line that others can follow")
    common = {
        "kind": ask.kind,
        "author": author,
        "cause": ask.cause,
        "reason": ask.reason,
        "plate": plate["run_id"],
        "plate_number": plate["plate_number"],
    }
    found = [Request(**common, **inside) for inside in _objects(ask)]
    if len(found) > MOST:
        raise UsageError(
            f"these are {len(found)} decisions at once, expected at most {MOST}; choose the analyte or the plate as a whole"
        )
    return found


def _objects(ask: AskedForm) -> list[dict[str, Any]]:
    if ask.kind == REVERSE:
        return [{"reverses": ask.reverses}]
    if ask.kind == KEEP:
        if not ask.finding:
            raise UsageError("choose at least one finding")
        return [_of_finding(one) for one in dict.fromkeys(ask.finding)]
    _require_one_list(ask)
    if ask.what == "plate":
        return [{}]
    name, chosen = {
        "wells": ("well", ask.well),
        "groups": ("replicate_group", ask.group),
        "analytes": ("analyte", ask.analyte),
    }[ask.what]
    if not chosen:
        raise UsageError(f"choose at least one of the {ask.what}")
    if ask.what == "analytes":
        return [{"analyte": one} for one in dict.fromkeys(chosen)]
    pairs = product(dict.fromkeys(chosen), dict.fromkeys(ask.analyte) or (None,))
    return [{name: one, "analyte": analyte} for one, analyte in pairs]


def _require_one_list(ask: AskedForm) -> None:
    """UsageError where more is chosen than what is meant takes: it would be left out, or all of the plate taken, without a word."""
    lists = {"wells": ask.well, "groups": ask.group, "analytes": ask.analyte}
    own = (ask.what,) if ask.what == "plate" else (ask.what, "analytes")
    beside = [plural(len(set(chosen)), _ONE[name]) for name, chosen in lists.items() if chosen and name not in own]
    if beside:
        raise UsageError(
            f"“{WHAT[ask.what]}” leaves out what else is chosen ({', '.join(beside)}): choose at “What” what is meant, or take the choice away"
        )


def finding_value(row: dict[str, Any]) -> str:
    """The value by which a form names a finding."""
    return json.dumps([row["rule"], row["well"], row["replicate_group"], row["analyte"]], ensure_ascii=False)


def _of_finding(value: str) -> dict[str, Any]:
    try:
        rule, well, group, analyte = json.loads(value)
    except (ValueError, TypeError):
        raise UsageError("a finding of this form is none that the desk wrote; open the page again") from None
    if not isinstance(rule, str) or any(not isinstance(one, str | None) for one in (well, group, analyte)):
        raise UsageError("a finding of this form is none that the desk wrote; open the page again")
    return {"rule": rule, "well": well, "replicate_group": None if well else group, "analyte": analyte}


def in_words(ask: AskedForm) -> str:
    """What is asked for, as a button and a job say it: `Exclude 2 wells for 1 analyte`."""
    if ask.kind == REVERSE:
        return f"Withdraw decision {ask.reverses}"
    if ask.kind == KEEP:
        return f"Keep what {plural(len(set(ask.finding)), 'finding')} took"
    if ask.what == "plate":
        return "Exclude the plate"
    if ask.what == "analytes":
        return f"Exclude {plural(len(set(ask.analyte)), 'analyte')} of the plate"
    chosen = (
        plural(len(set(ask.well)), "well") if ask.what == "wells" else plural(len(set(ask.group)), "replicate group")
    )
    return f"Exclude {chosen} for " + (plural(len(set(ask.analyte)), "analyte") if ask.analyte else "all analytes")
