"""Workers of a Dask cluster beside a night, on this machine or on others; what they do is what processes of the night's would do.

They see no disk of the night's: exports go to them as bytes, pages come back as text, and only the night writes. A piece whose worker was
killed Dask gives to another; what no worker could do, or what nobody is left for, the night does itself. Where there is no cluster to be had, or
one that would compute otherwise than the night, processes of its own help it, and a note says so.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import pickle
import secrets
import select
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from pbis.config import Site
from pbis.core.errors import ConfigError
from pbis.packages import need
from pbis.pipeline.child import end, start
from pbis.pipeline.cluster_settings import distributed
from pbis.pipeline.crew import Ahead, Crew, Given, InHand, Piece, Task, Workers, by_cores, crew_of
from pbis.pipeline.packed import packed
from pbis.pipeline.within import within

Identity = tuple[tuple[str, str], ...]  # as pbis.pipeline.cluster_task tells it

_CANCELLED = (asyncio.CancelledError, concurrent.futures.CancelledError)  # Dask has raised either

_LOCAL = "pbis.pipeline.cluster_local"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CERTIFICATES = ("ca.pem", "cert.pem", "key.pem")
_REACH_S = 30.0  # until a scheduler answers: more than a new connection takes on a busy machine
_START_S = 180.0  # until a cluster of this machine is there, and until all workers have answered: each imports the program first
_LOOK_S = 1.0  # between two looks whether anybody is still at work
_NOBODY_S = 90.0  # without any worker, until the night does the rest itself: Dask starts a killed one again in seconds
_PATIENCE_S = 15.0  # for the cluster of a night that was told to end


def require_cluster(site: Site) -> None:
    """ConfigError, with the line, where site.toml asks for Dask and the extra is missing, or the cluster could be anybody's."""
    knobs = site.file.runner
    if knobs.kind != "dask":
        return
    try:
        need("dask")
    except ConfigError as error:
        raise ConfigError(f"{site.where('kind', 'runner')}: [runner] kind is dask: {error}") from None
    if knobs.dask_address:
        _require_safe(site, knobs.dask_address)
    if knobs.dask_certificates:
        folder = site.root / knobs.dask_certificates
        missing = [name for name in _CERTIFICATES if not (folder / name).is_file()]
        if missing:
            where = site.where("dask_certificates", "runner")
            raise ConfigError(
                f"{where}: expected {', '.join(_CERTIFICATES)} in {folder}; {', '.join(missing)} is missing"
            )


def _require_safe(site: Site, address: str) -> None:
    """Who reaches a scheduler of Dask runs code as its account, and sees what goes by: outside this machine TLS keeps others out."""
    scheme, host, port = _parts(address)
    where = site.where("dask_address", "runner")
    if scheme not in ("tcp", "tls") or not host or not port.isdigit():
        raise ConfigError(f"{where}: expected an address like tls://scheduler.lab.example:8786; found {address!r}")
    if scheme == "tcp" and host not in _LOOPBACK:
        raise ConfigError(
            f"{where}: {address} is another machine without TLS, where anybody in the network could read exports and run programs as the "
            "service; expected tls://HOST:PORT with dask_certificates (docs/running.md)"
        )
    if scheme == "tls" and not site.file.runner.dask_certificates:
        raise ConfigError(f"{where}: {address} needs dask_certificates, a folder with {', '.join(_CERTIFICATES)}")


def _parts(address: str) -> tuple[str, str, str]:
    """Scheme, host and port."""
    scheme, _, place = address.partition("://")
    host, _, port = place.rpartition(":")
    return scheme, host.strip("[]"), port


@contextmanager
def crew_for(site: Site) -> Iterator[Crew]:
    """The crew that site.toml asks for. Raises ConfigError."""
    require_cluster(site)
    knobs = site.file.runner
    if knobs.kind != "dask":
        with crew_of(knobs.workers) as crew:
            yield crew
        return
    cluster = Cluster(site)
    try:
        yield cluster
    finally:
        cluster.end()


class Cluster(Crew):
    """The crew of a night whose site asks for Dask."""

    def __init__(self, site: Site) -> None:
        self._site, self._knobs = site, site.file.runner
        self._night = hashlib.sha256(str(site.root).encode()).hexdigest()[:8] + secrets.token_hex(4)
        self._process: subprocess.Popen[bytes] | None = None
        self._client: Any = None
        self._instead: Workers | None = None
        self._alone_since: float | None = None
        self._notes: list[str] = []
        self._like = ""
        self.has_much = False
        self.is_gone = False  # nobody is left who could do anything

    @property
    def is_at_work(self) -> bool:
        return self._client is not None or (self._instead is not None and self._instead.is_at_work)

    @property
    def is_near(self) -> bool:
        return self._client is None

    @property
    def lost(self) -> int:
        return self._instead.lost if self._instead else 0

    @property
    def said(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def begin(self, tools: Any, *, is_worth_it: bool) -> None:
        if self.is_at_work or self._notes or not (is_worth_it or self._knobs.workers):
            return
        self.has_much = is_worth_it
        trouble = self._joined(packed(tools))
        if trouble:
            self._notes.append(f"{trouble}; processes of this machine helped the night instead, with the same results")
            self._close()
            self._instead = Workers(self._knobs.workers or by_cores(), is_bound=True)
            self._instead.begin(tools, is_worth_it=is_worth_it)

    def ahead(self, task: Task[Given, Piece], given: Iterable[Given], at_once: int | None = None) -> Ahead[Piece]:
        if self._client is None:
            return self._instead.ahead(task, given, at_once) if self._instead else Ahead()
        return InHand(lambda one: self._submit(task, one), iter(given), max(at_once or 0, 2 * self._threads()))

    def end(self) -> None:
        """Let the cluster go, whatever it is at, and with it what it knows of the night."""
        self._close()
        if self._instead:
            self._instead.end()

    def _joined(self, tools: bytes) -> str:
        """'' where the cluster is at work, else what is wrong with it."""
        try:
            dask = distributed()
            from pbis.pipeline.cluster_task import Bringing, identity, likeness

            address, security = self._place(dask)
            # Workers of this machine are asked for what they made; those of others may be reached by their scheduler alone.
            is_direct = not self._knobs.dask_address
            self._client = dask.Client(
                address, security=security, timeout=_REACH_S, set_as_default=False, direct_to_workers=is_direct
            )
            other = unlike(identity(), within(_START_S, partial(self._client.run, identity)))
            if other:
                return f"the Dask cluster {self._called} was not used: {other}"
            within(_START_S, partial(self._client.register_plugin, Bringing(self._night, tools)))
            self._like = likeness()
            return ""
        except Exception as error:  # whatever a network, a cluster of others or a process that does not start can do
            said = str(error).partition("\n")[0][:200]
            return f"the Dask cluster {self._called} is not to be had ({type(error).__name__}: {said})"

    @property
    def _called(self) -> str:
        return self._knobs.dask_address or "of this machine"

    def _place(self, dask: Any) -> tuple[str, Any]:
        """Address of the scheduler, and by what it knows the night."""
        if not self._knobs.dask_address:
            count = self._knobs.workers or by_cores()
            self._process = start(_LOCAL, (count,), speaks=subprocess.PIPE)
            assert self._process.stdout is not None
            if not select.select([self._process.stdout], [], [], _START_S)[0]:
                raise TimeoutError(f"it did not start within {_START_S:.0f} s")
            address, security = pickle.load(self._process.stdout)  # written by this program
            return address, security
        _, host, port = _parts(self._knobs.dask_address)
        with socket.create_connection((host, int(port)), _REACH_S):  # Dask would try again and again
            pass
        folder = self._site.root / self._knobs.dask_certificates
        if not self._knobs.dask_address.startswith("tls"):
            return self._knobs.dask_address, None
        ca, cert, key = (str(folder / name) for name in _CERTIFICATES)
        known = dask.Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)
        return self._knobs.dask_address, known

    def _submit(self, task: Task[Given, Piece], given: Given) -> _Asked:
        from pbis.pipeline.cluster_task import ask, done

        if self.is_gone:
            return _Asked(self, None)
        try:
            asked = ask(task, given)
            key = f"pbis-{task.__name__}-{secrets.token_hex(8)}"  # no name of a file: a cluster shows its keys
            return _Asked(self, self._client.submit(done, self._night, self._like, asked, key=key, pure=False))
        except Exception:  # it cannot be packed, or there is no cluster any more: the night needs neither
            return _Asked(self, None)

    def look(self) -> None:
        """Whether anybody is left who could do what was asked; where nobody is for long, the night does the rest itself."""
        if self._is_manned():
            self._alone_since = None
            return
        now = time.monotonic()
        self._alone_since = self._alone_since or now
        if now - self._alone_since > _NOBODY_S or self._client.status == "closed" or self._has_ended():
            self.give_up()

    def give_up(self) -> None:
        """From now on the night does all itself."""
        self.is_gone = True
        self._notes.append(
            f"the Dask cluster {self._called} was lost in the middle of this night; the night did the rest itself, with the same results"
        )

    def _is_manned(self) -> bool:
        return not self._has_ended() and self._threads() > 0

    def _threads(self) -> int:
        """How many pieces the cluster can be at; none where it does not answer."""
        try:
            if self._client.status != "running":
                return 0
            return sum(self._client.nthreads(callback_timeout=_REACH_S).values())
        except Exception:  # a scheduler that is gone is told in many ways
            return 0

    def _has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                if not self.is_gone:
                    within(_PATIENCE_S, partial(client.unregister_worker_plugin, f"pbis-{self._night}"))
            with suppress(Exception):
                client.close(timeout=_LOOK_S)
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
            end(self._process, after_s=_PATIENCE_S)
            self._process = None


class _Asked:
    """A piece that the cluster was asked for; None: nobody was."""

    def __init__(self, cluster: Cluster, future: Any) -> None:
        self._cluster, self._future = cluster, future

    def result(self) -> tuple[Any] | None:
        """What a worker made of it, alone in a tuple; None where the night has to."""
        from pbis.pipeline.cluster_task import answer

        while self._future is not None and not self._cluster.is_gone:
            try:
                made: tuple[Any] | None = answer(self._future.result(timeout=_LOOK_S))
                return made
            except TimeoutError:
                self._cluster.look()
            except _CANCELLED:  # the scheduler dropped its client, or is gone
                self._cluster.give_up()
            except Exception:  # its worker was killed once more than Dask tries it
                self._future = None
        return None


def unlike(mine: Identity, theirs: Mapping[str, Identity]) -> str:
    """'' where every worker would make the same as this process, else the first thing that is another."""
    if not theirs:
        return "it has no worker"
    for address, known in sorted(theirs.items()):
        for (what, expected), (_, found) in zip(mine, known, strict=True):
            if expected != found:
                return f"its worker {address} has another {what} than this machine, so that its numbers could differ: expected {expected}, found {found}"
    return ""
