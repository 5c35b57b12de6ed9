"""The numbers of a site as Prometheus reads them: of the nights from what is kept of them, of plates and open items from the newest release.

The working database is not asked: a night that is at work would be disturbed, or would keep the answer waiting. No label holds a name.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pbis.config import Site
from pbis.core.errors import PbisError
from pbis.core.site_time import from_store
from pbis.files.table_out import or_nothing
from pbis.pipeline.channels import LATER, REFUSED
from pbis.pipeline.how_it_runs import last_end
from pbis.pipeline.last_night import NightsSoFar, read_nights
from pbis.pipeline.outbox import read_outbox
from pbis.pipeline.published import published_file
from pbis.pipeline.summary import Summary
from warehouse.asking import ask_release

_FOLDERS = ("warehouse", "releases", "archive", "state")


def prometheus_text(site: Site, now: datetime) -> str:
    """Text exposition, as the textfile collector takes it. now: in UTC, for the age of what waits."""
    registry = CollectorRegistry()
    registry.register(_Numbers(site, now))
    return generate_latest(registry).decode()


class _Numbers(Collector):
    """What is counted, at the moment at which it is asked for."""

    def __init__(self, site: Site, now: datetime) -> None:
        self._site, self._now = site, now

    def collect(self) -> Iterator[Metric]:
        kept = read_nights(self._site.path("state"))
        if kept is not None:
            yield from _of_nights(kept)
            yield from _of_last(kept.last)
        done = last_end(self._site)
        if done is not None:
            words = "When a night last came to its end"
            yield _one("last_night_done_timestamp_seconds", words, done.timestamp())
        yield from _of_release(self._site, self._now)
        yield _of_messages(self._site)
        yield from _of_disks(self._site)


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"pbis_{name}", words, value=value)


def _many(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"pbis_{name}", words, labels=[label])
    for said, value in values.items():
        family.add_metric([said], value)
    return family


def _of_nights(kept: NightsSoFar) -> Iterator[Metric]:
    nights = CounterMetricFamily("pbis_nights", "Nights by how they ended", labels=["state"])
    for state, count in kept.counts.items():
        nights.add_metric([state], count)
    yield nights
    ended = kept.last.ended_at.timestamp()
    yield _one("last_night_end_timestamp_seconds", "When the last night ended, however it did", ended)


def _of_last(last: Summary) -> Iterator[Metric]:
    words = "What the last night exited with: 0, 6 where something waits, 8 or 7 also where a lake lacks its release, else it was not done"
    yield _one("last_night_exit_code", words, last.exit_code)
    yield _one("last_night_seconds", "Seconds of the last night", (last.ended_at - last.begun_at).total_seconds())
    yield _one("last_night_refused_files", "Files that the last night refused", len(last.refused))
    yield _one("last_night_new_alarms", "Trend alarms that the last night found", sum(last.alarms.values()))
    yield _one("last_night_expected_missing", "Planned work that had not come", last.expected_count)
    yield _many("last_night_plates", "Plates by what the last night did with them", "done", last.plates)
    yield _many("last_night_step_seconds", "Seconds of the last night by step", "step", last.seconds)


def _of_release(site: Site, now: datetime) -> Iterator[Metric]:
    answers = "1 where the newest release answers"
    try:
        path = published_file(site.root)
        plates, items = (ask_release(path, name, {}).to_pylist() for name in ("count_plates", "count_open"))
    except PbisError:  # nothing is published yet, or what was is gone
        yield _one("release_readable", answers, 0)
        return
    yield _one("release_readable", answers, 1)
    states = {row["state"]: row["plates"] for row in plates}
    yield _many("plates", "Plates of the newest release by state", "state", states)
    waiting = GaugeMetricFamily("pbis_open_items", "What waits for a person, by kind", labels=["kind", "blocking"])
    for row in items:
        waiting.add_metric([row["kind"], str(row["is_blocking"]).lower()], row["items"])
    yield waiting
    since = [from_store(row["since"]) for row in items if row["since"] is not None]
    age = max(0.0, (now - min(since)).total_seconds()) if since else 0.0
    yield _one("oldest_open_item_age_seconds", "How long the oldest open item waits; 0 where none does", age)


def _of_messages(site: Site) -> Metric:
    counted = Counter(letter.state for letter in read_outbox(site.path("state")))
    words = "Messages that did not go: later, tried again; refused, not by itself"
    return _many("messages_unsent", words, "state", {state: counted[state] for state in (LATER, REFUSED)})


def _of_disks(site: Site) -> Iterator[Metric]:
    disks = {knob: shutil.disk_usage(site.folders[knob]) for knob in _FOLDERS if site.folders[knob].is_dir()}
    words = "bytes of the disk that a folder of the site lies on"
    yield _many("disk_free_bytes", f"Free {words}", "folder", {knob: disk.free for knob, disk in disks.items()})
    yield _many("disk_size_bytes", f"All {words}", "folder", {knob: disk.total for knob, disk in disks.items()})


def write_text(path: Path, text: str) -> None:
    """Put the text in the file's place at once, readable by the collector's account, which reads whenever it likes."""
    aside = path.with_name(f".{path.name}.aside")
    with or_nothing(aside):
        aside.write_text(text, encoding="utf-8")
        aside.chmod(0o644)
        aside.replace(path)
