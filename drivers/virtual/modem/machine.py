"""A modem in software: speaks AT commands as strictly as real ones, and forgets as much.

Strict, so that a careless driver is found out: `AT+CMGS` while in text mode sends nonsense to a
short number (`accidents` counts it), whatever is not hex spoils a message, only ESC leaves it.
After a restart it echoes, is in text mode and brings no reports.
"""

import asyncio
from collections.abc import Callable

from drivers.clock import Clock, within
from drivers.virtual.lines import Line
from drivers.virtual.modem.commands import Session, Storage, answer_to
from drivers.virtual.modem.faults import FaultChange, Faults
from drivers.virtual.modem.network import LATE_S, Network, Pdu, Sent
from drivers.virtual.modem.octets import OctetsRefused, Submitted, read_submit

SLOW_S = 8.0
_ESCAPE, _SEND, _RETURN = 0x1B, 0x1A, 0x0D
_LONGEST_COMMAND = 400
_NOISE = ("^RSSI:17", "RING", "+CREG: 1", '^HCSQ:"LTE",46,52,165,30', "+CIEV: 2,4")


class Machine:
    """One virtual modem. `attend` serves one link at a time, `network.run` its network."""

    def __init__(
        self,
        clock: Clock,
        *,
        pin: str = "1234",
        on_sent: Callable[[Sent], None] = lambda sent: None,
    ) -> None:
        self.faults = Faults()
        self.refused: list[str] = []
        """Why octets were refused."""
        self.accidents = 0
        self.pin_attempts = 0
        self.knows_direct_reports = True
        """False: AT+CNMI can't have reports brought at once, as with some modems."""
        self.commands: list[str] = []
        """The last commands, oldest first."""
        self.network = Network(clock, on_pdu=self._hear_network)
        self.storage = Storage()
        self._clock = clock
        self._pin = pin
        self._on_sent = on_sent
        self._session = Session()
        self._is_unlocked = False
        self._line: Line | None = None
        self._was_spoken_to = False
        self._command = bytearray()
        self._octets: bytearray | None = None
        """What came since the prompt; None while commands are taken."""
        self._announced = 0
        self._began_anew = asyncio.Event()
        self._noises = 0
        self._waiting: list[Pdu] = []

    @property
    def is_connected(self) -> bool:
        """Whether somebody spoke to it since it was plugged in."""
        return self._line is not None and self._was_spoken_to and self.has_power()

    @property
    def waiting(self) -> int:
        """Return how many incoming parts the network keeps because the SIM is full."""
        return len(self._waiting)

    def has_power(self) -> bool:
        """Tell whether it is plugged in."""
        return self.faults.power == "on"

    def change(self, change: FaultChange) -> None:
        """Break or mend it."""
        self.faults = change.applied_to(self.faults)
        if change.sim is not None:
            self._is_unlocked = False
            self.pin_attempts = 0
        if change.power == "restart":
            self._restart()
        elif change.power in ("off", "cycle"):
            self._forget()
            if self._line is not None:
                self._line.drop()

    async def attend(self, line: Line) -> None:
        """Serve one link to its end."""
        self._line = line
        self._was_spoken_to = False
        try:
            while data := await line.read():
                self._was_spoken_to = True
                if self.faults.replies:
                    await self._receive(data)
        finally:
            if self._line is line:
                self._line = None

    async def _receive(self, data: bytes) -> None:
        for byte in data:
            if self._session.is_echoing:
                self._say(bytes((byte,)))
            if self._octets is not None:
                await self._take_octet(self._octets, byte)
            elif byte == _RETURN:
                words = self._command.decode("ascii", "replace").strip()
                self._command.clear()
                await self._execute(words)
            elif byte not in (_ESCAPE, _SEND, 0x0A) and len(self._command) < _LONGEST_COMMAND:
                self._command.append(byte)

    async def _execute(self, words: str) -> None:
        if not words:
            return
        self.commands = [*self.commands[-199:], words]
        if words.upper().startswith("AT+CMGS="):
            await self._ask_for_octets(words.partition("=")[2])
            return
        if words.upper().startswith("AT+CPIN="):
            self._reply([self._try_pin(words.partition("=")[2].strip('"'))])
            return
        if words == "AT+CNMI=2,1,0,1,0" and not self.knows_direct_reports:
            self._reply(["+CMS ERROR: 303"])
            return
        self._reply(answer_to(words, self._session, self.storage, self._seen()))
        if words.upper().startswith("AT+CMGD="):
            self._store_waiting()

    def _seen(self) -> Faults:
        """Return the faults as commands meet them: an unlocked SIM is ready."""
        if self.faults.sim == "pin" and self._is_unlocked:
            return FaultChange(sim="ready").applied_to(self.faults)
        return self.faults

    def _try_pin(self, pin: str) -> str:
        if self._seen().sim != "pin":
            return "+CME ERROR: 3"
        self.pin_attempts += 1
        if pin != self._pin:
            if self.pin_attempts >= 3:
                self.faults = FaultChange(sim="puk").applied_to(self.faults)
            return "+CME ERROR: 16"
        self._is_unlocked = True
        return "OK"

    async def _ask_for_octets(self, announced: str) -> None:
        faults = self._seen()
        if faults.sim != "ready":
            self._reply([f"+CMS ERROR: { ({'absent': 310, 'pin': 311, 'puk': 316}[faults.sim]) }"])
            return
        if not announced.isdecimal() and not self._session.is_text_mode:
            self._reply(["+CMS ERROR: 304"])
            return
        if faults.prompt == "never":
            return
        if faults.prompt == "slow" and not await self._hesitate():
            return
        self._announced = int(announced) if announced.isdecimal() else 0
        self._octets = bytearray()
        if self.faults.noise:
            self._make_noise()
        self._say(b"\r\n> ")

    async def _take_octet(self, octets: bytearray, byte: int) -> None:
        if byte == _ESCAPE:
            self._octets = None
            self._reply(["OK"])
        elif byte == _SEND:
            self._octets = None
            await self._send(bytes(octets))
        else:
            octets.append(byte)

    async def _send(self, octets: bytes) -> None:
        faults = self.faults
        if self._session.is_text_mode:
            self.accidents += 1
        if faults.restarts == "before_sending":
            self._restart()
            return
        part = self._submitted(octets)
        if part is None:
            self._reply(["+CMS ERROR: 304"])
            return
        if faults.network != "home":
            self._reply(["+CMS ERROR: 331"])
            return
        if faults.cms:
            self._reply([f"+CMS ERROR: {faults.cms}"])
            return
        if faults.answers == "never":
            return
        if faults.answers == "slow" and not await self._hesitate():
            return
        reference, message = self.network.take(part)
        self._on_sent(message)
        if part.wants_report and faults.reports == "early":
            self.network.report(reference, message, is_delivered=True, after_s=0)
        if faults.restarts == "after_sending":
            self._restart()
        elif faults.answers != "lost":
            self._reply([f"+CMGS: {reference}", "OK"])
        if part.wants_report and faults.reports in ("at_once", "late", "failed"):
            self.network.report(
                reference,
                message,
                is_delivered=faults.reports != "failed",
                after_s=LATE_S if faults.reports == "late" else 0,
            )

    async def _hesitate(self) -> bool:
        """Be slow; False: it began anew, or was unplugged, meanwhile."""
        self._began_anew.clear()
        try:
            async with within(self._clock, SLOW_S):
                await self._began_anew.wait()
        except TimeoutError:
            return True
        return False

    def _submitted(self, octets: bytes) -> Submitted | None:
        try:
            return read_submit(bytes.fromhex(octets.decode("ascii")), self._announced)
        except (OctetsRefused, ValueError) as error:
            self.refused.append(str(error))
            return None

    def _hear_network(self, pdu: Pdu) -> None:
        """Pass on what the network brings, as AT+CNMI told us to."""
        if pdu.is_report and self._session.reports != 2:
            if self._session.reports == 1:
                self._say(f"\r\n+CDS: {pdu.length}\r\n{pdu.octets.hex().upper()}\r\n".encode())
            return
        index = self.storage.add(pdu)
        if index is None:
            self._waiting.append(pdu)
        elif pdu.is_report or self._session.tells_of_messages:
            self._say(f'\r\n+{"CDSI" if pdu.is_report else "CMTI"}: "SM",{index}\r\n'.encode())

    def _store_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for pdu in waiting:
            self._hear_network(pdu)

    def _restart(self) -> None:
        self._forget()
        self._say(b"\r\nRDY\r\n")

    def _forget(self) -> None:
        self._began_anew.set()
        self._session = Session()
        self._octets = None
        self._command.clear()
        self._is_unlocked = False

    def _reply(self, lines: list[str]) -> None:
        for position, line in enumerate(lines):
            if self.faults.noise and position == len(lines) - 1:
                self._make_noise()
            self._say(f"\r\n{line}\r\n".encode())

    def _make_noise(self) -> None:
        self._say(f"\r\n{_NOISE[self._noises % len(_NOISE)]}\r\n".encode())
        self._noises += 1

    def _say(self, data: bytes) -> None:
        if self._line is not None and self.faults.replies:
            self._line.send(data)
