"""CAs, certificates and TLS ends of a connection, as a centre has them."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from queue_server.tls.authority import Authority, issue, make_authority, read_host

LOOPBACK = ("127.0.0.1", "localhost")


def now() -> datetime:
    """Return the machine's own time: OpenSSL judges certificates by no other."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre's CA and the folder with its files."""

    folder: Path
    authority: Authority

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def server(self) -> Path:
        return self.folder / "server.pem"

    def issue(self, hosts: Sequence[str] = LOOPBACK, *, at: datetime | None = None) -> bytes:
        """Put another certificate in the server's file, as `shubbak tls renew` does."""
        pem = issue(self.authority, [read_host(host) for host in hosts], at=at or now())
        part = self.folder / "server.part"
        part.write_bytes(pem)
        part.chmod(0o600)
        part.replace(self.server)
        return pem


def a_centre(
    folder: Path, hosts: Sequence[str] = LOOPBACK, *, at: datetime | None = None
) -> Centre:
    """Make a CA and a certificate from it, both made `at`."""
    folder.mkdir(exist_ok=True)
    authority = make_authority([], at=at or now() - timedelta(days=2))
    centre = Centre(folder, authority)
    centre.ca.write_bytes(authority.public_pem)
    centre.issue(hosts, at=at)
    return centre


def serving(pem: Path) -> ssl.SSLContext:
    """Return a server's context that checks nothing of what it shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def shown_by(port: int) -> x509.Certificate:
    """Return the certificate that a server shows to a new connection."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return x509.load_der_x509_certificate(der)
