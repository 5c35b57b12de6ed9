"""`pbis release`: the dated copies that people query."""

from __future__ import annotations

import click

from pbis.cli.groups import NamedGroup
from pbis.cli.release_diff import diff


@click.group(cls=NamedGroup)
def release() -> None:
    """The dated copies that people query: what changed between two of them."""


release.add_command(diff)
