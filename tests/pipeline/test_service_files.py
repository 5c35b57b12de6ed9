"""Units and container file that a site writes: taken by systemd, closed, without a secret, and naming commands that are there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from conftest import NO_SYSTEMD

from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.errors import ConfigError
from pbis.pipeline.new_site import write_site
from pbis.pipeline.service_files import ServiceChoices, service_files, write_service_files

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason=NO_SYSTEMD)
UNITS = ("pbis-desk.service", "pbis-night.service", "pbis-night.timer", "pbis-serve.service")
MOST_EXPOSED = 30  # tenths, of systemd's own scale from 0 to 100; a unit without any of it has 96


def site_of(root: Path) -> Site:
    write_site(root, name="Ward 7 at 100 %", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    return load_site(root)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    site = site_of(tmp_path_factory.mktemp("lab") / "site")
    paths = write_service_files(site, ServiceChoices("03:00", "root", Path(shutil.which("true") or "/bin/true")))
    return {path.name: path.read_text() for path in paths}


@needs_systemd
def test_systemd_takes_the_units(written: dict[str, str], tmp_path: Path) -> None:
    for name in UNITS:
        (tmp_path / name).write_text(written[name])
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in UNITS)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, [line for line in done.stderr.splitlines() if "pbis-" in line]) == (0, [])


@needs_systemd
@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_systemd_itself_says_that_a_unit_is_closed(name: str, written: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / name).write_text(written[name])
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", tmp_path / name],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-400:]


def test_a_service_that_is_stopped_while_it_begins_has_not_failed(written: dict[str, str]) -> None:
    for name in (name for name in UNITS if name.endswith(".service")):
        kept = [line.partition("=")[2].split() for line in written[name].splitlines() if "SuccessExitStatus=" in line]
        assert ["130" in codes for codes in kept] == [True], name


def test_units_let_the_account_write_into_the_site_alone(written: dict[str, str], tmp_path: Path) -> None:
    for name in (name for name in UNITS if name.endswith(".service")):
        said = dict(line.partition("=")[::2] for line in written[name].splitlines() if "=" in line and line[0] != "#")
        assert said["NoNewPrivileges"] == "yes"
        assert said["ProtectSystem"] == "strict"
        assert said["ReadWritePaths"].split() == [said["WorkingDirectory"]]
        assert said["User"] == "root"
    site = site_of(tmp_path / "site")
    text = (site.root / "site.toml").read_text()
    (site.root / "site.toml").write_text(text.replace('archive = "archive"', 'archive = "/mnt/archive"'))
    unit = service_files(load_site(site.root), ServiceChoices("03:00", "a", Path("/bin/pbis")))["pbis-serve.service"]
    assert f"ReadWritePaths={site.root} /mnt/archive\n" in unit
    assert f"RequiresMountsFor={site.root} /mnt/archive\n" in unit


MAIL = '\n[notify.email]\nhost = "{}"\nfrom = "a@b.example"\nto = ["c@b.example"]\n'
HOOK = '\n[notify.webhook]\nurl = "{}"\nproxy = "{}"\n'
LAKE = 'warehouse = "ducklake:postgres:{}"\nlake_data = "/mnt/lake"'


@pytest.mark.parametrize(
    ("knob", "value", "reached"),
    [
        ('api_url = ""', 'api_url = "https://prefect.lab.example/api"', "[runner] prefect_api_url prefect.lab.example"),
        ('api_url = ""', 'api_url = "http://127.0.0.1:4200/api"', ""),
        ('dask_address = ""', 'dask_address = "tls://many.lab.example:8786"', "[runner] dask_address many.lab.example"),
        ("\n[paths]", MAIL.format("smtp.lab.example") + "\n[paths]", "[notify.email] smtp.lab.example"),
        ("\n[paths]", MAIL.format("localhost") + "\n[paths]", ""),
        ("\n[paths]", HOOK.format("https://u:s@hook.example:8443/of-nobody-else", "") + "\n[paths]", "[notify.webhook] hook.example"),
        ("\n[paths]", HOOK.format("https://hook.example/x", "http://127.0.0.1:3128") + "\n[paths]", ""),
        ('warehouse = "warehouse/working.duckdb"', LAKE.format("dbname=pbis host=pg.lab.example"), "[paths] warehouse pg.lab.example"),
        ('warehouse = "warehouse/working.duckdb"', LAKE.format("postgresql://pbis@pg.lab.example/pbis"), "[paths] warehouse pg.lab.example"),
        ('warehouse = "warehouse/working.duckdb"', LAKE.format("dbname=pbis host=/run/postgresql"), ""),
    ],
)  # fmt: skip
def test_a_site_that_reaches_something_elsewhere_may_and_others_reach_nothing(
    tmp_path: Path, knob: str, value: str, reached: str
) -> None:
    """A mail that no unit lets out is a night that nobody is told of."""
    site = site_of(tmp_path / "site")
    text = (site.root / "site.toml").read_text()
    assert text.count(knob) == 1
    (site.root / "site.toml").write_text(
        text.replace(knob, value).replace('lake_data = ""', "") if "lake" in value else text.replace(knob, value)
    )
    site = load_site(site.root)
    files = service_files(site, ServiceChoices("03:00", "a", Path("/bin/pbis")))
    for name in ("pbis-serve.service", "pbis-night.service"):
        lines = files[name].splitlines()
        assert ("IPAddressDeny=any" in lines, "After=network-online.target" in lines) == (not reached, bool(reached))
        assert ("site.toml names elsewhere: " + reached in files[name]) == bool(reached)
        assert ("/mnt/lake" in files[name]) == (site.lake is not None)
    assert ("--network none" in files["Containerfile"]) == (not reached)
    assert "of-nobody-else" not in "".join(files.values())


def test_no_file_holds_a_secret_and_the_container_s_account_is_not_root(written: dict[str, str]) -> None:
    for text in written.values():
        assert not re.search(r"(AUTH|PASSWORD|SECRET|TOKEN)\w*\s*=", text, flags=re.IGNORECASE)
    lines = written["Containerfile"].splitlines()
    assert "USER 10001:10001" in lines
    assert lines.index("USER 10001:10001") < next(n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    assert lines[0].startswith("# Build in a checkout: podman build --format docker -f /")
    assert lines[0].split()[10].endswith("/service/Containerfile")
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY")]
    root = Path(__file__).resolve().parents[2]
    assert [name for names in copied for name in names if not (root / name).exists()] == []


def test_what_the_files_start_are_commands_with_options_that_are_there(written: dict[str, str]) -> None:
    calls = [
        line.split()[1:] for text in written.values() for line in text.splitlines() if line.startswith("ExecStart=")
    ]
    calls += [re.findall(r'"([^"]+)"', written["Containerfile"].partition("HEALTHCHECK")[2].splitlines()[0])[1:]]
    calls += [re.findall(r'"([^"]+)"', written["Containerfile"].partition("\nCMD ")[2])]
    assert len(calls) == 5
    for name, *words in calls:
        command = commands.get_command(click.Context(commands), name)
        assert command is not None
        known = {option for param in command.params for option in param.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_a_path_that_a_unit_cannot_name_is_refused(tmp_path: Path) -> None:
    site = site_of(tmp_path / "two words")
    with pytest.raises(ConfigError, match="expected a path without blanks"):
        service_files(site, ServiceChoices("03:00", "a", Path("/bin/pbis")))


def test_init_writes_them_for_a_new_site_and_for_one_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["init", str(tmp_path / "s"), "--time-zone", "Europe/Berlin"]
    commands.main([*words, "--service"], standalone_mode=False)
    before = (tmp_path / "s" / "site.toml").read_bytes()
    commands.main([*words, "--service", "--at", "04:30", "--account", "lab"], standalone_mode=False)
    assert (tmp_path / "s" / "site.toml").read_bytes() == before
    unit = (tmp_path / "s" / "service" / "pbis-serve.service").read_text()
    assert "--at 04:30 --watch" in unit
    assert "User=lab\n" in unit
    assert "OnCalendar=*-*-* 04:30:00 Europe/Berlin" in (tmp_path / "s" / "service" / "pbis-night.timer").read_text()
    with pytest.raises(ConfigError, match="skip 02:00 to 03:00"):
        commands.main([*words, "--service", "--at", "02:30"], standalone_mode=False)
    assert "pbis-night.timer" in capsys.readouterr().out
