"""site.toml: every mistake is named with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbis.config import load_site
from pbis.core.errors import ConfigError
from pbis.labs.digest import digest
from pbis.labs.load import FOLDER
from pbis.pipeline.new_site import write_site
from pbis.pipeline.settings import load_settings


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
    ("section", "old", "new", "said"),
    [
        ("assay", '["human-cytokine-7plex"]', "[3]", "assay.panels: expected `str`, got `int`; found panels = [3]"),
        (
            "score",
            "panels = []",
            'panels = [["a"]]',
            'score.panels: expected `str`, got `array`; found panels = [["a"]]',
        ),
        ("score", "panels = []", "panels = 5", "score.panels: expected `array`, got `int`; found panels = 5"),
    ],
)
def test_a_knob_that_two_sections_have_is_named_with_the_line_of_its_own(
    folder: Path, section: str, old: str, new: str, said: str
) -> None:
    path = folder / "site.toml"
    path.write_text(path.read_text().replace(old, new))
    lines = path.read_text().splitlines()
    start = lines.index(f"[{section}]")
    line = 1 + next(n for n in range(start, len(lines)) if lines[n].startswith("panels ="))
    with pytest.raises(ConfigError, match=re.escape(f"site.toml, line {line}: {said}")):
        load_site(folder)


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


def test_a_lake_leaves_the_working_file_where_it_is_and_changes_no_result(folder: Path) -> None:
    before = load_site(folder)
    assert before.lake is None
    told = 'warehouse = "ducklake:postgres:dbname=lake host=db.lab"\nlake_data = "/srv/lake" #'
    path = folder / "site.toml"
    text = path.read_text().replace('lake_data = ""', "").replace('warehouse = "warehouse/working.duckdb"', told)
    path.write_text(text)
    site = load_site(folder)
    assert site.path("warehouse") == before.path("warehouse") == folder.resolve() / "warehouse/working.duckdb"
    assert site.lake is not None
    assert (site.lake.catalog, site.lake.data) == ("dbname=lake host=db.lab", Path("/srv/lake"))
    assert (site.config_hash, site.folders) == (before.config_hash, before.folders)


@pytest.mark.parametrize(
    ("warehouse", "data", "said"),
    [
        ("ducklake:postgres:dbname=lake", "", "a lake needs lake_data beside it: expected an absolute path"),
        ("ducklake:postgres:dbname=lake", "lake", "expected an absolute path that all its machines see; found 'lake'"),
        ("ducklake:postgres:dbname=lake password=secret", "/srv/lake", "expected no password, found one"),
        ("ducklake:postgres:postgresql://pbis:secret@db/lake", "/srv/lake", "expected no password, found one"),
        ("ducklake:lake.duckdb", "/srv/lake", "expected a path or ducklake:postgres:dbname=... host=...; found"),
        ("warehouse/working.duckdb", "/srv/lake", "lake_data: expected ducklake:postgres:... as warehouse"),
    ],
)
def test_a_lake_that_no_other_machine_would_find_is_refused_and_no_password_is_told(
    folder: Path, warehouse: str, data: str, said: str
) -> None:
    path = folder / "site.toml"
    text = path.read_text().replace('lake_data = ""', f'lake_data = "{data}"')
    path.write_text(text.replace('warehouse = "warehouse/working.duckdb"', f'warehouse = "{warehouse}"'))
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        load_site(folder)
    assert re.search(r"site\.toml, line \d+: \[paths\]", str(caught.value))
    assert "secret" not in str(caught.value)


def test_a_site_file_in_another_encoding_is_refused_with_its_line(folder: Path) -> None:
    path = folder / "site.toml"
    path.write_bytes("[site]\nname = 'Münster'\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"site\.toml, line 2: expected UTF-8, found other bytes"):
        load_site(folder)


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


def test_a_knob_that_is_younger_than_the_site_changes_nothing_until_it_is_turned(folder: Path) -> None:
    path = folder / "site.toml"
    named, line = load_site(folder).config_hash, 'below_at_cut = "zero"\n'
    text = path.read_text("utf-8")
    path.write_text(text.replace(line, ""), "utf-8")
    assert load_site(folder).config_hash == named
    path.write_text(text.replace(line, 'below_at_cut = "unknown"\n'), "utf-8")
    assert load_site(folder).config_hash != named


def test_the_environment_chooses_the_engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBIS_ENGINE", "plain")
    assert load_site(folder).file.runner.engine == "plain"
    monkeypatch.setenv("PBIS_ENGINE", "magic")
    with pytest.raises(ConfigError, match="magic"):
        load_site(folder)


def test_what_a_site_names_lies_beside_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (folder / "site.toml").write_text(
        (folder / "site.toml")
        .read_text()
        .replace('labs_map = "default"', 'labs_map = "maps/own.toml"')
        .replace('suite_override = ""', 'suite_override = "own.json"')
        .replace('archive = "archive"', 'archive = "../kept"')
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    site = load_site(folder)
    root = folder.resolve()
    assert site.labs_map == str(root / "maps" / "own.toml")
    assert site.suite_override == root / "own.json"
    assert site.path("archive") == root / ".." / "kept"
    assert all(site.path(name).is_relative_to(root) for name in site.file.paths.__struct_fields__)
    assert site.own("our-panel.toml") == str(root / "our-panel.toml")
    assert site.own("human-cytokine-7plex") == "human-cytokine-7plex"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('labs_map = "default"', 'labs_map = "own.toml"', "own.toml: expected a labs map.*found no such file"),
        ('labs_map = "default"', 'labs_map = "defualt"', "no labs map is called 'defualt'.*nearest: default"),
        ('suite_override = ""', 'suite_override = "own.json"', "own.json: cannot be read"),
        ('panels = ["human-cytokine-7plex"]', 'panels = ["own.toml"]', "own.toml"),
    ],
)
def test_a_file_that_is_missing_is_a_matter_of_configuration(folder: Path, old: str, new: str, said: str) -> None:
    path = folder / "site.toml"
    text = path.read_text().replace(old, new)
    path.write_text(text)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if new in row)
    with pytest.raises(ConfigError, match=rf"site\.toml, line {line}: .*{said}"):
        load_settings(load_site(folder))


def test_a_night_reads_with_the_map_beside_the_site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = (FOLDER / "maps" / "default.toml").read_text().replace('name = "default"', 'name = "ours"')
    (folder / "own.toml").write_text(own)
    path = folder / "site.toml"
    path.write_text(path.read_text().replace('labs_map = "default"', 'labs_map = "own.toml"'))
    monkeypatch.chdir("/")
    site = load_site(folder)
    assert load_settings(site).labs_map.name == "ours"
    before = digest(site.labs_map)
    (folder / "own.toml").write_text(own + '[code]\n"4711" = "crp"\n')
    assert digest(site.labs_map) != before
