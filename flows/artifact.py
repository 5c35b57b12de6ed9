"""What a night leaves for people on Prefect's page: counts, kinds and study ids; no name of a file, a plate or a patient."""

from __future__ import annotations

import re
from collections import Counter

from prefect.artifacts import create_markdown_artifact

from pbis.config import Site
from pbis.pipeline.outcome import Outcome

_MOST_SUBJECTS = 30  # whose scores wait; the desk has them all


def show_artifact(site: Site, outcome: Outcome) -> None:
    """One artifact a site, whose history is its nights."""
    create_markdown_artifact(
        key=artifact_key(site.file.site.name),
        markdown="\n".join(artifact_lines(outcome)),
        description=f"night {outcome.night_id}: {outcome.state}",
    )


def artifact_key(name: str) -> str:
    """`night-ward-7` for the site `Ward 7`: Prefect takes small letters, digits and hyphens alone."""
    return f"night-{re.sub(r'[^a-z0-9]+', '-', name.casefold()).strip('-') or 'site'}"


def artifact_lines(outcome: Outcome) -> list[str]:
    """The night in Markdown."""
    waiting = Counter(item.kind for item in outcome.open_items if item.is_blocking)
    subjects = sorted({item.subject_id for item in outcome.open_items if item.is_blocking and item.subject_id})
    more = f" and {len(subjects) - _MOST_SUBJECTS} more" if len(subjects) > _MOST_SUBJECTS else ""
    rows = [
        ("plates loaded", outcome.plates_loaded),
        ("files refused, whole or in part", len(outcome.refused) + len(outcome.refused_parts)),
        *((f"patients {name.replace('_', ' ')}", outcome.groups[name]) for name in outcome.groups),
        *((f"waiting: {kind.replace('_', ' ')}", count) for kind, count in sorted(waiting.items())),
        ("trend alarms", len(outcome.alarms)),
    ]
    lines = [f"Night {outcome.night_id}: {outcome.state.replace('_', ' ')}", "", "| what | count |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in rows]
    return lines + (["", f"Waiting: {', '.join(subjects[:_MOST_SUBJECTS])}{more}"] if subjects else [])
