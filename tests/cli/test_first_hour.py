"""The first hour: a wrong choice is refused before it is written, a site is found, and a misspelt name is answered by the nearest."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flows.runner import run_night
from pbis.cli import commands
from pbis.cli.init import init
from pbis.cli.site_option import site_option
from pbis.config import load_site
from pbis.core.errors import ConfigError
from pbis.core.words import nearest
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site

SET = "pbis-2025-il2-pgml"


@pytest.mark.parametrize(
    ("option", "told", "words"),
    [
        ("--time-zone", "Europe/Berlinn", "nearest: Europe/Berlin"),
        ("--panel", "human-cytokine-8plex", "nearest: human-cytokine-7plex"),
        ("--cutoff-set", "pbis-2025-il2", f"nearest: {SET}"),
        ("--il12-analyte", "il-12", "nearest: IL-12p70"),
        ("--il2-analyte", "IL2", "nearest: IL-2"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_before_anything_is_written(tmp_path, option, told, words) -> None:
    done = CliRunner().invoke(init, [str(tmp_path / "s"), option, told])
    assert isinstance(done.exception, ConfigError)
    assert words in str(done.exception)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (SET, "", "line 20: no cut-off set is chosen"),
        (SET, "pbis-2025", "line 20: unknown cut-off set 'pbis-2025'"),
        ('"IL-12p70"', '"IL-12"', "which no kit of the site measures; .*nearest: IL-12p70"),
    ],
)
def test_a_broken_site_is_refused_before_an_engine_starts(tmp_path: Path, before, after, words) -> None:
    path = write_site(tmp_path, name="a", cutoff_set=SET)
    path.write_text(path.read_text().replace(before, after, 1) if before != SET else _chosen(path, after))
    with pytest.raises(ConfigError, match=words):
        run_night(load_site(tmp_path), NightOptions(), Silent(), engine="prefect")
    assert not (tmp_path / "state" / "prefect").exists()
    assert not (tmp_path / "warehouse").exists()


def _chosen(path: Path, name: str) -> str:
    return path.read_text().replace(f'cutoff_set = "{SET}"', f'cutoff_set = "{name}"')


@click.command()
@site_option()
def _where(site: Path) -> None:
    click.echo(site)


def test_a_site_is_told_or_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told first, then the environment, then upwards; a site below is only proposed."""
    write_site(tmp_path / "lab" / "site", name="a")
    run = CliRunner()
    monkeypatch.delenv("PBIS_SITE", raising=False)
    monkeypatch.chdir(tmp_path / "lab" / "site" / "inbox" / "plates")
    assert run.invoke(_where).output.strip() == str(tmp_path / "lab" / "site")
    assert run.invoke(_where, ["--site", "x"]).output.strip() == "x"
    monkeypatch.chdir(tmp_path)
    refused = run.invoke(_where)
    assert refused.exit_code == 2
    assert "found below: --site lab/site" in refused.output
    monkeypatch.setenv("PBIS_SITE", "elsewhere")
    assert run.invoke(_where).output.strip() == "elsewhere"


def test_an_unknown_command_is_answered_by_the_nearest() -> None:
    assert "there is no command 'nigth', nearest: night" in CliRunner().invoke(commands, ["nigth"]).output
    assert "nearest: exclude" in CliRunner().invoke(commands, ["decide", "exlude"]).output


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("d4", ["D3", "D4"], ", nearest: D4"),
        ("il2", ["IL-12p70", "IL-2"], ", nearest: IL-2"),
        ("IL-12", ["IL-2", "IL-12p70"], ", nearest: IL-12p70"),
        ("xyz", ["IL-2"], ""),
        ("", ["IL-2"], ""),
    ],
)
def test_nearest(word: str, known: list[str], found: str) -> None:
    assert nearest(word, known) == found
