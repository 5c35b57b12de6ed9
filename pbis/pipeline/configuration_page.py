"""docs/configuration.md: every knob of site.toml with what it may be, from the model that refuses all else; its words from the commented
file that `pbis init` writes, or from the table below where that file leaves a knob out."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from pbis.config import SiteFile
from pbis.pipeline.new_site import TEMPLATE

# Knobs that `pbis init` does not write: (section, knob) -> words.
_WORDS = {
    ("site", "name"): "what the site is called on pages, in runs and in messages",
    (
        "site",
        "time_zone",
    ): "name like Europe/Berlin: calendar days of the join are counted in it, and nights begin by its clock",
    ("assay", "panel"): "the one kit, as sites named it before there were several; write panels",
    (
        "score",
        "cutoff_set",
    ): "which cut-offs score; there is no default (ADR 6): IL-2 is printed in ng/mL where serum holds picograms",
    ("score", "il2_analyte"): "what the kit calls the score's IL-2",
    ("paths", "warehouse"): "the working database, which nobody opens but the program",
    ("paths", "reports"): "pages for people: index, cohort, trends, a page a plate",
    (
        "inbox",
        "settle_seconds",
    ): "a fresh file must stay unchanged for so long; `pbis serve --watch` begins a night after ten times it",
    (
        "inbox",
        "refused_pct",
    ): "a file of results is refused as a whole where more than this share of its rows cannot be read, and",
    ("inbox", "refused_count"): "more than this number of them; else they alone are",
    (
        "runner",
        "engine",
    ): "prefect: with state, retries and a trail; plain: the same steps without a server, the same results",
    (
        "runner",
        "prefect_api_url",
    ): "empty: a server of its own, of the night or of `pbis serve`; else the address of the laboratory's",
    ("desk", "host"): "address that the review desk listens on",
    ("desk", "port"): "where it listens; 0 takes a free one",
    ("desk", "names"): "by which browsers call the desk, beside its host",
    ("desk", "idle_minutes"): "a session ends when nobody used it for so long",
    ("desk", "absolute_hours"): "and after so long, however busy it is",
    ("desk", "behind_proxy"): "https://NAME of the proxy before the desk",
    ("desk", "proxy_addresses"): "from which that proxy calls",
    ("desk", "password_days"): "after so many another password is chosen before anything is opened or signed; 0: never",
    ("notify.email", "host"): "the mail server",
    ("notify.email", "from"): "address of the sender",
    ("notify.email", "to"): "addresses that are told",
    ("notify.email", "port"): "where the server listens; 465 goes with tls",
    ("notify.email", "tls"): "none is for a server of this machine alone",
    ("notify.email", "user"): "who signs in at the server; empty: nobody",
    ("notify.email", "password_file"): "beside site.toml, mode 600; `PBIS_NOTIFY_PASSWORD` goes before it",
    ("notify.email", "ca_file"): "certificates in PEM that are trusted beside the machine's",
    ("notify.webhook", "url"): "address that is called: https, or http of this machine",
    (
        "notify.webhook",
        "secret_file",
    ): "what calls are signed with: beside site.toml, mode 600; `PBIS_NOTIFY_SECRET` goes before it",
    ("notify.webhook", "ca_file"): "certificates in PEM that are trusted beside the machine's",
    ("notify.webhook", "proxy"): "through which the address is called; those of the environment are not used",
    ("desk.oidc", "issuer"): "the provider at which people sign in",
    ("desk.oidc", "client_id"): "what the provider calls the desk",
    ("desk.oidc", "secret_file"): "holds the client's secret, mode 600, beside site.toml",
    ("desk.oidc", "title"): "what the button says",
    ("desk.oidc", "scope"): "what is asked of the provider",
    ("desk.oidc", "account_claim"): "claim that becomes the account",
    ("desk.oidc", "name_claim"): "claim that becomes the printed name",
    ("desk.oidc", "groups_claim"): "claim that lists the person's groups",
    ("desk.oidc", "roles"): "group of the provider -> role at the desk; who is in none is not let in",
}

_HEAD = """\
<!-- Written by tools/write_docs.py from the model in pbis/config.py; `make docs` writes it anew. -->

# Every knob

`site.toml` stands beside the data; paths are relative to it. A name that does not stand here is refused, and so is a value of another kind, with file, line, expected and found (exit code 4).
`pbis init` writes a file in which the knobs stand with their defaults. What may be a secret stands in no file: passwords come by the environment or by a file that only the account reads.

Environment, over the file: `PBIS_SITE` (the site of a command without `--site`), `PBIS_ENGINE` (`[runner] engine`), `PBIS_PREFECT_API_URL` (`[runner] prefect_api_url`),
`PREFECT_API_AUTH_STRING` (NAME:PASSWORD of that server).
"""


def configuration_page() -> str:
    """The page, in Markdown."""
    written = template_words()
    return _HEAD + "".join(_section(name, kind, written) for name, kind in _sections(SiteFile, ""))


def knobs() -> list[tuple[str, str]]:
    """Section and name of every knob."""
    return [(name, field.encode_name) for name, kind in _sections(SiteFile, "") for field in _fields(kind)]


def words_of(section: str, knob: str) -> str:
    """What a knob is, in words; '' where nothing says it."""
    return _WORDS.get((section, knob)) or template_words().get((section, knob), "")


def template_words() -> dict[tuple[str, str], str]:
    """Section and knob -> its comment in the file that `pbis init` writes: on its line, and on the lines right above it."""
    found: dict[tuple[str, str], str] = {}
    section = ""
    above: list[str] = []
    for line in TEMPLATE.splitlines():
        knob = re.match(r"(\w+) = .*?(?:#\s*(.*))?$", line)
        if knob is not None:
            found[section, knob.group(1)] = " ".join([*above, *filter(None, [knob.group(2)])])
        if line.startswith("["):
            section = line.strip("[]")
        above = [*above, line.strip("# ")] if line.startswith("#") else []
    return found


def _sections(kind: type[msgspec.Struct], prefix: str) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    for name, hint in get_type_hints(kind, include_extras=True).items():
        inner = next((each for each in (hint, *get_args(hint)) if _is_struct(each)), None)
        if inner is not None:
            yield f"{prefix}{name}", inner
            yield from _sections(inner, f"{prefix}{name}.")


def _fields(kind: type[msgspec.Struct]) -> list[msgspec.structs.FieldInfo]:
    """Knobs of a section, without the sections in it."""
    hints = get_type_hints(kind, include_extras=True)
    return [
        field
        for field in msgspec.structs.fields(kind)
        if not any(_is_struct(each) for each in (hints[field.name], *get_args(hints[field.name])))
    ]


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _section(name: str, kind: type[msgspec.Struct], written: dict[tuple[str, str], str]) -> str:
    hints = get_type_hints(kind, include_extras=True)
    rows = [
        f"| `{field.encode_name}` | {_values(hints[field.name])} | {_default(field)} | {_cell(_WORDS.get((name, field.encode_name)) or written.get((name, field.encode_name), ''))} |"
        for field in _fields(kind)
    ]
    return "\n".join(
        ["", f"## [{name}]", "", "| knob | may be | default | what it does |", "|---|---|---|---|", *rows, ""]
    )


def _values(hint: Any) -> str:
    """What a knob may be."""
    if get_origin(hint) is Annotated:
        plain, *bounds = get_args(hint)
        limits = [each for each in bounds if isinstance(each, msgspec.Meta)]
        return f"{_values(plain)}{''.join(_bounds(each) for each in limits)}"
    if get_origin(hint) is Literal:
        return " or ".join(f"`{_quoted(value)}`" for value in get_args(hint))
    if get_origin(hint) is tuple:
        return "list of texts"
    if get_origin(hint) is dict:
        return f"table of text = {_values(get_args(hint)[1])}"
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_values(each) for each in get_args(hint) if each is not type(None))
    return {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}[hint]


def _bounds(meta: msgspec.Meta) -> str:
    if meta.ge is not None and meta.le is not None:
        return f", {meta.ge} to {meta.le}"
    return "" if meta.ge is None else f", {meta.ge} or more"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "none: it must be told"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, tuple):
        return f"`[{', '.join(_quoted(each) for each in value)}]`"
    return "`{}`" if value == {} else "none" if value is None else f"`{_quoted(value)}`"


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _cell(words: str) -> str:
    return inspect.cleandoc(words).replace("|", "\\|").replace("{kinds}", "a folder a kind")
