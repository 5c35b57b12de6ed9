"""A desk whose people sign in at a provider, and the provider, which runs as a process of its own."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from pbis.config import load_site
from pbis.desk.provider import provider_of
from pbis.desk.routing import DeskSite
from pbis.pipeline.night import utc_clock

SECRET = "kept-between-desk-and-provider"
TITLE = "the hospital"
BEN = {"preferred_username": "Ben", "name": "Ben Meyer", "groups": ["lab", "desk-reviewers"]}
HTTP = httpx.Client(verify=ssl.create_default_context(), trust_env=False)


@contextmanager
def provider_running() -> Iterator[str]:
    """Its address."""
    words = [sys.executable, Path(__file__).parent / "desk" / "oidc_provider.py", SECRET]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def with_provider(bare: DeskSite, issuer: str) -> DeskSite:
    """The desk of that site, whose people sign in there, by the clock of the machine."""
    with (bare.root / "site.toml").open("a") as file:
        file.write(
            f'\n[desk.oidc]\nissuer = "{issuer}"\nclient_id = "desk"\nsecret_file = "oidc.secret"\ntitle = "{TITLE}"\n'
            'roles = { desk-reviewers = "reviewer", desk-approvers = "approver" }\n'
        )
    (bare.root / "oidc.secret").write_text(f"{SECRET}\n")
    (bare.root / "oidc.secret").chmod(0o600)
    sessions = replace(bare.sessions, clock=utc_clock)
    return replace(bare, clock=utc_clock, sessions=sessions, provider=provider_of(load_site(bare.root), utc_clock))


def will_say(issuer: str, /, **said: Any) -> None:
    """What the provider answers to whoever signs in next: that it is Ben, if nothing else is told."""
    HTTP.get(f"{issuer}/next", params={"say": json.dumps({"claims": BEN} | said)}).raise_for_status()
