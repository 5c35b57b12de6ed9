"""What `pbis init --service` writes: units of systemd for the service, the desk and a night without a server, and a container file.

The units let the account write into the site's folders and nowhere else, and take from it whatever a night does not need. They hold no
secret: those stand in an environment file that the account alone reads. Nothing of the machine is changed: a person puts them in place.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from pbis.config import Site
from pbis.core.errors import ConfigError

FOLDER = "service"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

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
# Nothing of it leaves the machine, and the system sees to it. Where it is to send messages, or asks a server elsewhere: take these two away.
IPAddressDeny=any
IPAddressAllow=localhost
"""

_HEAD = "# Written by `pbis init --service`, which writes it anew. Changes of your own: systemctl edit {unit}\n"

_SERVE = """\
[Unit]
Description=PBIS nights of {name}
RequiresMountsFor={root}
StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
Type=exec
ExecStart={pbis} serve --site {root} --at {at} --watch
Restart=on-failure
RestartSec=30
# usage, configuration, another service, integrity: a person has to look first
RestartPreventExitStatus=2 4 5 7
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
RequiresMountsFor={root}

[Service]
Type=oneshot
ExecStart={pbis} night --site {root} --engine plain
# 6: done, but something waits for a person
SuccessExitStatus=6
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
RequiresMountsFor={root}
After=network.target

[Service]
Type=exec
ExecStart={pbis} desk --site {root}
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=2 4 5
TimeoutStopSec=120
{hardened}
[Install]
WantedBy=multi-user.target
"""

_CONTAINER = """\
# Build in a checkout: podman build -f Containerfile -t pbis .
# Run: podman run -d --name pbis --read-only --tmpfs /tmp --cap-drop all --security-opt no-new-privileges --network none \\
#        --stop-timeout 1800 -v {root}:/site:Z pbis
# It holds no site and no secret: the site is mounted and belongs to the account 10001, secrets come by --env-file.
FROM docker.io/library/python:3.13-slim
COPY requirements/run.txt /build/requirements/run.txt
RUN python -m pip install --no-cache-dir --require-hashes -r /build/requirements/run.txt
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
        "name": " ".join(site.file.site.name.split()).replace("%", "%%"),
        "root": _path(site.root),
        "pbis": _path(choices.pbis),
        "at": choices.at,
        "zone": site.file.site.time_zone,
    }
    alone = _hardened(site, choices, _ALONE if _is_here(site.file.runner.prefect_api_url) else "")
    units = {
        "pbis-serve.service": _SERVE.format(**told, hardened=alone),
        "pbis-night.service": _NIGHT.format(**told, hardened=alone),
        "pbis-night.timer": _TIMER.format(**told),
        "pbis-desk.service": _DESK.format(**told, hardened=_hardened(site, choices, "")),
    }
    units = {name: _HEAD.format(unit=name) + text for name, text in units.items()}
    return units | {"Containerfile": _CONTAINER.format(root=quote(str(site.root)), at=choices.at)}


def command() -> Path:
    """The command `pbis` that stands beside this Python."""
    return Path(sys.executable).with_name("pbis")


def _hardened(site: Site, choices: ServiceChoices, network: str) -> str:
    outside = {folder for folder in site.folders.values() if not folder.resolve().is_relative_to(site.root)}
    writable = " ".join(_path(folder) for folder in (site.root, *sorted(outside)))
    return _HARDENED.format(account=choices.account, root=_path(site.root), writable=writable, network=network)


def _is_here(url: str) -> bool:
    return not url or urlsplit(url).hostname in _LOOPBACK


def _path(path: Path) -> str:
    """A path as a unit takes it unquoted."""
    text = str(path)
    if any(char.isspace() or char in "\"'\\%$;" or not char.isprintable() for char in text):
        raise ConfigError(
            f"{text!r}: expected a path without blanks, quotes, %, $ or ; because units of systemd name it"
        )
    return text
