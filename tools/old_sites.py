"""Small sites as earlier builds left them, made by the project's own history: one for each migration that was once the newest.

    PYTHONPATH=tests .venv/bin/python tools/old_sites.py tests/golden/sites

For each number it takes the last commit of the main line whose migrations are today's first so many, unpacks its code beside this one,
and lets that code run one night on a plate and a few clinical files (tests/small_site.py) with the packages of today. What an archive
of the folder holds already is not made again; new ones go into one more archive. Several sites share an archive, because what they have
in common is then stored once. Numbers that came to the main line together with a later one have no code of their own.
"""

from __future__ import annotations

import importlib
import lzma
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOGETHER = 4  # sites of an archive
# A dictionary that spans four sites: what the second has of the first is a reference.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 28}]
BEGIN = """
import sys
from pathlib import Path
from pbis.pipeline.new_site import write_site
write_site(Path(sys.argv[1]), name="small", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
"""
NIGHT = """
import sys
from datetime import datetime
from pathlib import Path
from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
done = run_plain(load_site(Path(sys.argv[1])), NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3))
assert (done.state, done.groups["high"], done.refused) == ("done", 4, ()), done
"""


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: tools/old_sites.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    there = {name for path in folder.glob("*.tar.xz") for name in held(path)}
    missing = [(number, commit) for number, commit in states() if f"{number:04d}" not in there]
    for at in range(0, len(missing), TOGETHER):
        _make(folder, missing[at : at + TOGETHER])


def held(archive: Path) -> list[str]:
    """The sites of an archive, which its name lists: 0001-0002-0003.tar.xz."""
    return archive.name.removesuffix(".tar.xz").split("-")


def states() -> list[tuple[int, str]]:
    """(number, commit): the last commit of the main line at which that migration was the newest."""
    today = _migrations("HEAD")
    found: dict[int, str] = {}
    for commit in _git("log", "--first-parent", "--format=%H", "main").split():
        names = _migrations(commit)
        if names and names == today[: len(names)]:
            found.setdefault(len(names), commit)
    return sorted(found.items())


def _migrations(commit: str) -> list[str]:
    return [line for line in _git("ls-tree", "--name-only", commit, "warehouse/migrations/").split() if ".sql" in line]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _make(folder: Path, chosen: list[tuple[int, str]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        sites = [_site(Path(place) / f"{number:04d}", number, commit) for number, commit in chosen]
        target = folder / f"{'-'.join(site.name for site in sites)}.tar.xz"
        with lzma.open(target, "wb", filters=FILTERS) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
            for site in sites:
                for path in _all(site):
                    archive.add(path, str(path.relative_to(place)), recursive=False, filter=_plain)
        print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


def _site(site: Path, number: int, commit: str) -> Path:
    code = unpacked(commit, site.with_name(f"code-{number}"))
    _then(code, BEGIN, site)
    file = site / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    small_site = importlib.import_module("small_site")
    small_site.put_plate(site / "inbox", 1)
    small_site.put_patients(site / "inbox", [1])
    small_site.put_labs(site / "inbox", [1])
    _then(code, NIGHT, site)
    shutil.rmtree(code)
    (site / "state" / "lock").unlink()
    return site


def _then(code: Path, program: str, site: Path) -> None:
    """Run the program with the code of then."""
    own = ["env", f"PYTHONPATH={code}", "PYTHONDONTWRITEBYTECODE=1"]
    subprocess.run([*own, sys.executable, "-c", program, str(site)], cwd=code, check=True)


def unpacked(commit: str, folder: Path) -> Path:
    """The tree of a commit in a folder of its own, which is made."""
    folder.mkdir()
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder


def _all(site: Path) -> Iterator[Path]:
    """The site's folder and everything in it, by name."""
    yield site
    yield from sorted(site.rglob("*"))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without owner, and with one time for all."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main()
