"""The numbers of a site as Prometheus reads them: of the nights from what is kept of them, of plates and open items from the newest release.

The working database is not asked: a night that is at work would be disturbed, or would keep the answer waiting. No label holds a name.
"""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, disable_created_metrics, generate_latest
from prometheus_client import Counter as Counted

from pbis.config import Site
from pbis.core.errors import PbisError
from pbis.core.site_time import from_store
from pbis.pipeline.last_night import read_nights
from pbis.pipeline.outbox import read_outbox
from pbis.pipeline.published import run_query

_PLATES = "select state, count(*)::integer as plates from plate group by state order by state"
_OPEN = """
    select kind, blocks is not null as is_blocking, sum(item_count)::integer as items, min(started_at) as since
    from open_item
    left join night on night.night_id = open_item.since_night
    group by all
    order by all
"""
_FOLDERS = ("warehouse", "releases", "archive", "state")


def prometheus_text(site: Site, now: datetime) -> str:
    """Text exposition, as the textfile collector takes it. now: in UTC, for the age of what waits."""
    disable_created_metrics()  # else each counter has a second series, of when this process made it
    registry = CollectorRegistry()
    _of_nights(site, registry)
    _of_release(site, registry, now)
    _of_messages(site, registry)
    _of_disks(site, registry)
    return generate_latest(registry).decode()


def _gauge(registry: CollectorRegistry, name: str, words: str, labels: tuple[str, ...] = ()) -> Gauge:
    return Gauge(f"pbis_{name}", words, labels, registry=registry)


def _of_nights(site: Site, registry: CollectorRegistry) -> None:
    kept = read_nights(site.path("state"))
    if kept is None:
        return
    nights = Counted("pbis_nights", "Nights by how they ended", ("state",), registry=registry)
    for state, count in kept.counts.items():
        nights.labels(state).inc(count)
    last = kept.last
    _gauge(registry, "last_night_end_timestamp_seconds", "When the last night ended, however it did").set(
        last.ended_at.timestamp()
    )
    if kept.done_at is not None:
        _gauge(registry, "last_night_done_timestamp_seconds", "When a night last came to its end").set(
            kept.done_at.timestamp()
        )
    _gauge(
        registry, "last_night_exit_code", "What the last night exited with: 0, 6 something waits, else it was not done"
    ).set(last.exit_code)
    _gauge(registry, "last_night_refused_files", "Files that the last night refused").set(len(last.refused))
    _gauge(registry, "last_night_new_alarms", "Trend alarms that the last night found").set(sum(last.alarms.values()))
    _gauge(registry, "last_night_expected_missing", "Planned work that had not come").set(last.expected_count)
    plates = _gauge(registry, "last_night_plates", "Plates by what the last night did with them", ("done",))
    for name, count in last.plates.items():
        plates.labels(name).set(count)
    seconds = _gauge(registry, "last_night_step_seconds", "Seconds of the last night by step", ("step",))
    for name, took in last.seconds.items():
        seconds.labels(name).set(took)


def _of_release(site: Site, registry: CollectorRegistry, now: datetime) -> None:
    try:
        plates = run_query(site.root, _PLATES).to_pylist()
        items = run_query(site.root, _OPEN).to_pylist()
    except PbisError:  # nothing is published yet, or what was is gone: pbis_release_readable says it
        _gauge(registry, "release_readable", "1 where the newest release answers").set(0)
        return
    _gauge(registry, "release_readable", "1 where the newest release answers").set(1)
    by_state = _gauge(registry, "plates", "Plates of the newest release by state", ("state",))
    for row in plates:
        by_state.labels(row["state"]).set(row["plates"])
    opened = _gauge(registry, "open_items", "What waits for a person, by kind", ("kind", "blocking"))
    for row in items:
        opened.labels(row["kind"], str(row["is_blocking"]).lower()).set(row["items"])
    since = [from_store(row["since"]) for row in items if row["since"] is not None]
    age = max(0.0, (now - min(since)).total_seconds()) if since else 0.0
    _gauge(registry, "oldest_open_item_age_seconds", "How long the oldest open item waits; 0 where none does").set(age)


def _of_messages(site: Site, registry: CollectorRegistry) -> None:
    waiting = _gauge(
        registry, "messages_unsent", "Messages that did not go, by whether they are tried again", ("state",)
    )
    counted = Counter(letter.state for letter in read_outbox(site.path("state")))
    for state in ("later", "refused"):
        waiting.labels(state).set(counted[state])


def _of_disks(site: Site, registry: CollectorRegistry) -> None:
    free = _gauge(registry, "disk_free_bytes", "Free bytes of the disk that a folder of the site lies on", ("folder",))
    size = _gauge(registry, "disk_size_bytes", "Bytes of the disk that a folder of the site lies on", ("folder",))
    for knob in _FOLDERS:
        folder = site.folders[knob]
        if folder.is_dir():
            disk = shutil.disk_usage(folder)
            free.labels(knob).set(disk.free)
            size.labels(knob).set(disk.total)


def write_text(path: Path, text: str) -> None:
    """Put the text in the file's place at once, readable by the collector's account, which reads whenever it likes."""
    aside = path.with_name(f".{path.name}.aside")
    aside.write_text(text, encoding="utf-8")
    aside.chmod(0o644)
    aside.replace(path)
