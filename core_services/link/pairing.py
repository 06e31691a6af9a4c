"""A machine's side of pairing: proves the code, takes the centre's CA and then its token.

What the line shows is believed at no time before the code has vouched for it.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import aiohttp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, WebSocketException

from core_services.clock import Clock
from core_services.link import wire
from core_services.link.code_proof import CodeProof, ProofFailed, stretch
from core_services.link.frame import Frame
from core_services.link.pairing_frames import (
    LARGEST_BYTES,
    PAIRING_VERSION,
    PairAgreed,
    PairAnswer,
    PairBegin,
    PairElement,
    PairingKind,
    PairProof,
    PairRefused,
    PairSalt,
    PairSealed,
    about,
    pairing_server_frames,
)
from core_services.link.trust import Doubt, believing_anybody, doubt_of, trust_in

_OPEN_TIMEOUT_S: Final = 10.0
_STEP_TIMEOUT_S: Final = 20.0

F = TypeVar("F", bound=Frame)

_REFUSALS: Final = {
    "no_code": "no code is open for this kind of machine (or of this name): it was used, tried too "
    "often, or is older than 10 minutes; have another opened",
    "several_codes": "codes are open for several machines of this kind: say which with --name",
    "wrong_code": "the code is not right",
    "version": "server and machine speak different versions of pairing; update the older one",
}


class PairingFailed(Exception):
    """The machine was not paired; `fault` names it and the text says what to do."""

    def __init__(self, fault: str, sentence: str) -> None:
        super().__init__(fault, sentence)
        self.fault, self.sentence = fault, sentence

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Paired:
    """What a machine is given."""

    name: str
    token: str
    ca: str | None
    """The CA to believe, PEM; None over plain HTTP, and where public CAs vouch for the server."""

    @property
    def fingerprint(self) -> str | None:
        """The CA's SHA-256, to be compared with what `shubbak tls show` says."""
        if self.ca is None:
            return None
        return _fingerprint(x509.load_pem_x509_certificate(self.ca.encode()))


async def pair(
    server: str, code: str, *, kind: PairingKind, name: str | None, clock: Clock
) -> Paired:
    """Pair this machine with the server at that address. Raises PairingFailed."""
    scheme, _, rest = server.partition("://")
    is_tls = scheme == "https"
    uri = f"{'wss' if is_tls else 'ws'}://{rest.rstrip('/')}/ws/pair"
    try:
        async with connect(
            uri,
            ssl=believing_anybody() if is_tls else None,
            compression=None,
            proxy=None,
            open_timeout=_OPEN_TIMEOUT_S,
            ping_interval=None,
            max_size=LARGEST_BYTES,
        ) as socket:
            return await _Attempt(socket, server, kind, clock.now).run(code, name)
    except ConnectionClosed as error:
        raise PairingFailed(
            "interrupted", "the server ended the pairing; try again, with another code if need be"
        ) from error
    except (OSError, TimeoutError, InvalidHandshake, WebSocketException) as error:
        doubt = await doubt_of(error, server, at=clock.now())
        why = str(error) or type(error).__name__ if doubt is None else doubt.detail
        raise PairingFailed(
            "unreachable" if doubt is None else doubt.fault,
            f"{server} cannot be paired with: {why}",
        ) from error


class _Attempt:
    def __init__(
        self,
        socket: ClientConnection,
        server: str,
        kind: PairingKind,
        now: Callable[[], datetime],
    ) -> None:
        self._socket = socket
        self._server = server
        self._kind: PairingKind = kind
        self._now = now

    async def run(self, code: str, name: str | None) -> Paired:
        begin = PairBegin(versions=[PAIRING_VERSION], kind=self._kind, name=name)
        await self._send(begin)
        salt = await self._receive(PairSalt)
        secret = await asyncio.to_thread(stretch, code, salt.salt)
        proof = CodeProof(
            secret,
            is_centre=False,
            about=about(salt.version, salt.pairing, self._kind, salt.salt),
        )
        await self._send(PairElement(element=proof.element))
        answer = await self._receive(PairAnswer)
        try:
            await asyncio.to_thread(proof.meet, answer.element)
            proof.check(answer.proof)
            await self._send(PairProof(proof=proof.proof()))
            told = proof.open((await self._receive(PairSealed)).sealed)
            doubt = await self._doubt(told)
            agreed = {"agreed": doubt is None, "fault": doubt and doubt.fault, "seen": self._seen()}
            await self._send(PairAgreed(sealed=proof.seal(agreed)))
            if doubt is not None:
                await self._let_it_hear()
                raise _not_believed(self._server, doubt)
            token = proof.open((await self._receive(PairSealed)).sealed)["token"]
        except (ProofFailed, KeyError) as error:
            raise PairingFailed(
                "wrong_code",
                "the code is not right, or something between this machine and the server pretends "
                "to be it: nothing was taken. Compare the code; if it was right, look for what "
                "stands in between before another is tried",
            ) from error
        return Paired(str(told["name"]), str(token), told.get("ca"))

    async def _doubt(self, told: dict[str, Any]) -> Doubt | None:
        """Hold the line against what the proved server says of itself."""
        is_tls = self._server.startswith("https://")
        if bool(told.get("tls")) != is_tls:
            if is_tls:
                return Doubt("wrong_certificate", "the server itself speaks plain HTTP")
            return Doubt("wrong_certificate", "the server itself speaks TLS: write https://")
        if not is_tls:
            return None
        ca = told.get("ca")
        if ca is not None and not self._is_from(x509.load_pem_x509_certificate(ca.encode())):
            return Doubt("wrong_certificate", "this line shows a certificate of somebody else")
        trust = ssl.create_default_context() if ca is None else trust_in(ca)
        return await self._try(trust)

    async def _try(self, trust: ssl.SSLContext) -> Doubt | None:
        """Connect as the agent will, so that what is written down works."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_OPEN_TIMEOUT_S)) as web,
                web.get(f"{self._server}/healthz", ssl=trust, allow_redirects=False),
            ):
                return None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            doubt = await doubt_of(error, self._server, at=self._now())
            if doubt is None:
                raise PairingFailed(
                    "unreachable", f"{self._server} does not answer any more: {error}"
                ) from error
            return doubt

    def _shown(self) -> x509.Certificate | None:
        tls = self._socket.transport.get_extra_info("ssl_object")
        if tls is None:
            return None
        return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))

    def _seen(self) -> str | None:
        shown = self._shown()
        return None if shown is None else _fingerprint(shown)

    def _is_from(self, ca: x509.Certificate) -> bool:
        shown = self._shown()
        if shown is not None:
            with suppress(ValueError, TypeError, InvalidSignature):
                shown.verify_directly_issued_by(ca)
                return True
        return False

    async def _let_it_hear(self) -> None:
        """Stay until the server has taken the word: it burns the code."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_STEP_TIMEOUT_S):
                await self._socket.wait_closed()

    async def _send(self, frame: Frame) -> None:
        await self._socket.send(frame.model_dump_json())

    async def _receive(self, kind: type[F]) -> F:
        async with asyncio.timeout(_STEP_TIMEOUT_S):
            message = await self._socket.recv()
        try:
            frame = wire.read_frame(pairing_server_frames, message)
        except wire.WireError as error:
            raise PairingFailed("protocol", "what answers there is no server of a centre") from (
                error
            )
        if isinstance(frame, PairRefused):
            raise _refused(frame)
        if not isinstance(frame, kind):
            raise PairingFailed("protocol", "what answers there is no server of a centre")
        return frame


def _refused(frame: PairRefused) -> PairingFailed:
    if frame.reason == "too_many_attempts":
        wait_s = frame.wait_s or 60
        return PairingFailed(
            frame.reason,
            f"too many attempts from this address; try again in {-(-wait_s // 60)} minutes",
        )
    return PairingFailed(frame.reason, _REFUSALS.get(frame.reason, frame.reason))


def _not_believed(server: str, doubt: Doubt) -> PairingFailed:
    sentences = {
        "wrong_certificate": f"SOMEBODY STANDS BETWEEN this machine and the server at {server}: "
        f"{doubt.detail}. Nothing was written, and the code is burned",
        "wrong_name": f"the server's certificate is not for {server}; correct the address, or on "
        "the server: shubbak tls renew --host ADDRESS",
        "certificate_expired": f"the server's certificate is over ({doubt.detail}); on the server: "
        "shubbak tls renew",
        "clock_off": f"a clock is wrong: {doubt.detail}; set it",
    }
    return PairingFailed(doubt.fault, sentences.get(doubt.fault, doubt.detail))


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex(":").upper()
