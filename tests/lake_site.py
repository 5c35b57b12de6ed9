"""Sites with other knobs than they were written with, and with a lake of their own; what a lake must hold after nights."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from postgres import PostgresServer

import warehouse
from pbis.config import Site, load_site
from pbis.pipeline.lake import lake_faults, sealed_releases
from pbis.pipeline.ledger import read_ledger


def with_knobs(site: Site, **knobs: str) -> Site:
    """The site, each knob of site.toml written anew as TOML has it; a knob that is not there, or twice, is a mistake of the test."""
    file = site.root / "site.toml"
    lines = file.read_text().splitlines()
    at = [line.partition(" = ")[0] for line in lines]
    for knob, value in knobs.items():
        assert at.count(knob) == 1, knob
        lines[at.index(knob)] = f"{knob} = {value}"
    file.write_text("\n".join(lines))
    return load_site(site.root)


def with_new_lake(site: Site, postgres: PostgresServer, data: Path) -> Site:
    """The site with a lake in which nothing is yet. data: its folder, made here."""
    data.mkdir()
    catalog = postgres.database(f"site_{uuid4().hex}")
    return with_knobs(site, warehouse=f'"ducklake:postgres:{catalog}"', lake_data=f'"{data}"')


def lake_has_each_release_once(site: Site) -> int:
    """Every release of the ledger is one snapshot, each of its files as its manifest has it; how many releases."""
    assert site.lake is not None
    with warehouse.open_lake(site.lake, is_reader=True) as con:
        held = [each.release for each in warehouse.snapshots(con) if each.release]
    entries = read_ledger(site.path("state"))
    assert held == list(sealed_releases(entries))
    assert lake_faults(site, entries) == ([], [])
    return len(held)
