r"""Panels that take a line of ASCII, described by a template from the configuration; pure.

A template such as `\x02{addr:02d}{number:>4}\x03{xor}` is text with escapes (`\xNN`, `\r`, `\n`,
`\t`, `\\`, `{{`, `}}`) and fields. It is a language of its own, with nothing of Python's in it:
names are looked up in the table below and nowhere else.

| field | is | format |
|---|---|---|
| `{addr}` | the panel's address | `[0][width]d`, `X` or `x`; `c` for one byte |
| `{number}` | the text shown; dashes when it does not fit | `[[fill]<, > or ^]width` |
| `{state}`, `{flash}`, `{dim}`, `{stale}` | O, P or C; 1 or 0 | none |
| `{from}` | nothing: a check counts from here, else from the first byte | none |
| `{xor}`, `{sum8}` | a check over the bytes before it | `02X`, `02x`; `c` for one byte |
| `{sum16}`, `{crc16}` | the same | `04X`, `04x`; `c` for two bytes |

Raw bytes of `sum16` begin with the high one, those of `crc16` (that of Modbus) with the low one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Literal

from drivers.errors import TemplateMistake
from drivers.panels.modbus import crc
from drivers.panels.model import Answer, Message, PanelFace, fit

LONGEST_TEMPLATE = 200
LONGEST_WIDTH = 40

_ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}
_NUMBER_FORMAT = re.compile(r"(0?)([1-9][0-9]?)?([dxX])")
_TEXT_FORMAT = re.compile(r"(?:([ -~])?([<>^]))?([1-9][0-9]?)")
_FLAGS: Mapping[str, Callable[[PanelFace], str]] = MappingProxyType(
    {
        "state": lambda face: {"open": "O", "paused": "P", "closed": "C"}[face.state],
        "flash": lambda face: "1" if face.flash else "0",
        "dim": lambda face: "1" if face.dim else "0",
        "stale": lambda face: "1" if face.stale else "0",
    }
)


def _low(value: int) -> bytes:
    return value.to_bytes(2, "little")


def _high(value: int) -> bytes:
    return value.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class _Check:
    """A way to check bytes: its value, how many hexadecimal digits it has, its raw form."""

    value: Callable[[bytes], int]
    digits: int
    raw: Callable[[int], bytes]


_CHECKS: Mapping[str, _Check] = MappingProxyType(
    {
        "xor": _Check(lambda data: reduce(xor, data, 0), 2, lambda value: bytes((value,))),
        "sum8": _Check(lambda data: sum(data) % 256, 2, lambda value: bytes((value,))),
        "sum16": _Check(lambda data: sum(data) % 65536, 4, _high),
        "crc16": _Check(lambda data: int.from_bytes(crc(data), "little"), 4, _low),
    }
)
_FIELDS = ("addr", "number", *_FLAGS, "from", *_CHECKS)

Kind = Literal["literal", "addr", "number", "flag", "from", "check"]


@dataclass(frozen=True, slots=True)
class _Part:
    """One piece of a template, read and checked."""

    kind: Kind
    name: str = ""
    literal: bytes = b""
    form: str = ""
    width: int = 0
    fill: str = " "
    align: str = ">"


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read; made by `read_template`."""

    parts: tuple[_Part, ...]

    @property
    def tells_flash(self) -> bool:
        """Whether the panel is told to flash."""
        return any(part.name == "flash" for part in self.parts)

    @property
    def tells_stale(self) -> bool:
        """Whether the panel is told that its number may be old."""
        return any(part.name == "stale" for part in self.parts)

    @property
    def largest_address(self) -> int:
        """The largest address that fits into its field."""
        sizes = [255 if part.form == "c" else _largest(part) for part in self._addresses]
        return min(sizes, default=255)

    @property
    def _addresses(self) -> list[_Part]:
        return [part for part in self.parts if part.kind == "addr"]

    def fill(self, address: int, face: PanelFace) -> bytes:
        """Return the bytes for a panel that is to show a face."""
        data, counted_from = b"", 0
        for part in self.parts:
            match part.kind:
                case "literal":
                    data += part.literal
                case "from":
                    counted_from = len(data)
                case "check":
                    data += _checked(part, data[counted_from:])
                case "addr":
                    data += _number(part, address)
                case "number":
                    data += _text(part, face.text)
                case "flag":
                    data += _FLAGS[part.name](face).encode("ascii")
        return data


def read_template(source: str) -> Template:
    """Read a template. Raises TemplateMistake, which says where and how to mend it."""
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateMistake(source, LONGEST_TEMPLATE, f"keep it under {LONGEST_TEMPLATE} signs")
    parts: list[_Part] = []
    literal = b""
    at = 0
    while at < len(source):
        character = source[at]
        if source[at : at + 2] in ("{{", "}}"):
            literal += character.encode("ascii")
            at += 2
        elif character == "{":
            end = source.find("}", at)
            if end < 0:
                raise TemplateMistake(source, at, "this field has no end: write }, or {{ for a {")
            if literal:
                parts.append(_Part("literal", literal=literal))
                literal = b""
            parts.append(_field(source, at, source[at + 1 : end]))
            at = end + 1
        elif character == "}":
            raise TemplateMistake(source, at, "nothing ends here: write }} for a }")
        elif character == "\\":
            piece, at = _escape(source, at)
            literal += piece
        elif " " <= character <= "~":
            literal += character.encode("ascii")
            at += 1
        else:
            raise TemplateMistake(source, at, r"write a byte that is no printable ASCII as \xNN")
    if literal:
        parts.append(_Part("literal", literal=literal))
    if not any(part.kind == "number" for part in parts):
        raise TemplateMistake(source, len(source), "it needs {number}, such as {number:>4}")
    return Template(tuple(parts))


@dataclass(frozen=True, slots=True)
class TemplatePanels:
    """All panels of one bus, written to by one template."""

    template: Template

    answers = False

    @property
    def flashes_by_itself(self) -> bool:
        return self.template.tells_flash

    def check(self, address: int) -> None:
        largest = self.template.largest_address
        if not 0 <= address <= largest:
            raise ValueError(f"an address in this template is 0 to {largest}, not {address}")

    def set_up(self, address: int) -> Sequence[Message]:
        return ()

    def paint(self, address: int, face: PanelFace, was: PanelFace | None) -> Sequence[Message]:
        return (Message((self.template.fill(address, face),)),)

    def read(self, message: Message, heard: bytes) -> Answer | None:
        """Nothing is asked of these panels."""
        return None


def _field(source: str, at: int, words: str) -> _Part:
    name, colon, form = words.partition(":")
    if name not in _FIELDS:
        known = ", ".join(_FIELDS)
        raise TemplateMistake(source, at, f"there is no field {name!r}; there are {known}")
    if colon and not form:
        raise TemplateMistake(source, at, "write a format after the colon, or leave it out")
    if name == "addr":
        return _address_field(source, at, form or "d")
    if name == "number":
        return _number_field(source, at, form)
    if name in _CHECKS:
        digits = _CHECKS[name].digits
        if form not in ("", "c", f"0{digits}X", f"0{digits}x"):
            raise TemplateMistake(source, at, f"{name} is written 0{digits}X, 0{digits}x or c")
        return _Part("check", name, form=form or f"0{digits}X")
    if form:
        raise TemplateMistake(source, at, f"{name} has no format: write {{{name}}}")
    return _Part("from", name) if name == "from" else _Part("flag", name)


def _address_field(source: str, at: int, form: str) -> _Part:
    if form == "c":
        return _Part("addr", "addr", form="c")
    match = _NUMBER_FORMAT.fullmatch(form)
    if match is None:
        raise TemplateMistake(source, at, "an address is written 02d, 3d, 02X or c")
    zero, width, kind = match.groups()
    fill = "0" if zero else " "
    return _Part("addr", "addr", form=kind, width=_width(source, at, width), fill=fill)


def _number_field(source: str, at: int, form: str) -> _Part:
    if not form:
        return _Part("number", "number")
    match = _TEXT_FORMAT.fullmatch(form)
    if match is None:
        raise TemplateMistake(source, at, "the number is written >4, <4, ^4 or 0>4")
    fill, align, width = match.groups()
    return _Part(
        "number", "number", width=_width(source, at, width), fill=fill or " ", align=align or ">"
    )


def _width(source: str, at: int, width: str | None) -> int:
    value = int(width or 0)
    if value > LONGEST_WIDTH:
        raise TemplateMistake(source, at, f"no field is wider than {LONGEST_WIDTH}")
    return value


def _escape(source: str, at: int) -> tuple[bytes, int]:
    """Read one escape; return its byte and where the template goes on."""
    kind = source[at + 1 : at + 2]
    if kind in _ESCAPES:
        return _ESCAPES[kind], at + 2
    digits = source[at + 2 : at + 4]
    if kind == "x" and re.fullmatch("[0-9A-Fa-f]{2}", digits):
        return bytes.fromhex(digits), at + 4
    raise TemplateMistake(source, at, r"an escape is \xNN, \r, \n, \t or \\")


def _largest(part: _Part) -> int:
    base = 10 if part.form == "d" else 16
    return int(base**part.width - 1) if part.width else 255


def _number(part: _Part, value: int) -> bytes:
    if part.form == "c":
        return bytes((value,))
    plain = {"d": "{:d}", "x": "{:x}", "X": "{:X}"}[part.form].format(value)
    return plain.rjust(part.width, part.fill).encode("ascii")


def _text(part: _Part, text: str) -> bytes:
    shown = "".join(c if " " <= c <= "~" else "?" for c in text)
    if part.width:
        shown = fit(shown, part.width)
        shown = {"<": shown.ljust, ">": shown.rjust, "^": shown.center}[part.align](
            part.width, part.fill
        )
    return shown.encode("ascii")


def _checked(part: _Part, counted: bytes) -> bytes:
    check = _CHECKS[part.name]
    value = check.value(counted)
    if part.form == "c":
        return check.raw(value)
    return {"X": b"%0*X", "x": b"%0*x"}[part.form[-1]] % (check.digits, value)
