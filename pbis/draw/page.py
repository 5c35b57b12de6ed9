"""Putting a page together: templates, style and script in one file, bound by the page's Content-Security-Policy.

It lives in this room because report and study, which never import each other, both stand on it, and because a page and a
drawing make other people's words harmless by the same rule (pbis.draw.words).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbis.draw.palette import variables
from pbis.draw.words import DASH, visible

if TYPE_CHECKING:
    from jinja2 import Environment

SHARED = Path(__file__).parent / "templates"


@dataclass(frozen=True, eq=False)
class Pages:
    """A folder of templates, the style sheet in it, and what its templates may call beside what all may. behind: folders whose
    templates are taken where the first has none of that name."""

    folder: Path
    style: str
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    behind: tuple[Path, ...] = ()

    def render(self, template: str, context: Mapping[str, Any], script: str | None = None) -> str:
        """The finished page. script: name of the only script that the page may run, None for a page without one; `running` of the
        context: what stands at the foot of every printed sheet, beside its number; the title where it is not there."""
        foot = str(context.get("running") or context.get("title") or "")
        style = f"{variables()}\n{_asset(self.folder / self.style)}\n{sheet(foot)}"
        code = _asset(self.folder / script) if script else ""
        page = _environment(self).get_template(template)
        bound = {"policy": policy(style, code), "style": markup(style), "script": markup(code)}
        return page.render({"basis": ""} | dict(context), **bound)

    def ready(self, template: str) -> None:
        """Read and compile the template before the first page is made of it."""
        _environment(self).get_template(template)


def sheet(foot: str) -> str:
    """The rule for paper: A4, what the sheet belongs to at its foot, and which of how many it is."""
    small = "font:8pt system-ui,sans-serif;color:#525d6b"
    left = f"@bottom-left{{content:{quoted(foot)};{small}}}"
    right = f'@bottom-right{{content:"Page " counter(page) " of " counter(pages);{small}}}'
    return f"@page{{size:A4;margin:11mm 10mm 14mm;{left}{right}}}"


def quoted(words: str) -> str:
    """Other people's words as a text of a style sheet: what is neither letter nor digit is written by its number."""
    kept = (c if c.isascii() and (c.isalnum() or c in " -.,") else f"\\{ord(c):06x}" for c in visible(words))
    return f'"{"".join(kept)}"'


def policy(style: str, script: str) -> str:
    """Nothing may load and nothing may run except this style and this script, byte for byte."""
    rules = ["default-src 'none'", f"style-src '{_digest(style)}'"]
    if script:
        rules.append(f"script-src '{_digest(script)}'")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def markup(content: str) -> Any:
    """Marks text as HTML that this program wrote and escaped itself."""
    from markupsafe import Markup

    return Markup(content)


def harmless(words: str) -> Any:
    """Other people's words as markup: hidden signs written out, everything escaped."""
    from markupsafe import escape

    return escape(visible(words))


def _digest(content: str) -> str:
    return "sha256-" + b64encode(sha256(content.encode()).digest()).decode()


@cache
def _asset(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\r\n", "\n").strip()


@cache
def _environment(pages: Pages) -> Environment:
    """Jinja2, imported only when a page is made; every value is escaped, a missing one is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([pages.folder, *pages.behind, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(pages.filters)
    environment.globals.update(pages.names)
    return environment


def _shown(value: Any) -> Any:
    """Other people's text with its hidden signs written out; our own markup as it is."""
    if type(value) is str:  # most of a page; asking whether it is markup takes longer than looking at it
        return value if value.isprintable() else visible(value)
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return visible(value)
    return DASH if value is None else value
