"""The one place where a knob is read: `site.toml` beside the data, and a few environment variables on top.

A site is a folder. Every path in the file is relative to it. Unknown names and impossible values are refused with the file
and the line, because a misspelt knob that is silently ignored is a wrong result that nobody sees.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from pbis.core.errors import ConfigError
from pbis.core.words import nearest

SITE_FILE = "site.toml"
_LAKE = "ducklake:postgres:"


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of site.toml: immutable, and no unknown names."""


class SiteSection(_Section, frozen=True):
    name: str
    time_zone: str


class PathSection(_Section, frozen=True):
    """Folders and files of a site; group: who may read releases and reports beside the site's own account, nobody where empty.

    warehouse: the working file, or `ducklake:postgres:...`, the lake into which releases go too (docs/lake.md); lake_data: folder of its
    files, which all its machines see under the same path.
    """

    inbox: str = "inbox"
    archive: str = "archive"
    quarantine: str = "quarantine"
    warehouse: str = "warehouse/working.duckdb"
    releases: str = "releases"
    reports: str = "reports"
    state: str = "state"
    decisions: str = "decisions/decisions.sqlite"
    group: str = ""
    lake_data: str = ""


class AssaySection(_Section, frozen=True):
    """panels: the kits that the site runs; panel: the one of them, as site.toml named it before there were several."""

    panels: tuple[str, ...] = ()
    panel: str = ""
    method: Literal["robust", "xponent", "instrument"] = "robust"
    profile: Literal["research", "regulated"] = "research"
    suite_override: str = ""


class ScoreSection(_Section, frozen=True):
    cutoff_set: str
    window_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 7
    il12_analyte: str = "IL-12p70"
    il2_analyte: str = "IL-2"
    regimens: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    below_at_cut: Literal["zero", "unknown"] = "zero"
    only_accepted: bool = False


_DEFAULTS = dict(zip(ScoreSection.__struct_fields__[1:], ScoreSection.__struct_defaults__, strict=True))


class ClinicalSection(_Section, frozen=True):
    labs_map: str = "default"


class InboxSection(_Section, frozen=True):
    settle_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 1.0
    max_file_mb: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 64
    date_order: Literal["", "mdy", "dmy"] = ""
    refused_pct: Annotated[float, msgspec.Meta(ge=0, le=100)] = 5.0
    refused_count: Annotated[int, msgspec.Meta(ge=0)] = 10


class ReleaseSection(_Section, frozen=True):
    """labels_name_nobody: sample labels are shown as they are; words: of cohorts, sites, materials and the like, that name nobody."""

    labels_name_nobody: bool = False
    words: tuple[str, ...] = ()


class RunnerSection(_Section, frozen=True):
    """kind: what helps a night, processes of its own or a Dask cluster; dask_address: of the cluster's scheduler, a cluster of this machine
    where it is empty; dask_certificates: a folder with ca.pem, cert.pem and key.pem, by which scheduler, workers and night know each other."""

    engine: Literal["prefect", "plain"] = "prefect"
    shard_size: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 16
    kind: Literal["processes", "dask"] = "processes"
    workers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    dask_address: str = ""
    dask_certificates: str = ""
    prefect_api_url: str = ""
    allow_open_server: bool = False


class ProviderSection(_Section, frozen=True):
    """[desk.oidc]: who signs people in elsewhere. secret_file: holds the client's secret, beside site.toml; roles: group -> role."""

    issuer: str
    client_id: str
    secret_file: str
    title: str = "your organisation"
    scope: str = "openid profile"
    account_claim: str = "preferred_username"
    name_claim: str = "name"
    groups_claim: str = "groups"
    roles: dict[str, Literal["viewer", "reviewer", "approver", "admin"]] = {}


class DeskSection(_Section, frozen=True):
    """names: by which browsers may call the desk beside its host; behind_proxy: https://name of the proxy before it, which calls from
    proxy_addresses; password_days: after so many another password is chosen, 0 for never."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8642
    names: tuple[str, ...] = ()
    idle_minutes: Annotated[int, msgspec.Meta(ge=1, le=120)] = 15
    absolute_hours: Annotated[int, msgspec.Meta(ge=1, le=24)] = 12
    password_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0
    behind_proxy: str = ""
    proxy_addresses: tuple[str, ...] = ("127.0.0.1", "::1")
    oidc: ProviderSection | None = None


class EmailSection(_Section, frozen=True):
    """[notify.email]: from: the sender's address; password_file: beside site.toml, PBIS_NOTIFY_PASSWORD goes before it; ca_file: whose
    certificates are trusted beside the machine's."""

    host: str
    sender: str = msgspec.field(name="from")
    to: tuple[str, ...]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_file: str = ""
    ca_file: str = ""


class WebhookSection(_Section, frozen=True):
    """[notify.webhook]: secret_file: beside site.toml, PBIS_NOTIFY_SECRET goes before it; proxy: through which the address is called."""

    url: str
    secret_file: str = ""
    ca_file: str = ""
    proxy: str = ""


class NotifySection(_Section, frozen=True):
    """Who is told how a night ended. when: attention: only where something waits, or the night could not be done."""

    when: Literal["always", "attention"] = "always"
    email: EmailSection | None = None
    webhook: WebhookSection | None = None


class LogSection(_Section, frozen=True):
    """What a night writes to standard error: text for people, or JSON, a line an event."""

    format: Literal["text", "json"] = "text"


class SiteFile(_Section, frozen=True):
    """The whole of site.toml."""

    site: SiteSection
    assay: AssaySection
    score: ScoreSection
    paths: PathSection = PathSection()
    clinical: ClinicalSection = ClinicalSection()
    inbox: InboxSection = InboxSection()
    release: ReleaseSection = ReleaseSection()
    runner: RunnerSection = RunnerSection()
    desk: DeskSection = DeskSection()
    notify: NotifySection = NotifySection()
    log: LogSection = LogSection()


class Lake(msgspec.Struct, frozen=True):
    """Where releases go for readers on other machines. catalog: how PostgreSQL is reached, in libpq's words; data: folder of the files."""

    catalog: str
    data: Path


class Site(msgspec.Struct, frozen=True):
    """A site: its folder and what its file says. All paths are absolute."""

    root: Path
    file: SiteFile

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.file.site.time_zone)

    def path(self, name: str) -> Path:
        """Absolute path of a folder or file named in [paths], for example path("inbox"). The working file of a site with a lake lies
        where it lies without one: a lake takes releases."""
        if name == "warehouse" and self.lake is not None:
            return self.root / PathSection().warehouse
        return self.root / str(getattr(self.file.paths, name))

    @property
    def lake(self) -> Lake | None:
        """The lake that [paths] names; None where it names a working file."""
        paths = self.file.paths
        if not paths.warehouse.startswith(_LAKE):
            return None
        return Lake(paths.warehouse.removeprefix(_LAKE), Path(paths.lake_data))

    @property
    def folders(self) -> dict[str, Path]:
        """Every folder of [paths] by its knob; of a knob that names a file, the folder that it lies in."""
        files = ("warehouse", "decisions")
        return {
            knob: self.path(knob).parent if knob in files else self.path(knob)
            for knob in PathSection.__struct_fields__
            if knob not in ("group", "lake_data")
        }

    @property
    def suite_override(self) -> Path | None:
        text = self.file.assay.suite_override
        return self.root / text if text else None

    def own(self, name: str) -> str:
        """What the site names: a name of ours as it is, its own .toml file by its path from site.toml."""
        return str(self.root / name) if name.endswith(".toml") else name

    @property
    def labs_map(self) -> str:
        """The labs map: the name of one of ours, or the absolute path of the site's own."""
        return self.own(self.file.clinical.labs_map)

    @property
    def panels(self) -> tuple[str, ...]:
        """The kits that [assay] names, as it names them."""
        knobs = self.file.assay
        return knobs.panels or ((knobs.panel,) if knobs.panel else ())

    def where(self, knob: str, section: str = "") -> str:
        """`PATH, line N` of a knob in site.toml, for messages; the first of that name, or the one of a section."""
        path = self.root / SITE_FILE
        line = _line_of(path.read_text(encoding="utf-8"), knob, section)
        return str(path) if line is None else f"{path}, line {line}"

    @property
    def config_hash(self) -> str:
        """sha256 over everything in site.toml that can change a result; the site's name, paths and runner cannot."""
        score = msgspec.to_builtins(self.file.score)
        for name in (
            "below_at_cut",
            "only_accepted",
        ):  # younger than the hashes of stored nights, which did what the default does
            if score[name] == _DEFAULTS[name]:
                del score[name]
        parts = (self.file.site.time_zone, self.file.assay, score, self.file.clinical)
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def named_site() -> Path | None:
    """The site that PBIS_SITE names; None where it is not set."""
    named = os.environ.get("PBIS_SITE")
    return Path(named) if named else None


def word_for(name: str) -> str | None:
    """A password or secret that the environment holds: PBIS_NOTIFY_`name`; None where it does not."""
    return os.environ.get(f"PBIS_NOTIFY_{name}") or None


def own_state() -> Path:
    """Where a person's own things are kept that no site holds: the history of questions."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "pbis"


def load_site(root: Path) -> Site:
    """Read `root`/site.toml. Raises ConfigError with file, line, expected and found."""
    path = root / SITE_FILE
    if not path.is_file():
        raise ConfigError(f"{path}: there is no site here; `pbis init {root}` writes one")
    return Site(root=root.resolve(), file=_with_environment(_read(path)))


def site_with(site: Site, path: Path) -> Site:
    """The site as another site.toml would have it; its folders stay where they are. Raises ConfigError likewise."""
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file; expected one like {site.root / SITE_FILE}")
    return Site(root=site.root, file=msgspec.structs.replace(_with_environment(_read(path)), paths=site.file.paths))


def _read(path: Path) -> SiteFile:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: expected UTF-8, found other bytes; save the file in UTF-8") from None
    return _parsed(path, text)


@lru_cache(
    maxsize=8
)  # a page of the desk asks for the site some ten times, and reading TOML is a fifth of what the page costs
def _parsed(path: Path, text: str) -> SiteFile:
    try:
        file = msgspec.toml.decode(text, type=SiteFile)
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(path, text, str(error))) from None
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    _check_zone(path, text, file.site.time_zone)
    if file.assay.panel and file.assay.panels:
        line = _line_of(text, "panel")
        raise ConfigError(f"{path}, line {line}: [assay] names both panel and panels; expected panels alone")
    _check_lake(path, text, file.paths)
    return file


def _check_lake(path: Path, text: str, paths: PathSection) -> None:
    """Whether [paths] names a lake that every machine finds: a catalogue in PostgreSQL, no password, files by an absolute path."""
    where = f"{path}, line {_line_of(text, 'warehouse', 'paths')}: [paths] warehouse"
    is_lake = paths.warehouse.startswith(_LAKE)
    if paths.warehouse.startswith("ducklake:") and not is_lake:
        raise ConfigError(
            f"{where}: expected a path or {_LAKE}dbname=... host=...; found {paths.warehouse.split('=')[0]}"
        )
    if is_lake and re.search(r"\bpassword\s*=|://[^/@]*:[^/@]*@", paths.warehouse, re.IGNORECASE):
        raise ConfigError(
            f"{where}: expected no password, found one; write it into ~/.pgpass of the accounts that read and write (docs/lake.md)"
        )
    if is_lake and not Path(paths.lake_data).is_absolute():
        raise ConfigError(
            f"{where}: a lake needs lake_data beside it: expected an absolute path that all its machines see; found {paths.lake_data!r}"
        )
    if paths.lake_data and not is_lake:
        line = _line_of(text, "lake_data", "paths")
        raise ConfigError(
            f"{path}, line {line}: [paths] lake_data: expected {_LAKE}... as warehouse beside it; found {paths.warehouse!r}"
        )


def _check_zone(path: Path, text: str, name: str) -> None:
    require_zone(name, f"{path}, line {_line_of(text, 'time_zone')}")


def require_zone(name: str, where: str) -> None:
    """Raise ConfigError, which begins with where, for a name that is no time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = nearest(name, sorted(available_timezones()))
        raise ConfigError(f"{where}: unknown time zone {name!r}; expected a name like Europe/Berlin{near}") from None


def _with_environment(file: SiteFile) -> SiteFile:
    """PBIS_ENGINE and PBIS_PREFECT_API_URL override [runner]: where a night runs is the machine's business."""
    runner = file.runner
    engine = os.environ.get("PBIS_ENGINE", runner.engine)
    if engine not in ("prefect", "plain"):
        raise ConfigError(f"PBIS_ENGINE: expected prefect or plain; found {engine!r}")
    url = os.environ.get("PBIS_PREFECT_API_URL", runner.prefect_api_url)
    changed = msgspec.structs.replace(runner, engine=engine, prefect_api_url=url)
    return msgspec.structs.replace(file, runner=changed)


def _explain(path: Path, text: str, message: str) -> str:
    """Turn msgspec's words ("Expected ... - at `$.assay.method`") into file, line, knob, expected and found."""
    place = re.search(r"`\$\.?([\w.]*)(?:\[[^`]*)?`", message)
    unknown = re.search(r"unknown field `(\w+)`", message)
    dotted = place.group(1) if place else ""
    name = unknown.group(1) if unknown else dotted.split(".")[-1]
    section = dotted.rpartition(".")[0] if not unknown else dotted
    line = (_line_of(text, name, section) or _line_of(text, name)) if name else None
    where = str(path) if line is None else f"{path}, line {line}"
    if unknown:
        return f"{where}: there is no knob called {name!r}" + (f" in [{dotted}]" if dotted else "")
    found = "" if line is None else f"; found {text.splitlines()[line - 1].split('#')[0].strip()}"
    return f"{where}: {dotted or 'the file'}: {_lower(message.split(' - at ')[0])}{found}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _line_of(text: str, name: str, section: str = "") -> int | None:
    pattern = re.compile(rf"^\s*(\[?){re.escape(name)}\b")
    is_within = not section
    for n, line in enumerate(text.splitlines(), 1):
        if section and line.lstrip().startswith("["):
            is_within = line.strip().startswith(f"[{section}]")
        if is_within and pattern.match(line):
            return n
    return None
