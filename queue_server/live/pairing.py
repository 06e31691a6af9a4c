"""`/ws/pair`: gives a machine that proves an open code its token and the centre's CA."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import structlog
from aiohttp import WSMsgType, web

from core_services.clock import Clock
from core_services.credentials import hash_token
from core_services.database.errors import DatabaseError
from core_services.database.pool import Pool
from core_services.devices import pairing as pairings
from core_services.devices.store_pairing import Pairing, Taken
from core_services.link import wire
from core_services.link.code_proof import CodeProof, ProofFailed
from core_services.link.frame import Frame
from core_services.link.pairing_frames import (
    LARGEST_BYTES,
    PAIRING_VERSION,
    PairAgreed,
    PairAnswer,
    PairBegin,
    PairElement,
    PairingRefusal,
    PairProof,
    PairRefused,
    PairSalt,
    PairSealed,
    about,
    pairing_agent_frames,
)
from queue_server.live.sockets import new_websocket
from queue_server.tickets.model import Actor

logger = structlog.get_logger()

STEP_TIMEOUT_S: Final = 20.0
"""A machine has so long for each of its frames; stretching a code takes an old one some seconds."""
AT_ONCE: Final = 8
"""So many machines are paired at a time; more are told to come back."""
OF_ONE_ADDRESS: Final = 3
"""So many of them from one address, so that nobody who says nothing keeps all others out."""
_MACHINE: Final = Actor("system")
"""A machine that is paired acts for the administrator who opened its code."""

F = TypeVar("F", bound=Frame)


class _Ended(Exception):
    """The machine said nothing in time, something else, or left."""


class _Refused(Exception):
    def __init__(self, reason: PairingRefusal, wait_s: int | None = None) -> None:
        super().__init__(reason)
        self.frame = PairRefused(reason=reason, wait_s=wait_s)


class PairingDesk:
    """Where machines prove their codes."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        *,
        centre_id: int,
        own_ca: Callable[[], Path | None],
        on_paired: Callable[[UUID], object],
    ) -> None:
        """`own_ca`: the CA that vouches for the certificate served, where it is the centre's own.

        `on_paired` is called with the device that has a new token, so that a socket which came by
        its old one is closed.
        """
        self._pool = pool
        self._clock = clock
        self._centre_id = centre_id
        self._own_ca = own_ca
        self._on_paired = on_paired
        self._present = Counter[str]()

    async def endpoint(self, request: web.Request) -> web.StreamResponse:
        """Serve one attempt; everything that is refused is counted before it is looked at."""
        address = request.remote or "unknown"
        if self._present.total() >= AT_ONCE or self._present[address] >= OF_ONE_ADDRESS:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"})
        self._present[address] += 1
        try:
            ws = new_websocket(heartbeat_s=10.0, largest_message=LARGEST_BYTES)
            await ws.prepare(request)
            await self._serve(ws, request)
            return ws
        finally:
            self._present[address] -= 1
            self._present += Counter()  # keeps no address of which nobody is here

    async def _serve(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        try:
            await self._attempt(ws, request)
        except _Refused as refused:
            logger.info("pairing_refused", reason=refused.frame.reason)
            await _send(ws, refused.frame)
            await ws.close()
        except (_Ended, ConnectionError):
            await ws.close()
        except DatabaseError as error:
            logger.warning("pairing_not_kept", why=str(error))
            await ws.close(code=wire.TRY_LATER, message=b"try again later")

    async def _attempt(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        begin = await _receive(ws, PairBegin)
        if PAIRING_VERSION not in begin.versions:
            raise _Refused("version")
        address = hash_token(request.remote or "unknown")
        pool, at = self._pool, self._clock.now()
        wait_s = await pairings.count_attempt(
            pool, centre_id=self._centre_id, address=address, at=at
        )
        if wait_s:
            raise _Refused("too_many_attempts", wait_s)
        pairing = await self._find(begin)
        await _send(ws, PairSalt(version=PAIRING_VERSION, pairing=pairing.id, salt=pairing.salt))
        element = (await _receive(ws, PairElement)).element
        taken = await pairings.take_attempt(
            pool, centre_id=self._centre_id, pairing_id=pairing.id, at=self._clock.now()
        )
        if taken is None:
            raise _Refused("no_code")
        proof = await self._prove(ws, taken, element)
        await self._hand_over(ws, request, taken.pairing, proof)

    async def _find(self, begin: PairBegin) -> Pairing:
        found = [
            each
            for each in await pairings.open_pairings(
                self._pool, centre_id=self._centre_id, at=self._clock.now()
            )
            if each.kind == begin.kind and begin.name in (None, each.name)
        ]
        if not found:
            raise _Refused("no_code")
        if len(found) > 1:
            raise _Refused("several_codes")
        return found[0]

    async def _prove(self, ws: web.WebSocketResponse, taken: Taken, element: bytes) -> CodeProof:
        """Let both sides prove the code; it was counted, so whoever leaves gains nothing."""
        pairing, is_proved = taken.pairing, False
        try:
            proof = await asyncio.to_thread(
                CodeProof,
                taken.secret,
                is_centre=True,
                about=about(PAIRING_VERSION, pairing.id, pairing.kind, pairing.salt),
            )
            await asyncio.to_thread(proof.meet, element)
            await _send(ws, PairAnswer(element=proof.element, proof=proof.proof()))
            proof.check((await _receive(ws, PairProof)).proof)
            is_proved = True
        except ProofFailed as error:
            raise _Refused("wrong_code") from error
        finally:
            if not is_proved:
                logger.warning("pairing_code_wrong", device=pairing.name, attempt=pairing.attempts)
        return proof

    async def _hand_over(
        self,
        ws: web.WebSocketResponse,
        request: web.Request,
        pairing: Pairing,
        proof: CodeProof,
    ) -> None:
        """Send the CA, hear that it vouches for the line, and only then make and send the token."""
        path = self._own_ca()
        ca = None if path is None else await asyncio.to_thread(path.read_text, "ascii")
        what = {"name": pairing.name, "tls": request.secure, "ca": ca}
        await _send(ws, PairSealed(sealed=proof.seal(what)))
        try:
            agreed = proof.open((await _receive(ws, PairAgreed)).sealed)
        except ProofFailed as error:
            raise _Refused("wrong_code") from error
        if agreed.get("agreed") is not True:
            fault = str(agreed.get("fault"))[:40]
            logger.error(
                "pairing_line_not_believed",
                device=pairing.name,
                fault=fault,
                seen=str(agreed.get("seen"))[:100],
            )
            if fault == "wrong_certificate":
                await self._burn(pairing)
            await ws.close()
            return
        at = self._clock.now()
        new = await pairings.complete_pairing(self._pool, pairing, actor=_MACHINE, at=at)
        if new is None:
            raise _Refused("no_code")
        self._on_paired(new.device.id)
        logger.info("device_paired", device=pairing.name, kind=pairing.kind)
        await _send(ws, PairSealed(sealed=proof.seal({"token": new.token})))
        await ws.close()

    async def _burn(self, pairing: Pairing) -> None:
        await pairings.end_pairing(
            self._pool,
            centre_id=self._centre_id,
            pairing_id=pairing.id,
            outcome="burned",
            actor=_MACHINE,
            at=self._clock.now(),
            detail={"why": "somebody stands in between"},
        )


async def _send(ws: web.WebSocketResponse, frame: Frame) -> None:
    await ws.send_str(frame.model_dump_json())


async def _receive(ws: web.WebSocketResponse, kind: type[F]) -> F:
    try:
        async with asyncio.timeout(STEP_TIMEOUT_S):
            message = await ws.receive()
    except TimeoutError as error:
        raise _Ended from error
    if message.type is not WSMsgType.TEXT:
        raise _Ended
    try:
        frame = wire.read_frame(pairing_agent_frames, message.data)
    except wire.WireError as error:
        raise _Ended from error
    if not isinstance(frame, kind):
        raise _Ended
    return frame
