r"""Panels that read lines made by a template; strict, and written apart from the driver.

The template becomes one regular expression with a group for each field; a check is worked out anew
from the bytes that came.
"""

import re
from functools import reduce

from drivers.virtual.panel.reading import IsDead, Shown

_TOKEN = re.compile(
    r"\{\{|\}\}|\{(?P<name>[a-z0-9]+)(?::(?P<form>[^}]*))?\}"
    r"|\\x(?P<hex>[0-9a-fA-F]{2})|\\(?P<letter>[rnt\\])|(?P<plain>[^{}\\])"
)
_LETTERS = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}
_LONGEST_LINE = 512


class TemplateReader:
    """The panels of one bus. Raises ValueError for a template that it cannot read."""

    def __init__(self, template: str, addresses: range, is_dead: IsDead) -> None:
        self._is_dead = is_dead
        self._shown = {address: Shown() for address in addresses}
        self._forms: dict[str, str] = {}
        try:
            self._pattern = re.compile(self._expression(template), re.S)
        except re.error as error:
            raise ValueError(f"cannot read the template: {error}") from error
        self._unread = bytearray()
        self.problems = 0

    def feed(self, data: bytes) -> bytes:
        """Take bytes; these panels answer nothing."""
        self._unread += data
        while match := self._pattern.search(bytes(self._unread)):
            if match.start():
                self.problems += 1
            line = match.groupdict()
            end = match.end()
            if self._is_sound(match):
                self._take(line)
            else:
                self.problems += 1
                end = match.start() + 1
            del self._unread[:end]
        if len(self._unread) > _LONGEST_LINE:
            del self._unread[:-_LONGEST_LINE]
            self.problems += 1
        return b""

    def shown(self, address: int) -> Shown:
        return self._shown[address]

    def forget(self) -> None:
        self._shown = {address: Shown() for address in self._shown}
        self._unread.clear()

    def _take(self, line: dict[str, bytes]) -> None:
        address = self._address(line["addr"]) if "addr" in line else next(iter(self._shown))
        if address not in self._shown or self._is_dead(address):
            return
        self._shown[address] = Shown(
            line["number"].decode("ascii").strip(),
            flash=line.get("flash") == b"1",
            dim=line.get("dim") == b"1",
        )

    def _address(self, found: bytes) -> int:
        form = self._forms["addr"]
        if form == "c":
            return found[0]
        return int(found, 16 if form[-1:] in ("x", "X") else 10)

    def _is_sound(self, match: "re.Match[bytes]") -> bool:
        begin = match.start("begin") if "begin" in self._pattern.groupindex else match.start()
        for name in ("xor", "sum8", "sum16", "crc16"):
            if name not in self._pattern.groupindex:
                continue
            value = _work_out(name, match.string[begin : match.start(name)])
            if self._forms[name] == "c":
                found = int.from_bytes(match[name], "little" if name == "crc16" else "big")
            else:
                found = int(match[name], 16)
            if found != value:
                return False
        return True

    def _expression(self, template: str) -> bytes:
        expression = b""
        at = 0
        while at < len(template):
            token = _TOKEN.match(template, at)
            if token is None:
                raise ValueError(f"cannot read the template at {template[at:]!r}")
            at = token.end()
            if token["name"]:
                expression += self._group(token["name"], token["form"] or "")
            elif token["hex"]:
                expression += re.escape(bytes.fromhex(token["hex"]))
            elif token["letter"]:
                expression += re.escape(_LETTERS[token["letter"]])
            else:
                expression += re.escape((token["plain"] or token[0][0]).encode("ascii"))
        return expression

    def _group(self, name: str, form: str) -> bytes:
        self._forms[name] = form
        width = re.search("([1-9][0-9]*)[dxX]?$", form)
        times = b"{%s}" % width[1].encode() if width else b"{1,3}"
        match name:
            case "from":
                return b"(?P<begin>)"
            case "addr":
                return b"(?P<addr>.)" if form == "c" else b"(?P<addr>[ 0-9a-fA-F]%s)" % times
            case "number":
                return b"(?P<number>[ -~]%s)" % (times if form else b"{0,40}?")
            case "xor" | "sum8":
                size = b"." if form == "c" else b"[0-9a-fA-F]{2}"
            case "sum16" | "crc16":
                size = b".{2}" if form == "c" else b"[0-9a-fA-F]{4}"
            case _:
                size = b"[OPC01]"
        return b"(?P<%s>%s)" % (name.encode("ascii"), size)


def _work_out(name: str, data: bytes) -> int:
    if name == "xor":
        return reduce(lambda left, right: left ^ right, data, 0)
    if name == "sum8":
        return sum(data) & 0xFF
    if name == "sum16":
        return sum(data) & 0xFFFF
    register = 0xFFFF
    for byte in data:
        for bit in range(8):
            carry = (register ^ byte >> bit) & 1
            register = register >> 1 ^ (0xA001 if carry else 0)
    return register
