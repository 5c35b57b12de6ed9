"""One writer at a time: the site's lock, held by the operating system so that a killed process never leaves it behind. Who holds it says
whether it is a night, the desk or a command: the desk's work is short and is waited for, and waits itself where it is told to.

The lock lies in a private folder, so that no other account can hold it. Where one does all the same (it opened the file while the
folder was open to all), the file is replaced: a lock that is no night's does not stop nights.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

from pbis.core.errors import SiteBusy
from pbis.files.trouble import name_of
from pbis.pipeline.stopping import stop_if_asked

_NAME = "lock"
_TURN = "lock.turn"  # held while a lock is replaced; it is made in the private folder, so nobody else ever opened it
_NEXT = "lock.next"  # held by whoever waits for the desk, which takes no lock meanwhile: it would come first again and again
_TRIES = 3  # a lock is replaced once, by whoever comes first; the others find the new one

NIGHT, DESK, COMMAND = "night", "desk", "command"
_WORDS = {NIGHT: "a night", DESK: "the desk", COMMAND: "another command"}
FOR_THE_DESK = 60.0  # seconds that a command waits for the desk, whose work takes a few
OF_A_NIGHT_FOR_THE_DESK = (
    1800.0  # after an upgrade the desk's work computes all plates anew, and a night is not given up for that
)
_UNSAID = 0.5  # seconds for a holder to write down who it is
_PAUSE = 0.05  # seconds between two tries: what a wait costs at most beyond the other's work


def nobody_hears(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Turn:
    """Who wants the lock. kind: NIGHT, DESK or COMMAND; patience: seconds that it waits for others than the desk; say: told, once, in a
    sentence, whom it waits for and since when."""

    kind: str = COMMAND
    patience: float = 0.0
    say: Callable[[str], None] = nobody_hears


OF_A_COMMAND, OF_A_NIGHT = Turn(), Turn(NIGHT)


@dataclass(frozen=True)
class Holder:
    """Who has the lock. pid: None where it cannot be seen from here; kind: '' where it did not say; since: when it took it, in UTC."""

    pid: int | None
    kind: str
    since: datetime | None

    @property
    def who(self) -> str:
        """`a night`, `the desk`, `another command`, or `another process`."""
        return _WORDS.get(self.kind, "another process")

    def words(self, now: datetime) -> str:
        """`a night is at work (process 4711, for 2 min 5 s)`."""
        facts = [] if self.pid is None else [f"process {self.pid}"]
        if self.since is not None:
            minutes, seconds = divmod(max(int((now - self.since).total_seconds()), 0), 60)
            facts.append(f"for {minutes} min {seconds} s" if minutes else f"for {seconds} s")
        return f"{self.who} is at work" + (f" ({', '.join(facts)})" if facts else "")


@contextmanager
def site_lock(state: Path, turn: Turn = OF_A_COMMAND) -> Iterator[None]:
    """Hold `state`/lock for the duration. A command waits up to a minute for the desk and a night until that is done (half an hour at most, should
    it hang), both as long as the turn says for others; then SiteBusy, naming the holder's process if it lives."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        file = _waited(stack, state / _NAME, turn)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()} {turn.kind}\n")
        file.flush()
        yield


def lock_holder(state: Path) -> Holder | None:
    """Who has the site's lock now; None where nobody has."""
    path = state / _NAME
    if not path.exists() or not _is_held(path):
        return None
    pid = holder_of(path)
    try:
        words, at = path.read_text(encoding="ascii").split(), path.stat().st_mtime
    except (OSError, ValueError):
        return Holder(pid, "", None)
    is_own = len(words) == 2 and words[0].isdigit() and pid in (None, int(words[0]))
    return Holder(pid, words[1], datetime.fromtimestamp(at, UTC)) if is_own else Holder(pid, "", None)


def _waited(stack: ExitStack, path: Path, turn: Turn) -> TextIOWrapper:
    """The lock, once it is this one's turn."""
    begun, has_said, is_next = time.monotonic(), False, False
    with ExitStack() as waiting:
        while True:
            if turn.kind != DESK or not _is_held(path.with_name(_NEXT)):
                try:
                    return stack.enter_context(_taken(path))
                except SiteBusy as error:
                    busy = error
            else:
                busy = SiteBusy(f"{path.parent.parent}: a night waits to begin here; it comes first")
            holder = lock_holder(path.parent)
            if time.monotonic() - begun >= _limit(holder, turn):
                raise busy
            if turn.kind != DESK and not is_next:  # before it is said: who reads it may rely on it
                is_next = _come_next(waiting, path.with_name(_NEXT))
            if holder is not None and not has_said and holder.kind:
                turn.say(holder.words(datetime.fromtimestamp(time.time(), UTC)))
                has_said = True
            stop_if_asked()
            time.sleep(_PAUSE)


def _limit(holder: Holder | None, turn: Turn) -> float:
    """Seconds that are waited for this holder; where nobody has it at the moment, it is tried again as for the desk."""
    if holder is None or holder.kind == DESK:
        return max(turn.patience, OF_A_NIGHT_FOR_THE_DESK if turn.kind == NIGHT else FOR_THE_DESK)
    return max(turn.patience, 0.0 if holder.kind else _UNSAID)


def _come_next(stack: ExitStack, path: Path) -> bool:
    """Whether the desk is kept from coming first by this process now. It is not where another waits in front, which does so, or where
    the desk looks at this moment whether anybody waits: then it is to be tried again."""
    with ExitStack() as opened:
        file = opened.enter_context(_opened(path))
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        stack.enter_context(opened.pop_all())
    return True


def _is_held(path: Path) -> bool:
    """Whether somebody has the file's lock at this moment."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def holder_of(path: Path) -> int | None:
    """Process that holds the file's lock, as the kernel tells (Linux); None where nobody does or it cannot be seen."""
    try:
        seen, lines = path.stat(), Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    wanted = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}:{seen.st_ino}"
    found = (line.split() for line in lines if " FLOCK " in line and " -> " not in line)
    return next((int(words[4]) for words in found if words[5] == wanted and int(words[4]) > 0), None)


def account_of(pid: int) -> int | None:
    """Number of the account that runs a process; None where there is no such process."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return None


@contextmanager
def _taken(path: Path) -> Iterator[TextIOWrapper]:
    for _ in range(_TRIES):
        with _opened(path) as file:
            is_locked = _lock(file, path)
            if is_locked and path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                yield file
                return
        if not is_locked and not _replace_foreign(path):
            break
    raise SiteBusy(_busy(path))


def _opened(path: Path) -> TextIOWrapper:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")


def _lock(file: TextIOWrapper, path: Path) -> bool:
    """Whether this process holds it now."""
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    return True


def _replace_foreign(path: Path) -> bool:
    """Put the lock aside where another account holds it; True where it is worth to try again."""
    if not _is_foreign(path):
        return False
    path.parent.chmod(0o700)
    with _opened(path.with_name(_TURN)) as turn:
        fcntl.flock(turn.fileno(), fcntl.LOCK_EX)
        if _is_foreign(path):
            path.unlink()
    return True


def _is_foreign(path: Path) -> bool:
    """Whether the holder is known, and is neither this account, nor the one that owns the folder, nor the machine's."""
    holder = holder_of(path)
    owner = None if holder is None else account_of(holder)
    return owner is not None and owner not in (0, os.geteuid(), path.parent.stat().st_uid)


def _busy(path: Path) -> str:
    holder = holder_of(path)
    owner = None if holder is None else account_of(holder)
    said = (
        f"a process that cannot be seen from here; wait for it to end, or find it with `fuser {path}`"
        if owner is None
        else f"process {holder} of account {name_of(owner)}; wait for it to end"
    )
    told = path.read_text(encoding="ascii", errors="replace").split()
    who = {DESK: "the desk", COMMAND: "another command"}.get(told[-1] if told else "", "another night")
    return f"{path.parent.parent}: {who} is at work here ({said})"
