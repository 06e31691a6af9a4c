"""Answers the AT commands of a virtual modem that need nothing but its state."""

import re
from dataclasses import dataclass, field

from drivers.virtual.modem.faults import Faults
from drivers.virtual.modem.network import Pdu

_SIM_ERRORS = {"absent": 10, "pin": 11, "puk": 12}
_WITHOUT_SIM = ("AT", "ATE0", "ATE1", "AT+CMEE", "AT+CPIN?", "AT+CSQ")
_REGISTRATIONS = {"home": 1, "searching": 2, "denied": 3}
STORAGE_PLACES = 20


@dataclass(slots=True)
class Session:
    """What the modem was told since it began."""

    is_echoing: bool = True
    tells_errors: bool = False
    is_text_mode: bool = True
    tells_of_messages: bool = False
    reports: int = 0
    """`ds` of AT+CNMI: 1 at once, 2 by way of the storage."""


@dataclass(slots=True)
class Storage:
    """The SIM's places for messages."""

    places: dict[int, Pdu] = field(default_factory=dict)

    def add(self, pdu: Pdu) -> int | None:
        """Keep octets in the first free place; None: it is full."""
        for index in range(1, STORAGE_PLACES + 1):
            if index not in self.places:
                self.places[index] = pdu
                return index
        return None


def answer_to(words: str, session: Session, storage: Storage, faults: Faults) -> list[str]:
    """Return the lines of an answer, the last of them the final one."""
    words = words.upper() if '"' not in words else words
    name = re.split("[=]", words, maxsplit=1)[0]
    if faults.sim != "ready" and name not in _WITHOUT_SIM:
        return [_error(session, _SIM_ERRORS[faults.sim])]
    state = _answer_of_state(words, faults, session)
    if state is not None:
        return state
    lines = _answer_of_setting(words, session)
    return lines if lines is not None else _answer_of_storage(words, storage, session)


def _answer_of_state(words: str, faults: Faults, session: Session) -> list[str] | None:
    stat = _REGISTRATIONS[faults.network]
    match words:
        case "AT":
            return ["OK"]
        case "AT+CPIN?":
            if faults.sim == "absent":
                return [_error(session, 10)]
            named = {"ready": "READY", "pin": "SIM PIN", "puk": "SIM PUK"}[faults.sim]
            return [f"+CPIN: {named}", "OK"]
        case "AT+CREG?":
            return [f"+CREG: 0,{stat}", "OK"]
        case "AT+CEREG?":
            return [f"+CEREG: 0,{stat}", "OK"]
        case "AT+COPS?":
            return ['+COPS: 0,0,"Shubbak",7' if stat == 1 else "+COPS: 0", "OK"]
        case "AT+CSQ":
            return [f"+CSQ: {faults.signal if stat == 1 else 99},99", "OK"]
        case "AT+CSCA?":
            return ['+CSCA: "+20105996500",145', "OK"]
        case _:
            return None


def _answer_of_setting(words: str, session: Session) -> list[str] | None:
    name, _, value = words.partition("=")
    match name, value:
        case ("ATE0" | "ATE1", ""):
            session.is_echoing = words == "ATE1"
        case "AT+CMEE", ("0" | "1"):
            session.tells_errors = value == "1"
        case "AT+CMGF", ("0" | "1"):
            session.is_text_mode = value == "1"
        case ("AT+CSMS", "0"):
            return ["+CSMS: 1,1,1", "OK"]
        case ("AT+CMMS", ("0" | "1" | "2")):
            pass
        case ("AT+CNMI", _) if re.fullmatch("[0-3],[0-1],[0-3],[0-2],[01]", value):
            _, messages, _, reports, _ = value.split(",")
            session.tells_of_messages, session.reports = messages == "1", int(reports)
        case _:
            return None
    return ["OK"]


def _answer_of_storage(words: str, storage: Storage, session: Session) -> list[str]:
    name, _, value = words.partition("=")
    index = int(value) if value.isdecimal() else 0
    pdu = storage.places.get(index)
    if name == "AT+CPMS" and re.fullmatch('"SM"(,"SM"){0,2}', value):
        used = f"{len(storage.places)},{STORAGE_PLACES}"
        return [f"+CPMS: {used},{used},{used}", "OK"]
    if session.is_text_mode and name in ("AT+CMGL", "AT+CMGR"):
        return ["+CMS ERROR: 305"]
    if name == "AT+CMGL" and value == "4":
        lines = [
            f"+CMGL: {place},1,,{kept.length}\r\n{kept.octets.hex().upper()}"
            for place, kept in sorted(storage.places.items())
        ]
        return [*lines, "OK"]
    if name == "AT+CMGR" and pdu is not None:
        return [f"+CMGR: 1,,{pdu.length}\r\n{pdu.octets.hex().upper()}", "OK"]
    if name == "AT+CMGR" and 0 < index <= STORAGE_PLACES:
        return ["+CMGR: 0,,0\r\n", "OK"]
    if name == "AT+CMGD" and 0 < index <= STORAGE_PLACES:
        storage.places.pop(index, None)
        return ["OK"]
    if name in ("AT+CMGR", "AT+CMGD"):
        return ["+CMS ERROR: 321"]
    return [_error(session, 4) if session.tells_errors else "ERROR"]


def _error(session: Session, code: int) -> str:
    return f"+CME ERROR: {code}" if session.tells_errors else "ERROR"
