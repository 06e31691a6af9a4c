"""Whom an agent takes for its server: the centre's CA and no other, and what is wrong if not."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

import aiohttp
from cryptography import x509

from core_services.settings import SettingsError

Fault = Literal[
    "wrong_certificate", "certificate_expired", "wrong_name", "clock_off", "server_without_tls"
]
"""`wrong_certificate` it is not from the pinned CA · `wrong_name` it is for other addresses ·
`clock_off` the certificate holds, but not at the time that this machine's clock says."""
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

_NOT_YET_VALID, _EXPIRED = 9, 10
"""X509_V_ERR_CERT_NOT_YET_VALID and …_HAS_EXPIRED of OpenSSL."""
_NAMES: Final = frozenset({62, 63, 64})
"""X509_V_ERR_HOSTNAME_MISMATCH, …_EMAIL_… and …_IP_ADDRESS_MISMATCH."""
_ASK_TIMEOUT_S = 3.0
_HEAD_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a server is not believed."""

    fault: Fault
    detail: str


def trust_of(server: str, server_ca: Path | None) -> ssl.SSLContext | None:
    """Return what judges the server's certificate; None for an address of plain HTTP.

    With `server_ca` only the certificates of that file are believed, else those that this machine
    believes. The name or address of the server is checked in both cases. Raises SettingsError.
    """
    if not server.startswith("https://"):
        if server_ca is not None:
            raise SettingsError(
                [
                    f'"server_ca" is set, so the server speaks TLS, but "server" is {server}: '
                    "write it with https://"
                ]
            )
        return None
    if server_ca is None:
        return _strict(ssl.create_default_context())
    try:
        return trust_in(server_ca.read_text(encoding="ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(
            [f'"server_ca": {server_ca} holds no certificate in PEM; pair the device again.']
        ) from error
    except OSError as error:
        raise SettingsError(
            [f'"server_ca": {server_ca} cannot be read: {error.strerror}; pair the device again.']
        ) from error


def trust_in(ca: str) -> ssl.SSLContext:
    """Return what believes these CAs (PEM) and no other. Raises ssl.SSLError, ValueError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca)
    return _strict(context)


def believing_anybody() -> ssl.SSLContext:
    """Return what checks nothing: no secret goes through it, nothing that it brings is believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _strict(context)


async def doubt_of(error: BaseException, server: str, *, at: datetime) -> Doubt | None:
    """Say why a connection to the server failed, if that is about whom it is; else None.

    A certificate that does not hold now is held against the server's own clock too, which is asked
    without believing it: a machine whose battery is empty says 1970 and finds every certificate
    wrong.
    """
    refused = _verification_of(error)
    if refused is None:
        is_plain = _is_no_tls(error)
        return Doubt("server_without_tls", "plain HTTP answers there") if is_plain else None
    if refused.verify_code in _NAMES:
        return Doubt("wrong_name", f"{refused.verify_message}: it is for other addresses")
    if refused.verify_code not in (_NOT_YET_VALID, _EXPIRED):
        return Doubt("wrong_certificate", refused.verify_message)
    shown, told = await _ask_time(server)
    return _doubt_of_dates(refused.verify_code, shown, at=at, told=told)


def _doubt_of_dates(
    code: int, shown: x509.Certificate | None, *, at: datetime, told: datetime | None
) -> Doubt:
    clocks = f"this machine's clock says {at:%Y-%m-%d %H:%M} UTC"
    if told is not None:
        clocks += f", the server's {told:%Y-%m-%d %H:%M}"
    if code == _NOT_YET_VALID:
        return Doubt("clock_off", clocks)
    if shown is not None and told is not None and told < shown.not_valid_after_utc:
        return Doubt("clock_off", clocks)
    ended = "" if shown is None else f"it ended on {shown.not_valid_after_utc:%Y-%m-%d %H:%M}; "
    return Doubt("certificate_expired", ended + clocks)


def _verification_of(error: BaseException) -> ssl.SSLCertVerificationError | None:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        error = error.certificate_error
    return error if isinstance(error, ssl.SSLCertVerificationError) else None


def _is_no_tls(error: BaseException) -> bool:
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        error = error.os_error
    return isinstance(error, ssl.SSLError) and error.reason in (
        "WRONG_VERSION_NUMBER",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
        "HTTP_REQUEST",
    )


async def _ask_time(server: str) -> tuple[x509.Certificate | None, datetime | None]:
    """Return the certificate that the server shows and the time that it tells, both unproven."""
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or 443
    writer = None
    try:
        async with asyncio.timeout(_ASK_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port, ssl=believing_anybody())
            der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            shown = x509.load_der_x509_certificate(der)
            asked = f"HEAD /healthz HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
            writer.write(asked.encode())
            return shown, _date_in(await reader.read(_HEAD_BYTES))
    except (OSError, TimeoutError, ValueError):
        return None, None
    finally:
        if writer is not None:
            writer.transport.abort()


def _date_in(head: bytes) -> datetime | None:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"date":
            with suppress(ValueError):
                return parsedate_to_datetime(value.decode("latin-1").strip()).astimezone(UTC)
    return None


def _strict(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
