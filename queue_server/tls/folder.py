"""The folder `tls` of the server's data: the CA, its public half, the server's certificate.

Each file is whole at every moment and the two halves of a pair lie in one file, so whatever a
power cut leaves behind is either usable or finished by the same command given again.
"""

import fcntl
import hashlib
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from core_services.files import write_durably
from queue_server.tls.authority import (
    BACKDATED,
    Authority,
    Host,
    hosts_of,
    issue,
    made_for,
    make_authority,
    may_vouch,
    read_authority,
    read_host,
)
from queue_server.tls.errors import (
    AuthorityMissing,
    AuthorityThere,
    AuthorityUnusable,
    BadHost,
    CertificateMissing,
    WrongClock,
)

DUE: Final = timedelta(days=60)
"""So long before its end a certificate is to be renewed."""

_EARLIEST: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""No machine that runs this program lives before; one whose battery is empty says 1970 or 2000."""


@dataclass(frozen=True, slots=True)
class TlsFolder:
    """Where the files lie."""

    path: Path

    @property
    def authority(self) -> Path:
        """The CA with its key, mode 0600: whoever has it can pass as the centre's server."""
        return self.path / "ca.pem"

    @property
    def public(self) -> Path:
        """The CA's certificate alone, for machines and browsers."""
        return self.path / "ca.crt"

    @property
    def server(self) -> Path:
        """The server's certificate and key, mode 0600."""
        return self.path / "server.pem"


@dataclass(frozen=True, slots=True)
class Kept:
    """The CA and the server's certificate as they lie in the folder."""

    authority: x509.Certificate
    server: x509.Certificate

    @property
    def hosts(self) -> tuple[Host, ...]:
        return hosts_of(self.server)

    def days_left(self, at: datetime) -> int:
        """Whole days until the server's certificate ends; negative once it has ended."""
        return (self.server.not_valid_after_utc - at) // timedelta(days=1)


def init(
    folder: TlsFolder, hosts: Sequence[Host], *, at: datetime, new_authority: bool = False
) -> Kept:
    """Make the CA and the server's first certificate, or finish what was begun.

    Blocks for the fsyncs. Raises TlsError, OSError.
    """
    _check_clock(at, _EARLIEST, "when this program did not exist")
    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        if new_authority:
            _put_aside(folder)
        is_kept = folder.authority.exists() and not new_authority
        if is_kept:
            authority = _read_authority(folder)
            if _issued(folder, authority.certificate) is not None:
                raise AuthorityThere(folder.authority)
        else:
            authority = make_authority(hosts, at=at)
            issue(authority, hosts, at=at)  # nothing is kept that cannot be used
            write_durably(folder.authority, authority.pem)
        write_durably(folder.public, authority.public_pem, mode=0o644)
        return _renew(folder, authority, hosts, at=at)


def renew(
    folder: TlsFolder, hosts: Sequence[Host] | None, *, at: datetime, listen: str | None = None
) -> Kept:
    """Make the server another key and certificate from the same CA.

    Without `hosts` it is for those of the present one; where that is lost, for those by which a
    server that listens on `listen` is usually asked for, and those that the CA was made for.
    Raises TlsError, OSError.
    """
    _check_clock(at, _EARLIEST, "when this program did not exist")
    if not folder.authority.exists():
        raise AuthorityMissing(folder.authority)
    with _alone(folder):
        authority = _read_authority(folder)
        present = _issued(folder, authority.certificate)
        if present is not None:
            made = present.not_valid_before_utc + BACKDATED
            _check_clock(at, made, "when the present certificate was made")
        if hosts is None:
            hosts = hosts_of(present) if present is not None else _usual(authority, listen)
        write_durably(folder.public, authority.public_pem, mode=0o644)
        return _renew(folder, authority, hosts, at=at)


def look(folder: TlsFolder) -> Kept:
    """Return what lies in the folder. Raises TlsError, OSError."""
    if not folder.authority.exists():
        raise AuthorityMissing(folder.authority)
    authority = _read_authority(folder).certificate
    server = _issued(folder, authority)
    if server is None:
        raise CertificateMissing(folder.server)
    return Kept(authority, server)


def default_hosts(listen: str | None) -> tuple[Host, ...]:
    """Return what a server is usually asked for by: its address, its name, this machine."""
    texts = ["127.0.0.1", "::1", "localhost"]
    name = socket.gethostname()
    if listen is not None and listen != "localhost" and not ip_address(listen).is_unspecified:
        texts.insert(0, listen)
    hosts = [read_host(text) for text in texts]
    with suppress(BadHost):  # a machine may be called anything
        hosts.append(read_host(name))
    return tuple(dict.fromkeys(hosts))


def _usual(authority: Authority, listen: str | None) -> tuple[Host, ...]:
    """Return what a certificate is made for whose one before is lost."""
    hosts = (*made_for(authority.certificate), *default_hosts(listen))
    return tuple(dict.fromkeys(h for h in hosts if may_vouch(authority.certificate, h)))


def _renew(folder: TlsFolder, authority: Authority, hosts: Sequence[Host], *, at: datetime) -> Kept:
    if at >= authority.certificate.not_valid_after_utc:
        raise AuthorityUnusable(
            folder.authority, f"it ended on {authority.certificate.not_valid_after_utc:%Y-%m-%d}"
        )
    _check_clock(at, authority.certificate.not_valid_before_utc + BACKDATED, "when the CA was made")
    pem = issue(authority, hosts, at=at)
    write_durably(folder.server, pem)
    return Kept(authority.certificate, x509.load_pem_x509_certificate(pem))


def _read_authority(folder: TlsFolder) -> Authority:
    try:
        return read_authority(folder.authority.read_bytes())
    except (ValueError, TypeError) as error:
        raise AuthorityUnusable(folder.authority, str(error) or "it is damaged") from error


def _issued(folder: TlsFolder, authority: x509.Certificate) -> x509.Certificate | None:
    """Return the server's certificate if there is one from this CA."""
    try:
        certificate = x509.load_pem_x509_certificate(folder.server.read_bytes())
        certificate.verify_directly_issued_by(authority)
    except (FileNotFoundError, ValueError, InvalidSignature):
        return None
    return certificate


def _put_aside(folder: TlsFolder) -> None:
    """Keep the CA that is replaced under a name of its own; nothing is thrown away here."""
    with suppress(FileNotFoundError):
        content = folder.authority.read_bytes()
        write_durably(folder.path / f"ca-{hashlib.sha256(content).hexdigest()[:12]}.pem", content)


def _check_clock(at: datetime, earliest: datetime, why: str) -> None:
    if at < earliest.replace(microsecond=0):
        raise WrongClock(at, earliest, why)


@contextmanager
def _alone(folder: TlsFolder) -> Iterator[None]:
    """Let one command work on the folder, and sweep what a killed one left half written."""
    descriptor = os.open(folder.path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for part in folder.path.glob(".*-*"):
            part.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)
