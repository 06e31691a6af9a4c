"""Looks at a modem: its SIM, its network, its signal; unlocks the SIM once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from drivers.modems.at import Final, Line
from drivers.modems.conversation import Answer, Conversation
from drivers.modems.model import ModemReason, ModemStatus, Registration, SimState
from drivers.modems.outbox import Outbox

logger = structlog.get_logger()

_REGISTRATIONS: dict[int, Registration] = {
    0: "none",
    1: "home",
    2: "searching",
    3: "denied",
    4: "unknown",
    5: "roaming",
    6: "home",  # for short messages only
    7: "roaming",
}
_SIM_WORDS: dict[str, SimState] = {
    "READY": "ready",
    "SIM PIN": "locked",
    "SIM PUK": "blocked",
    "SIM PIN2": "ready",
    "SIM PUK2": "ready",
}
_SIM_CODES: dict[int, SimState] = {
    10: "absent",
    11: "locked",
    12: "blocked",
    13: "broken",
    15: "broken",
    310: "absent",
    311: "locked",
    313: "broken",
    315: "broken",
    316: "blocked",
}
_REASONS: dict[SimState, ModemReason] = {
    "absent": "no_sim",
    "locked": "pin_missing",
    "refused": "pin_refused",
    "blocked": "puk",
    "broken": "sim_error",
    "unknown": "sim_error",
}


@dataclass(frozen=True, slots=True)
class SimPin:
    """A SIM's PIN; never shown."""

    digits: str

    def __repr__(self) -> str:
        return "SimPin(…)"

    def digest(self) -> str:
        """Return what may be written down to know this PIN again."""
        return hashlib.sha256(f"sim pin {self.digits}".encode()).hexdigest()


async def look(talk: Conversation, outbox: Outbox, pin: SimPin | None) -> ModemStatus:
    """Ask for all that a status tells. Raises NoReply, LinkLost, ModemRestarted."""
    sim = await _sim(talk, outbox, pin)
    registration: Registration = "unknown"
    operator: str | None = None
    if sim == "ready":
        registration = await _registration(talk)
        if registration in ("home", "roaming"):
            operator = operator_of((await talk.command("AT+COPS?", "+COPS")).lines)
    signal = signal_of((await talk.command("AT+CSQ", "+CSQ")).lines)
    reason: ModemReason | None
    if sim != "ready":
        reason = _REASONS[sim]
    elif registration in ("home", "roaming"):
        reason = None
    else:
        reason = "denied" if registration == "denied" else "searching"
    return ModemStatus(
        ready=reason is None,
        link="up",
        sim=sim,
        registration=registration,
        signal_percent=signal,
        operator=operator,
        reason=reason,
    )


def sim_of(answer: Answer) -> SimState:
    """Read the answer to AT+CPIN? (3GPP TS 27.007, 8.3)."""
    if answer.is_ok:
        words = answer.lines[-1].rest.strip('"') if answer.lines else ""
        return _SIM_WORDS.get(words, "broken" if words else "unknown")
    return _sim_by_code(answer.final)


def registration_of(lines: Sequence[Line]) -> Registration:
    """Read `+CREG: n,stat…` (27.007, 7.2); `+CREG: stat…` was said unasked amid the answer."""
    for line in reversed(lines):
        fields = line.rest.split(",")
        if len(fields) >= 2 and all(field.strip().isdecimal() for field in fields[:2]):
            return _REGISTRATIONS.get(int(fields[1]), "unknown")
    return "unknown"


def signal_of(lines: Sequence[Line]) -> int | None:
    """Read `+CSQ: rssi,ber` (27.007, 8.5): 0 to 31 in steps of 2 dB, 99 not known."""
    for line in reversed(lines):
        level = line.rest.split(",")[0].strip()
        if level.isdecimal() and int(level) <= 31:
            return round(int(level) * 100 / 31)
    return None


def operator_of(lines: Sequence[Line]) -> str | None:
    """Read `+COPS: mode,format,"name"…` (27.007, 7.3)."""
    for line in reversed(lines):
        fields = line.rest.split(",")
        name = fields[2].strip().strip('"') if len(fields) >= 3 else ""
        if name:
            return name[:32]
    return None


async def _sim(talk: Conversation, outbox: Outbox, pin: SimPin | None) -> SimState:
    state = sim_of(await talk.command("AT+CPIN?", "+CPIN"))
    if state == "ready":
        outbox.sim.forget_pins()
        return state
    if state != "locked" or pin is None:
        return state
    if outbox.sim.was_pin_tried(pin.digest()):
        return "refused"
    # Written down first: three wrong PINs block a SIM, and a process may die between any two lines.
    outbox.sim.remember_pin(pin.digest())
    answer = await talk.command(f'AT+CPIN="{pin.digits}"')
    if not answer.is_ok:
        logger.error("sim_refuses_pin", code=answer.final.code)
        return "refused"
    state = sim_of(await talk.command("AT+CPIN?", "+CPIN"))
    if state == "ready":
        outbox.sim.forget_pins()
    return "unknown" if state == "locked" else state


async def _registration(talk: Conversation) -> Registration:
    """Ask for the old networks, then for LTE, since some modems on LTE tell only that."""
    registration = registration_of((await talk.command("AT+CREG?", "+CREG")).lines)
    if registration in ("home", "roaming"):
        return registration
    on_lte = registration_of((await talk.command("AT+CEREG?", "+CEREG")).lines)
    return on_lte if on_lte in ("home", "roaming") else registration


def _sim_by_code(final: Final) -> SimState:
    return _SIM_CODES.get(final.code or 0, "unknown")
