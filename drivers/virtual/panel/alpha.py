"""Panels that understand the Alpha protocol; strict, and written apart from the driver.

A panel shows only files for which its memory was laid out: text `A` calls a string or a picture.
"""

import re
from dataclasses import dataclass, field

from drivers.virtual.panel.reading import IsDead, Shown

_PACKET = re.compile(
    rb"\x00{5,}\x01(?P<type>[\x20-\x7e])(?P<address>[0-9A-F]{2})"
    rb"(?P<body>\x02(?P<command>[^\x02-\x04]+)\x03)(?P<sum>[0-9A-F]{4})\x04"
)
_END = b"\x04"
_LONGEST_PACKET = 8192
_FILE = re.compile(
    rb"(?P<label>[\x20-\x7e])(?P<kind>[ABD])[UL](?P<size>[0-9A-F]{4})(?P<more>[0-9A-F]{4})"
)
_TEXT = re.compile(rb"(?P<label>.)\x1b(?P<place>[ \"&0-2<>])(?P<mode>[a-v])(?P<content>.*)", re.S)
_PICTURE = re.compile(rb"(?P<label>.)(?P<rows>[0-9A-F]{2})(?P<width>[0-9A-F]{2})(?P<dots>.*)", re.S)
_EMPTY_PICTURE: tuple[str, ...] = ()


@dataclass
class _Memory:
    """What one panel holds."""

    files: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    """Kind and size by label."""
    text: bytes = b""
    mode: bytes = b"b"
    strings: dict[bytes, str] = field(default_factory=dict)
    pictures: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    level: int = 0
    """Of brightness: 0 is full, 4 the least."""
    beeps: int = 0


class AlphaReader:
    """The panels of one bus."""

    def __init__(self, addresses: range, is_dead: IsDead) -> None:
        self._is_dead = is_dead
        self._memories = {address: _Memory() for address in addresses}
        self._unread = bytearray()
        self.problems = 0

    def feed(self, data: bytes) -> bytes:
        """Take bytes; these panels answer nothing."""
        if any(byte > 0x7F for byte in data):
            self.problems += 1  # seven bits a character
        self._unread += data
        while (end := self._unread.find(_END)) >= 0:
            packet = bytes(self._unread[: end + 1])
            del self._unread[: end + 1]
            if not self._take(packet):
                self.problems += 1
        if len(self._unread) > _LONGEST_PACKET:
            self._unread.clear()
            self.problems += 1
        return b""

    def shown(self, address: int) -> Shown:
        memory = self._memories[address]
        text, dots = "", _EMPTY_PICTURE
        for call, label in re.findall(rb"([\x10\x14])(.)", memory.text):
            if call == b"\x10":
                text += memory.strings.get(label, "")
            else:
                dots = memory.pictures.get(label, _EMPTY_PICTURE)
        text += re.sub(rb"[\x10\x14].", b"", memory.text).decode("ascii")
        return Shown(
            text,
            dots=dots,
            flash=memory.mode == b"c",
            dim=memory.level > 0,
            beeps=memory.beeps,
        )

    def forget(self) -> None:
        self._memories = {address: _Memory() for address in self._memories}
        self._unread.clear()

    def _take(self, packet: bytes) -> bool:
        """Obey a packet; False when it is none, or asks for what cannot be."""
        match = _PACKET.fullmatch(packet)
        if match is None or match["type"] != b"Z":
            return False
        if sum(match["body"]) % 65536 != int(match["sum"], 16):
            return False
        wanted = int(match["address"], 16)
        heeded = True
        for address, memory in self._memories.items():
            if wanted in (0, address) and not self._is_dead(address):
                heeded = _obey(memory, match["command"]) and heeded
        return heeded


def _obey(memory: _Memory, command: bytes) -> bool:
    code, data = command[:1], command[1:]
    match code:
        case b"A":
            return _write_text(memory, data)
        case b"G":
            return _write_string(memory, data)
        case b"I":
            return _write_picture(memory, data)
        case b"E":
            return _special(memory, data)
        case _:
            return False


def _special(memory: _Memory, data: bytes) -> bool:
    function, data = data[:1], data[1:]
    if function == b"$":
        return _lay_out(memory, data)
    if function == b"/" and re.fullmatch(rb"[0-9A-F]{2}0[0-4]", data):
        memory.level = int(data[2:])
        return True
    if function == b"(" and data == b"1":
        memory.beeps += 1
        return True
    return False


def _lay_out(memory: _Memory, data: bytes) -> bool:
    files = {}
    at = 0
    while match := _FILE.match(data, at):
        files[match["label"]] = match["kind"], match["size"]
        at = match.end()
    if at != len(data):
        return False
    memory.files, memory.text, memory.mode = files, b"", b"b"
    memory.strings, memory.pictures = {}, {}
    return True


def _write_text(memory: _Memory, data: bytes) -> bool:
    match = _TEXT.fullmatch(data)
    if match is None or memory.files.get(match["label"], (b"",))[0] != b"A":
        return False
    memory.text, memory.mode = match["content"], match["mode"]
    return True


def _write_string(memory: _Memory, data: bytes) -> bool:
    label, text = data[:1], data[1:]
    kind, size = memory.files.get(label, (b"", b"0"))
    if kind != b"B" or len(text) > int(size, 16) or re.search(rb"[^\x20-\x7e]", text):
        return False
    memory.strings[label] = text.decode("ascii")
    return True


def _write_picture(memory: _Memory, data: bytes) -> bool:
    match = _PICTURE.fullmatch(data)
    if match is None:
        return False
    kind, size = memory.files.get(match["label"], (b"", b""))
    if kind != b"D" or size != match["rows"] + match["width"]:
        return False
    *rows, rest = match["dots"].split(b"\r")
    width = int(match["width"], 16)
    if rest or len(rows) != int(match["rows"], 16):
        return False
    if any(len(row) != width or row.strip(b"01") for row in rows):
        return False
    memory.pictures[match["label"]] = tuple(row.decode("ascii") for row in rows)
    return True
