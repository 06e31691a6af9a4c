"""The certificate that the server shows: checked, and taken up again when its file is replaced."""

import asyncio
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from core_services.clock import Clock
from core_services.settings import SettingsError, check_private

logger = structlog.get_logger()

LOOK_EVERY_S: Final = 5.0
SOON: Final = timedelta(days=30)
"""So long before the certificate ends it is told each day."""

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A certificate that can be served now."""

    context: ssl.SSLContext
    certificate: x509.Certificate


class LiveCertificate:
    """Gives each new connection the latest certificate that can be served.

    Connections that stand keep theirs: nobody is cut off by a renewal.
    """

    def __init__(self, certificate: Path, key: Path, clock: Clock) -> None:
        """Read the files, blocking. Raises SettingsError, which says how to mend them."""
        self._certificate, self._key = certificate, key
        self._clock = clock
        self._stamp = _stamp(certificate, key)
        self._loaded = load_certificate(certificate, key, at=clock.now())
        self._told_at: datetime | None = None
        self.context = _new_context()
        """Give this one to the server's socket."""
        self.context.sni_callback = self._choose
        self.asked = asyncio.Event()
        """Set it to have the files looked at now (SIGHUP)."""

    @property
    def certificate(self) -> x509.Certificate:
        """The one that new connections get."""
        return self._loaded.certificate

    async def keep_fresh(self) -> None:
        """Look at the files every few seconds, and when asked, until cancelled."""
        while True:
            self._tell_of_the_end()
            waiting = asyncio.ensure_future(self._clock.sleep(LOOK_EVERY_S))
            asking = asyncio.ensure_future(self.asked.wait())
            try:
                await asyncio.wait((waiting, asking), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                asking.cancel()
            is_asked = self.asked.is_set()
            self.asked.clear()
            await asyncio.to_thread(self.look, is_asked=is_asked)

    def look(self, *, is_asked: bool = False) -> None:
        """Take up a certificate whose files have changed; what is no good changes nothing."""
        stamp = _stamp(self._certificate, self._key)
        if stamp == self._stamp and not is_asked:
            return
        self._stamp = stamp
        try:
            loaded = load_certificate(self._certificate, self._key, at=self._clock.now())
        except SettingsError as error:
            logger.error("tls_certificate_not_taken_up", why=str(error))
            return
        self._loaded = loaded
        self._told_at = None
        logger.info(
            "tls_certificate_taken_up",
            serial=f"{loaded.certificate.serial_number:x}",
            ends=loaded.certificate.not_valid_after_utc.isoformat(),
        )

    def _choose(self, socket: ssl.SSLObject, _name: str | None, _asked: ssl.SSLContext) -> None:
        socket.context = self._loaded.context

    def _tell_of_the_end(self) -> None:
        now, ends = self._clock.now(), self.certificate.not_valid_after_utc
        if ends - now > SOON or (self._told_at and now - self._told_at < timedelta(days=1)):
            return
        self._told_at = now
        logger.warning(
            "tls_certificate_ends",
            days_left=(ends - now) // timedelta(days=1),
            advice="run: shubbak tls renew",
        )


def certificate_of(files: tuple[Path, Path] | None, clock: Clock) -> LiveCertificate | None:
    """Read the certificate to serve, blocking; None where plain HTTP is served.

    Raises SettingsError.
    """
    return None if files is None else LiveCertificate(*files, clock)


async def keep_fresh(certificate: LiveCertificate | None) -> None:
    """Keep a certificate fresh until cancelled; without one there is nothing to do."""
    if certificate is not None:
        await certificate.keep_fresh()


def warn_of_plain_lan(listen: str) -> None:
    """Tell the log that others on the network can read what passes."""
    logger.warning(
        "serving_plain_lan",
        listen=listen,
        advice="anyone on this network can read what passes: shubbak tls init",
    )


def load_certificate(certificate: Path, key: Path, *, at: datetime) -> Loaded:
    """Read what is to be served and see that it can be. Raises SettingsError."""
    check_private(key)
    chain = _read_chain(certificate)
    leaf = chain[0]
    if at >= leaf.not_valid_after_utc:
        raise _wrong(
            certificate,
            f"ended on {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC; renew it: shubbak tls renew "
            f"(if today is not {at:%Y-%m-%d}, set this machine's clock)",
        )
    if at < leaf.not_valid_before_utc:
        raise _wrong(
            certificate,
            f"begins on {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC, and this machine's clock "
            f"says {at:%Y-%m-%d %H:%M}; set the clock (timedatectl set-ntp "
            "false, then timedatectl set-time)",
        )
    _check_key(certificate, key, leaf)
    context = _new_context()
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise _wrong(certificate, f"cannot be served: {error}") from error
    return Loaded(context, leaf)


def read_leaf(certificate: Path) -> x509.Certificate:
    """Return the first certificate of a file. Raises SettingsError."""
    return _read_chain(certificate)[0]


def _read_chain(path: Path) -> Sequence[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            [
                f"the certificate {path} cannot be read: {error.strerror}; bring it back, name "
                'another in "tls_certificate", or make one with: shubbak tls init'
            ]
        ) from error
    except ValueError as error:
        raise _wrong(path, "holds no certificate in PEM; make one with: shubbak tls renew") from (
            error
        )


def _check_key(certificate: Path, path: Path, leaf: x509.Certificate) -> None:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SettingsError([f"the key {path} cannot be read: {error.strerror}."]) from error
    except TypeError as error:
        raise SettingsError(
            [f"the key {path} is locked with a password; keep it without one, mode 0600."]
        ) from error
    except ValueError as error:
        raise SettingsError([f"{path} holds no private key in PEM."]) from error
    if key.public_key() != leaf.public_key():
        raise SettingsError(
            [
                f"the key {path} is not that of the certificate {certificate}; name the two files "
                'that belong together in "tls_key" and "tls_certificate"'
            ]
        )


def _new_context() -> ssl.SSLContext:
    """Return a server's context: TLS 1.2 or later, ciphers with forward secrecy."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _stamp(*paths: Path) -> Stamp:
    """Return what changes when one of the files is replaced."""
    found = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(found)


def _wrong(path: Path, why: str) -> SettingsError:
    return SettingsError([f"the certificate {path} {why}"])
