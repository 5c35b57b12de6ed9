"""Putting a page together: templates, style and script in one file, bound by the page's Content-Security-Policy."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbis.draw.words import DASH, visible
from pbis.report import text

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent / "templates"


def render(template: str, context: Mapping[str, Any], script: str | None = None) -> str:
    """The finished page. script: name of the only script that the page may run, None for a page without one."""
    style = _asset("report.css")
    code = _asset(script) if script else ""
    page = _environment().get_template(template)
    return page.render({"basis": ""} | dict(context), policy=policy(style, code), style=_raw(style), script=_raw(code))


def policy(style: str, script: str) -> str:
    """Nothing may load and nothing may run except this style and this script, byte for byte."""
    rules = ["default-src 'none'", f"style-src '{_digest(style)}'"]
    if script:
        rules.append(f"script-src '{_digest(script)}'")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def markup(content: str) -> Any:
    """Marks text as HTML that this package wrote and escaped itself."""
    return _raw(content)


def _digest(content: str) -> str:
    return "sha256-" + b64encode(sha256(content.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8").replace("\r\n", "\n").strip()


def _raw(content: str) -> Any:
    from markupsafe import Markup

    return Markup(content)


@cache
def _environment() -> Environment:
    """Jinja2, imported only when a page is made; every value is escaped, a missing one is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(
        whole=text.whole,
        percent=text.percent,
        significant=text.significant,
        moment=text.moment,
        phrase=text.phrase,
        link=text.relative_link,
        breakable=_breakable,
    )
    environment.globals.update(state_words=text.STATE_WORDS, plural=text.plural)
    return environment


def _breakable(name: str) -> Any:
    """A rule's name that may wrap after an underscore."""
    from markupsafe import escape

    return _raw(str(escape(visible(name))).replace("_", "_<wbr>"))


def _shown(value: Any) -> Any:
    """Other people's text with its hidden signs written out; our own markup as it is."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return visible(value)
    return DASH if value is None else value
