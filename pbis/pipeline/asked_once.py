"""Answers that many people want at the same moment: whoever comes first asks, and the others wait for that answer instead of asking, too."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class AskedOnce(Generic[Answer]):
    """Answers by their keys, the `most` that were wanted last. An error is kept for nobody but those who waited for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._turn = Lock()
        self._known: OrderedDict[Hashable, Future[Answer]] = OrderedDict()

    def of(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer that is called so; ask: gives it, where nobody has asked yet."""
        with self._turn:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            else:
                mine: Future[Answer] = Future()
                self._known[key] = mine
                while len(self._known) > self._most:
                    self._known.popitem(last=False)
        if found is not None:
            return found.result()
        try:
            answer = ask()
        except BaseException as error:
            with self._turn:
                self._known.pop(key, None)
            mine.set_exception(error)
            raise
        mine.set_result(answer)
        return answer
