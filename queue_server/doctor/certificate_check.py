"""Looks at the certificate that the server shows: its time, its names, the CA that machines pin."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from core_services.clock import Clock
from core_services.doctor.model import N_, Check, Finding, broken, quoted, warning, well
from core_services.doctor.timekeeping import BY_HAND
from core_services.settings import SettingsError
from queue_server.settings import ServerSettings, is_loopback
from queue_server.tls.authority import Host, hosts_of
from queue_server.tls.folder import TlsFolder
from queue_server.tls.line import look_at_line
from queue_server.tls.serving import read_leaf


def certificate_check(settings: ServerSettings, clock: Clock) -> Check:
    """Look at what a server over TLS shows; for one that has a certificate."""
    look = partial(_look, settings, clock)
    return Check("certificate", N_("Certificate"), look)


async def _look(settings: ServerSettings, clock: Clock) -> Sequence[Finding]:
    return await asyncio.to_thread(certificate_findings, settings, at=clock.now())


def certificate_findings(settings: ServerSettings, *, at: datetime) -> list[Finding]:
    """Return what is wrong with the certificate that the settings name, or that it is well. Blocks.

    The files are read, nobody is asked: a server that runs takes another one up by itself.
    """
    files = settings.tls_files
    if files is None:
        return []
    try:
        leaf = read_leaf(files[0])
    except SettingsError as error:
        return [
            broken(
                quoted(problem),
                N_("Bring it back from the backup, or make another."),
                "shubbak tls renew",
            )
            for problem in error.problems
        ]
    found = [
        *_time(settings, leaf, at=at),
        *_names(settings, leaf),
        *_authority(settings, leaf),
    ]
    if found:
        return found
    return [
        well(
            N_(
                "for {hosts}, until {day}",
                hosts=", ".join(map(str, hosts_of(leaf))),
                day=f"{leaf.not_valid_after_utc:%Y-%m-%d}",
            )
        )
    ]


def _time(settings: ServerSettings, leaf: x509.Certificate, *, at: datetime) -> Iterator[Finding]:
    ends = f"{leaf.not_valid_after_utc:%Y-%m-%d}"
    renew = _renewing(settings)
    if at >= leaf.not_valid_after_utc:
        yield broken(
            N_("it ended on {day}: no browser and no machine believes the server", day=ends),
            N_("See that this machine's clock is right, then make another certificate."),
            "timedatectl",
            *renew,
        )
    elif at < leaf.not_valid_before_utc:
        yield broken(
            N_(
                "it begins on {day}, and this machine's clock is before that",
                day=f"{leaf.not_valid_before_utc:%Y-%m-%d}",
            ),
            N_("Set the clock."),
            *BY_HAND,
        )
    else:
        line = look_at_line(settings, at=at)
        if line.ends_soon:
            yield warning(
                N_("it ends on {day}, in {days} days", day=ends, days=line.days_left),
                N_("Make another; a server that runs takes it up. See why nobody did by itself."),
                *renew,
                "systemctl status shubbak-tls-renew.timer",
            )


def _renewing(settings: ServerSettings) -> tuple[str, ...]:
    if settings.tls_certificate is None:
        return ("shubbak tls renew",)
    return (f"ls -l {settings.tls_certificate}  # from whoever issues it",)


def _names(settings: ServerSettings, leaf: x509.Certificate) -> Iterator[Finding]:
    """Tell of addresses by which the server is surely asked for and that it does not prove."""
    hosts = hosts_of(leaf)
    missing = [host for host in _asked_for_by(settings) if not _is_for(hosts, host)]
    for host in missing:
        options = " ".join(f"--host {each}" for each in (*hosts, host))
        yield broken(
            N_(
                "it is not for {host}, by which the server is asked for; it is for {hosts}",
                host=host,
                hosts=", ".join(map(str, hosts)),
            ),
            N_("Make another certificate for all its names; machines keep the CA that they have."),
            f"shubbak tls renew {options}"
            if settings.tls_certificate is None
            else _renewing(settings)[0],
        )


def _asked_for_by(settings: ServerSettings) -> Iterator[str]:
    with suppress(ValueError):
        if settings.host != "localhost" and not ip_address(settings.host).is_unspecified:
            yield settings.host
    if settings.public_url is not None and settings.public_url.startswith("https://"):
        host = urlsplit(settings.public_url).hostname
        if host is not None and host != settings.host:
            yield host


def _is_for(hosts: Sequence[Host], host: str) -> bool:
    try:
        return ip_address(host) in hosts or is_loopback(host)
    except ValueError:
        names = [str(each).lower() for each in hosts]
        wildcard = f"*.{host.partition('.')[2]}"
        return host.lower() in names or wildcard in names


def _authority(settings: ServerSettings, leaf: x509.Certificate) -> Iterator[Finding]:
    """Tell whether the CA that machines and browsers were given is the one behind it."""
    if settings.tls_certificate is not None:
        return
    folder = TlsFolder(settings.tls_folder)
    public = _read(folder.public)
    if public is None:
        yield broken(
            N_("the CA's file is missing: {path}; no machine can be paired", path=folder.public),
            N_("Write it again from the CA, or bring it back from the backup."),
            "shubbak tls renew",
        )
        return
    try:
        leaf.verify_directly_issued_by(public)
    except (ValueError, TypeError, InvalidSignature):
        yield broken(
            N_("it is not from the CA in {path}, which the machines pin", path=folder.public),
            N_("Make another from that CA: then every paired machine believes it again."),
            "shubbak tls renew",
        )
    if not folder.authority.exists():
        yield warning(
            N_("the CA's key is missing: {path}; nothing can be renewed", path=folder.authority),
            N_(
                "Bring it back from the backup before the certificate ends. A new CA means pairing "
                "every machine again."
            ),
            f"ls -l {folder.authority}",
            "shubbak tls init --new-ca  # only where it is lost for good",
        )


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
