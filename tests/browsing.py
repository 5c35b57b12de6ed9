"""Pages in a real browser: what it makes of them, what its console says, where their links lead, how they look on paper."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=3000",
)


def browser() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        pytest.fail("chromium is not installed; `make test` installs it with apt (apt-get install chromium)")
    return found


def load(page: str, folder: Path, *flags: str) -> tuple[str, list[str]]:
    """The page's elements after its script ran, and what the browser's console said."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    command = [browser(), *FLAGS, *flags, f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, re.findall(r":CONSOLE[^\]]*\] (.*)", done.stderr)


def probed(page: str, code: str) -> str:
    """The page with a script of the test added to its policy; the script puts its finding into the page as JSON."""
    script = f"document.body.append(Object.assign(document.createElement('pre'),{{id:'probe',textContent:JSON.stringify((()=>{{{code}}})())}}))"
    digest = b64encode(sha256(script.encode()).digest()).decode()
    allowed = re.sub(r"script-src ", f"script-src 'sha256-{digest}' ", page, count=1)
    if allowed == page:
        allowed = page.replace("base-uri", f"script-src 'sha256-{digest}'; base-uri", 1)
    return allowed.replace("</body>", f"<script>{script}</script></body>")


def probe(page: str, folder: Path, code: str, *flags: str) -> Any:
    elements, console = load(probed(page, code), folder, *flags)
    assert console == []
    return json.loads(unescape(re.search(r'<pre id="probe">(.*?)</pre>', elements, re.DOTALL).group(1)))  # type: ignore[union-attr]


@dataclass(frozen=True)
class Clicked:
    """A link that was clicked: on which page, where it pointed, where the browser was then, and whether that place is there."""

    page: str
    href: str
    at: str
    title: str
    is_there: bool


_CLICK = """
const frame = document.querySelector('iframe'), found = [];
const load = (url) => new Promise((ok) => { frame.onload = ok; frame.src = url; });
const soon = (milliseconds) => new Promise((ok) => setTimeout(ok, milliseconds));
(async () => {
  for (const page of PAGES) {
    await load(page);
    const count = frame.contentDocument.links.length;
    for (let n = 0; n < count; n++) {
      if (n) await load(page);
      const link = frame.contentDocument.links[n], href = link.href, mark = decodeURIComponent(new URL(href).hash.slice(1));
      for (let box = link.closest('details'); box; box = box.parentElement.closest('details')) box.open = true;
      const away = href.split('#')[0] !== page ? new Promise((ok) => { frame.onload = ok; }) : null;
      link.click();
      await Promise.race([away || soon(0), soon(3000)]);
      const now = frame.contentDocument;
      found.push([page, href, now ? now.URL : '', now ? now.title : '', Boolean(now) && (!mark || now.getElementById(mark) !== null)]);
    }
  }
  document.body.append(Object.assign(document.createElement('pre'), {id: 'probe', textContent: JSON.stringify(found)}));
})();
"""


def click_all(pages: Sequence[Path], folder: Path) -> list[Clicked]:
    """Open each page, click each of its links, and say where that leads."""
    outer = folder / "outer.html"
    code = _CLICK.replace("PAGES", json.dumps([page.as_uri() for page in pages]))
    outer.write_text(f'<!DOCTYPE html><body><iframe width="1400" height="900"></iframe><script>{code}</script>')
    more = ("--allow-file-access-from-files", "--virtual-time-budget=600000", f"--user-data-dir={folder / 'profile'}")
    command = [browser(), *(flag for flag in FLAGS if "budget" not in flag), *more, "--dump-dom", outer.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    told = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told is not None, done.stderr[-2000:]
    return [Clicked(*row) for row in json.loads(unescape(told.group(1)))]


def printed(page: Path, folder: Path) -> int:
    """Print the page beside its name as PDF; how many sheets it takes."""
    paper = folder / f"{page.stem}.pdf"
    command = [browser(), *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={paper}"]
    subprocess.run([*command, "--no-pdf-header-footer", page.as_uri()], capture_output=True, timeout=120, check=True)
    return len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))


def shown(page: Path, folder: Path, width: int) -> Path:
    """A picture of the page as wide as this."""
    picture = folder / f"{page.stem}-{width}.png"
    command = [browser(), *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},6000"]
    subprocess.run(
        [*command, "--hide-scrollbars", f"--screenshot={picture}", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    )
    return picture
