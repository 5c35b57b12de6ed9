"""site.toml: every mistake is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbis.config import load_site
from pbis.core.errors import ConfigError
from pbis.pipeline.new_site import write_site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_site(tmp_path, name="a", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    return tmp_path


def test_what_init_writes_is_a_valid_site(folder: Path) -> None:
    site = load_site(folder)
    assert site.file.site.time_zone == "Europe/Berlin"
    assert site.path("inbox") == folder.resolve() / "inbox"
    assert (folder / "inbox" / "plates").is_dir()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('method = "robust"', 'method = "magic"', "method"),
        ('method = "robust"', 'metod = "robust"', "metod"),
        ("window_days = 7", 'window_days = "7"', "window_days"),
        ("window_days = 7", "window_days = -1", "window_days"),
        ("shard_size = 16", "shard_size = 0", "shard_size"),
        ('time_zone = "Europe/Berlin"', 'time_zone = "Europe/Atlantis"', "time_zone"),
    ],
)
def test_a_wrong_knob_is_refused_with_its_line(folder: Path, old: str, new: str, said: str) -> None:
    path = folder / "site.toml"
    text = path.read_text().replace(old, new)
    path.write_text(text)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if new in row)
    with pytest.raises(ConfigError, match=f"line {line}:.*") as caught:
        load_site(folder)
    assert said in str(caught.value) or "Atlantis" in str(caught.value)


@pytest.mark.parametrize("method", ["xponent", "instrument"])
def test_a_site_may_choose_any_method(folder: Path, method: str) -> None:
    path = folder / "site.toml"
    path.write_text(path.read_text("utf-8").replace('method = "robust"', f'method = "{method}"'), "utf-8")
    assert load_site(folder).file.assay.method == method


def test_a_folder_without_a_site_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pbis init"):
        load_site(tmp_path)


def test_paths_and_runner_do_not_change_the_configuration_s_hash(folder: Path) -> None:
    before = load_site(folder).config_hash
    path = folder / "site.toml"
    path.write_text(path.read_text().replace('engine = "prefect"', 'engine = "plain"'))
    assert load_site(folder).config_hash == before
    path.write_text(path.read_text().replace("window_days = 7", "window_days = 14"))
    assert load_site(folder).config_hash != before


def test_the_environment_chooses_the_engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBIS_ENGINE", "plain")
    assert load_site(folder).file.runner.engine == "plain"
    monkeypatch.setenv("PBIS_ENGINE", "magic")
    with pytest.raises(ConfigError, match="magic"):
        load_site(folder)
