"""The states of the roll-up in their order, and what each lets through.

What is not in the order is worse than everything in it: a state that this code does not know must not pass for a good one.
"""

from __future__ import annotations

ORDER = ("pass", "warn", "held", "fail")
LET_THROUGH = ("pass", "warn")  # of these results may be reported


def rank(state: str) -> int:
    """Place of the state, 0 is best."""
    return ORDER.index(state) if state in ORDER else len(ORDER)


def worst(*states: str) -> str:
    """The worst of one or more states."""
    return max(states, key=rank)


def takes_all(state: str) -> bool:
    """Whether nothing that is judged so may be reported."""
    return state not in LET_THROUGH
