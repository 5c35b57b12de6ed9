"""What `pbis init --service` writes: units of systemd for the service, the desk and a night without a server, and a container file.

The units let the account write into the site's folders and nowhere else, and take from it whatever a night does not need. They hold no
secret: those stand in an environment file that the account alone reads. Nothing of the machine is changed: a person puts them in place.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from pbis.config import Site
from pbis.core.errors import ConfigError
from pbis.pipeline.kept_secret import is_loopback

FOLDER = "service"

# systemd.exec(5). Not RestrictSUIDSGID: folders of releases hand their group on by that very bit. Not MemoryDenyWriteExecute: what compiles
# at run time (a library of arrays may) needs it. Not ProtectProc: a night names who holds the site by /proc.
_HARDENED = """\
User={account}
UMask=0077
WorkingDirectory={root}
EnvironmentFile=-/etc/pbis/pbis.env
ReadWritePaths={writable}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
{network}"""

_ALONE = """\
# Nothing of it leaves the machine, and the system sees to it. Where site.toml names a mail server, a webhook, a cluster, a lake or a server
# elsewhere, `pbis init --service` leaves these two away: write the units anew after such a change.
IPAddressDeny=any
IPAddressAllow=localhost
"""
_REACHES = "# It reaches what site.toml names elsewhere: {what}. An address list of your own: systemctl edit, IPAddressDeny, IPAddressAllow.\n"
_ONLINE = "Wants=network-online.target\nAfter=network-online.target\n"

_HEAD = "# Written by `pbis init --service`, which writes it anew. Changes of your own: systemctl edit {unit}\n"

_SERVE = """\
[Unit]
Description=PBIS nights of {name}
RequiresMountsFor={writable}
{online}StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
Type=exec
ExecStart={pbis} serve --site {root} --at {at} --watch
Restart=on-failure
RestartSec=30
# usage, configuration, another service, integrity: a person has to look first
RestartPreventExitStatus=2 4 5 7
# it was asked to end while it began
SuccessExitStatus=130
# SIGTERM to the service alone: it lets its night end after the step that runs
KillMode=mixed
TimeoutStopSec=1800
{hardened}
[Install]
WantedBy=multi-user.target
"""

_NIGHT = """\
[Unit]
Description=PBIS night of {name}, without a server
RequiresMountsFor={writable}
{online}
[Service]
Type=oneshot
ExecStart={pbis} night --site {root} --engine plain
# 6: done, but something waits for a person; 130: it was asked to end
SuccessExitStatus=6 130
TimeoutStartSec=infinity
KillSignal=SIGINT
{hardened}"""

_TIMER = """\
[Unit]
Description=PBIS night of {name}, every day

[Timer]
OnCalendar=*-*-* {at}:00 {zone}
AccuracySec=1s
# one night for all that were missed while the machine was off
Persistent=true

[Install]
WantedBy=timers.target
"""

_DESK = """\
[Unit]
Description=PBIS review desk of {name}
RequiresMountsFor={writable}
{online}After=network.target

[Service]
Type=exec
ExecStart={pbis} desk --site {root}
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=2 4 5
# it was asked to end while it began
SuccessExitStatus=130
TimeoutStopSec=120
{hardened}
[Install]
WantedBy=multi-user.target
"""

_IMAGE = "Containerfile"
_CONTAINER = """\
# Build in a checkout: podman build --format docker -f {file} -t pbis .    (another format keeps no health check)
# Run: podman run -d --name pbis --read-only --tmpfs /tmp --cap-drop all --security-opt no-new-privileges{network} \\
#        --stop-timeout 1800 -v {root}:/site:Z{outside} pbis
# It holds no site and no secret: the site is mounted and belongs to the account 10001, secrets come by --env-file.
FROM docker.io/library/python:3.13-slim
COPY requirements/run.txt /build/requirements/run.txt
RUN python -m pip install --no-cache-dir --no-deps --require-hashes -r /build/requirements/run.txt
COPY pyproject.toml README.md /build/
COPY pbis /build/pbis
COPY flows /build/flows
COPY expectations /build/expectations
COPY warehouse /build/warehouse
RUN python -m pip install --no-cache-dir --no-deps /build && rm -rf /build \\
 && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin pbis
USER 10001:10001
ENV HOME=/tmp PBIS_SITE=/site
WORKDIR /site
VOLUME /site
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=30s --start-period=180s --retries=3 CMD ["pbis", "serve", "--health"]
ENTRYPOINT ["pbis"]
CMD ["serve", "--at", "{at}", "--watch"]
"""


@dataclass(frozen=True)
class ServiceChoices:
    """at: HH:MM of the site's day; account: who runs it; pbis: the command, by its whole path."""

    at: str
    account: str
    pbis: Path


def write_service_files(site: Site, choices: ServiceChoices) -> list[Path]:
    """Write them into `site`/service, in the place of those of before; the files. ConfigError for a path that a unit cannot name."""
    folder = site.root / FOLDER
    folder.mkdir(exist_ok=True, mode=0o700)
    written = []
    for name, text in service_files(site, choices).items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def service_files(site: Site, choices: ServiceChoices) -> dict[str, str]:
    """Name -> text of each file."""
    told = {
        "name": " ".join(site.file.site.name.split()).replace("%", "%%").rstrip("\\"),  # which would join the next line
        "root": _path(site.root),
        "pbis": _path(choices.pbis),
        "at": choices.at,
        "zone": site.file.site.time_zone,
        "writable": " ".join(_path(folder) for folder in (site.root, *_outside(site))),
    }
    reached = elsewhere(site)
    told["online"] = _ONLINE if reached else ""
    by_network = _hardened(choices, told, _REACHES.format(what=", ".join(reached)) if reached else _ALONE)
    units = {
        "pbis-serve.service": _SERVE.format(**told, hardened=by_network),
        "pbis-night.service": _NIGHT.format(**told, hardened=by_network),
        "pbis-night.timer": _TIMER.format(**told),
        "pbis-desk.service": _DESK.format(**told | {"online": ""}, hardened=_hardened(choices, told, "")),
    }
    units = {name: _HEAD.format(unit=name) + text for name, text in units.items()}
    mounted = "".join(f" -v {quote(str(folder))}:{quote(str(folder))}:Z" for folder in _outside(site))
    network = "" if reached else " --network none"
    image = {"root": quote(str(site.root)), "file": quote(str(site.root / FOLDER / _IMAGE)), "at": choices.at}
    return units | {_IMAGE: _CONTAINER.format(**image, network=network, outside=mounted)}


def elsewhere(site: Site) -> list[str]:
    """What a night of the site reaches beyond the machine, by section and host; of an address no more, since the rest can be a secret."""
    told, runner = site.file.notify, site.file.runner
    hosts = {
        "[notify.email]": told.email.host if told.email else "",
        "[notify.webhook]": _host_in(told.webhook.proxy or told.webhook.url) if told.webhook else "",
        "[runner] prefect_api_url": _host_in(runner.prefect_api_url),
        "[runner] dask_address": _host_in(runner.dask_address),
        "[paths] warehouse": _host_of_lake(site.lake.catalog) if site.lake else "",
    }
    return [f"{where} {host}" for where, host in hosts.items() if host and not is_loopback(host)]


def _host_in(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        raise ConfigError(f"site.toml names an address that cannot be read: {url.partition('://')[0]}://...") from None


def _host_of_lake(catalog: str) -> str:
    """Of PostgreSQL, in libpq's words; '' where it is asked by a socket of this machine."""
    if "://" in catalog:
        return _host_in(catalog)
    words = dict(word.partition("=")[::2] for word in catalog.split())
    host = (words.get("hostaddr") or words.get("host", "")).strip("'")
    return "" if host.startswith("/") else host


def command() -> Path:
    """The command `pbis` that stands beside this Python."""
    return Path(sys.executable).with_name("pbis")


def _outside(site: Site) -> list[Path]:
    """Folders of the site that lie elsewhere, and of its lake."""
    folders = {*site.folders.values(), *([site.lake.data] if site.lake else [])}
    return sorted(folder for folder in folders if not folder.resolve().is_relative_to(site.root))


def _hardened(choices: ServiceChoices, told: Mapping[str, str], network: str) -> str:
    return _HARDENED.format(account=choices.account, root=told["root"], writable=told["writable"], network=network)


def _path(path: Path) -> str:
    """A path as a unit takes it unquoted."""
    text = str(path)
    if any(char.isspace() or char in "\"'\\%$;" or not char.isprintable() for char in text):
        raise ConfigError(
            f"{text!r}: expected a path without blanks, quotes, %, $ or ; because units of systemd name it"
        )
    return text
