"""How the bytes of a serial line are framed, as an address says it.

`?baud=115200&bytes=8&parity=none&stop=1&flow=none`; what is left out is as here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from drivers.errors import OpenFailed

BAUD_RATES = (
    300,
    600,
    1200,
    2400,
    4800,
    9600,
    19_200,
    38_400,
    57_600,
    115_200,
    230_400,
    460_800,
    921_600,
)
"""What serial printers, scanners, panels and modems can be set to; anything else is a slip of the
pen, and would show only as garbage."""
_PARITIES: Mapping[str, str] = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}
_STOP_BITS: Mapping[str, float] = {"1": 1, "1.5": 1.5, "2": 2}
_FLOWS = ("none", "rtscts", "xonxoff")


@dataclass(frozen=True, slots=True)
class LineSettings:
    """The settings of one serial line, in pyserial's terms."""

    baud: int = 115_200
    """Bits a second; a picture of a slip needs this many, it takes a minute at 9600."""
    byte_bits: int = 8
    parity: str = "N"
    stop_bits: float = 1
    rtscts: bool = False
    xonxoff: bool = False

    def for_pyserial(self) -> dict[str, Any]:
        """Return the keyword arguments of a pyserial port."""
        return {
            "baudrate": self.baud,
            "bytesize": self.byte_bits,
            "parity": self.parity,
            "stopbits": self.stop_bits,
            "rtscts": self.rtscts,
            "xonxoff": self.xonxoff,
        }


def line_settings_in(url: str, query: str) -> LineSettings:
    """Read what stands behind the question mark; raises OpenFailed with what would be right."""
    said = parse_qsl(query, keep_blank_values=True)
    known = ("baud", "bytes", "parity", "stop", "flow")
    for name, value in said:
        if name not in known:
            raise OpenFailed(url, f"{name!r} is not known here; write {', '.join(known)}")
        if [each for each, _ in said].count(name) > 1:
            raise OpenFailed(url, f"{name!r} is said twice")
        if not value:
            raise OpenFailed(url, f"{name!r} has no value")
    words = dict(said)
    flow = _one_of(url, words, "flow", _FLOWS, "none")
    return LineSettings(
        baud=int(_one_of(url, words, "baud", tuple(map(str, BAUD_RATES)), "115200")),
        byte_bits=int(_one_of(url, words, "bytes", ("5", "6", "7", "8"), "8")),
        parity=_PARITIES[_one_of(url, words, "parity", tuple(_PARITIES), "none")],
        stop_bits=_STOP_BITS[_one_of(url, words, "stop", tuple(_STOP_BITS), "1")],
        rtscts=flow == "rtscts",
        xonxoff=flow == "xonxoff",
    )


def _one_of(
    url: str, words: Mapping[str, str], name: str, known: tuple[str, ...], default: str
) -> str:
    value = words.get(name, default)
    if value not in known:
        raise OpenFailed(url, f"{name}={value} is none of {', '.join(known)}")
    return value
