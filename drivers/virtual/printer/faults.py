"""What is wrong with a virtual printer, and how it says so in status bits; pure."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from drivers.virtual.change import Change, changed


@dataclass(frozen=True, slots=True)
class Faults:
    """The printer's troubles; the defaults are none."""

    paper: Literal["ok", "near_end", "out"] = "ok"
    cover: Literal["closed", "open"] = "closed"
    online: bool = True
    cutter: Literal["ok", "stuck"] = "ok"
    replies: bool = True
    """False: it prints, and answers nothing."""
    bytes_per_s: int = 0
    """How fast it takes bytes; 0 for as fast as they come."""
    power: Literal["on", "off"] = "on"
    reads: bool = True
    """False: it takes no byte off the line, so it hears no question either."""
    connections: Literal["accepted", "refused"] = "accepted"
    """`refused`: whoever connects is hung up on; a present connection stays."""
    cut_after_bytes: int = -1
    """Hang up once this many more bytes were taken, as if the plug were pulled; -1 for never. What
    was taken is kept and printed. Happens once."""
    echo: Literal["right", "absent", "wrong", "split"] = "right"
    """`wrong`: another number comes back; `split`: it comes byte by byte."""
    echo_delay_ms: int = 0
    """How long the paper is out before the echo says so."""
    noise: Literal["none", "xon", "asb"] = "none"
    """What is said before each answer, unasked: XOFF and XON, or an automatic status."""

    @property
    def can_print(self) -> bool:
        return self.power == "on" and not self.is_offline

    @property
    def is_offline(self) -> bool:
        return (
            self.paper == "out" or self.cover == "open" or self.cutter == "stuck" or not self.online
        )


class FaultChange(Change):
    """A change of these troubles."""

    paper: Literal["ok", "near_end", "out"] | None = None
    cover: Literal["closed", "open"] | None = None
    online: bool | None = None
    cutter: Literal["ok", "stuck"] | None = None
    replies: bool | None = None
    bytes_per_s: int | None = Field(default=None, ge=0)
    reads: bool | None = None
    connections: Literal["accepted", "refused"] | None = None
    cut_after_bytes: int | None = Field(default=None, ge=-1)
    echo: Literal["right", "absent", "wrong", "split"] | None = None
    echo_delay_ms: int | None = Field(default=None, ge=0, le=600_000)
    noise: Literal["none", "xon", "asb"] | None = None
    power: Literal["on", "off", "cycle"] | None = None
    """`cycle`: off and on again; the link and all that was not printed are lost."""

    def applied_to(self, faults: Faults) -> Faults:
        """Return the faults after this change."""
        return changed(faults, self)


def real_time_answer(question: int, faults: Faults) -> int:
    """Return the answer to DLE EOT 1 to 4."""
    bits = 0x12
    if question == 1 and faults.is_offline:
        bits |= 0x08
    if question == 2:
        bits |= 0x04 if faults.cover == "open" else 0
        bits |= 0x20 if faults.paper == "out" else 0
        bits |= 0x40 if faults.cutter == "stuck" else 0
    if question == 3 and faults.cutter == "stuck":
        bits |= 0x08
    if question == 4:
        bits |= {"ok": 0x00, "near_end": 0x0C, "out": 0x6C}[faults.paper]
    return bits


def auto_status(faults: Faults) -> bytes:
    """Return the four bytes of an automatic status."""
    return bytes(
        (
            0x10 | (0x08 if faults.is_offline else 0) | (0x20 if faults.cover == "open" else 0),
            0x08 if faults.cutter == "stuck" else 0,
            {"ok": 0x00, "near_end": 0x03, "out": 0x0F}[faults.paper],
            0x00,
        )
    )


def noise_before_answer(faults: Faults) -> bytes:
    """Return what is said unasked before an answer."""
    return {"none": b"", "xon": b"\x13\x11", "asb": auto_status(faults)}[faults.noise]


def echo_of(process_id: bytes, faults: Faults) -> list[bytes]:
    """Return the echo of a process id in the pieces in which it is sent; none where it is absent.

    A wrong one differs in its first sign.
    """
    if faults.echo == "absent":
        return []
    if faults.echo == "wrong":
        process_id = bytes((process_id[0] ^ 1,)) + process_id[1:]
    echo = b"\x37\x22" + process_id + b"\x00"
    return [echo[at : at + 1] for at in range(len(echo))] if faults.echo == "split" else [echo]


def read_answer(faults: Faults) -> bytes:
    """Return the answer to GS r 1: the paper sensors."""
    return bytes(({"ok": 0x00, "near_end": 0x03, "out": 0x0F}[faults.paper],))
