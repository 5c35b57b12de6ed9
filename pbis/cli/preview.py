"""`pbis preview`: what an upgrade would change on a site, before it goes live."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbis.cli.site_option import site_option
from pbis.packages import HOME, need

if TYPE_CHECKING:
    from pbis.pipeline.upgrading import Upgrade

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@site_option()
@click.option(
    "--code",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of another build of this program, which previews the site in this one's place.",
)
@click.option("--config", type=_FILE, help="A site.toml that is to go live; folders stay where they are.")
@click.option(
    "--kit",
    "kits",
    type=_FILE,
    multiple=True,
    help="A panel that takes the place of the site's of its name; can be given again.",
)
@click.option("--suite", type=_FILE, help="An override of limits that is to go live.")
@click.option(
    "--method", type=click.Choice(["robust", "xponent", "instrument"]), help="Curve method that is to go live."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page, which works by itself."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object for programs: every row, before and after."
)
def preview(site: Path, code: Path | None, output: Path | None, as_json: bool, **planned: Any) -> None:
    """Tell which results, verdicts and scores the next night would change, and what makes each change: this program on the site as it is
    (which an older one may have made), then a configuration, method, limits and kits that are named, one on top of the other.

    Nothing of the site is written: the night is walked on a copy. Exit code 0 where nothing would change, 6 where something would.

    \b
    Example:
      pbis preview --site demo-site
      pbis preview --site demo-site --method xponent -o preview.html
    """
    if code is not None:
        sys.exit(_by_another(code, site, output, as_json, **planned))
    need("night")
    from pbis.config import load_site
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.upgrade_words import upgrade_json, upgrade_page, upgrade_words
    from pbis.pipeline.upgrading import Planned, preview_upgrade

    loaded = load_site(site)
    asked = Planned(**planned | {"method": planned["method"] or ""})
    upgrade = preview_upgrade(loaded, asked, utc_clock)
    if output is not None:
        from pbis.files.table_out import write_whole

        write_whole(output, upgrade_page(loaded, upgrade, utc_clock()))
    click.echo(
        json.dumps(upgrade_json(upgrade), indent=2, ensure_ascii=False)
        if as_json
        else "\n".join(upgrade_words(upgrade))
    )
    _end(upgrade)


def _end(upgrade: Upgrade) -> None:
    if upgrade.changes_something:
        sys.exit(6)


def _by_another(code: Path, site: Path, output: Path | None, as_json: bool, **planned: Any) -> int:
    """Let the build in a folder do it, with the libraries of this one; its exit code. UsageError where the folder holds no build that can."""
    if not (code / "pbis" / "cli" / "preview.py").is_file():
        raise click.UsageError(f"--code {code}: no build of this program that has `pbis preview` lies there")
    if code.resolve() == HOME.resolve():
        raise click.UsageError(f"--code {code}: that is this program itself; leave it out")
    typed = ["preview", "--site", str(site.absolute())]
    given = {"--config": planned["config"], "--suite": planned["suite"], "--output": output}
    typed += [word for name, path in given.items() if path is not None for word in (name, str(path.absolute()))]
    typed += [word for path in planned["kits"] for word in ("--kit", str(path.absolute()))]
    typed += ["--method", planned["method"]] if planned["method"] else []
    typed += ["--json"] if as_json else []
    program = f"import sys; sys.path.insert(0, {str(code.absolute())!r}); from pbis.cli import main; main()"
    return subprocess.run([sys.executable, "-c", program, *typed], cwd=code, check=False).returncode
