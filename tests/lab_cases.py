"""Tables of laboratory results, a subject a case, as the join tests load them."""

from __future__ import annotations

HEAD = "subject | analyte | specimen | drawn | value | status | issued | reason\n"


def load(cases, prefix: str, table) -> None:
    """Each case a subject: name, then rows `specimen | drawn | value | status | issued | reason`, then the answer."""
    starts, draws, results = [], [], []
    for name, text, _ in table:
        subject = cases.add(name)
        starts.append(f"{subject} | 2026-03-10 09:00")
        draws.append(f"S-{subject} | {subject} | 2026-03-08 08:00")
        results += [f"{subject} | {prefix}{line.strip()}" for line in text.strip().splitlines()]
    cases.lab.treatments("subject | started\n" + "\n".join(starts))
    cases.lab.specimens("specimen | subject | drawn\n" + "\n".join(draws))
    cases.lab.labs(HEAD + "\n".join(line + " |" * (7 - line.count("|")) for line in results))
