"""What every link to a device offers, whatever carries its bytes."""

from typing import Protocol

from drivers.clock import Clock, within
from drivers.errors import LinkLost

PIECE_BYTES = 8192
"""The most that is offered to a device at once: small enough that what was accepted is known."""


class Transport(Protocol):
    """An open, exclusive link; made by `open_transport`, closed by whoever opened it.

    Reads and writes wait for as long as the device takes: bound them with `drivers.clock.within`.
    One task may read while another writes.
    """

    @property
    def url(self) -> str:
        """The address the link was opened with."""
        ...

    @property
    def carries_replies(self) -> bool:
        """Whether anything can ever be read."""
        ...

    @property
    def accepted(self) -> int:
        """How many bytes were accepted since the link was opened: never fewer than have left.

        It counts the bytes of calls that were cancelled or failed too, and is right as soon as the
        call has ended in whatever way.
        """
        ...

    async def write(self, data: bytes | memoryview) -> int:
        """Offer bytes; return how many were accepted, at least one and at most `PIECE_BYTES`.

        Accepted means: out of our hands, perhaps printed. After a cancelled call offer the same
        bytes again, if they are still to be sent: what it accepted, if anything, is returned by the
        next call and not sent twice.
        Raises LinkLost; `accepted` then counts what may have left.
        """
        ...

    async def read(self) -> bytes:
        """Wait for bytes from the device; raises LinkLost when there will be no more."""
        ...

    def pending(self) -> int:
        """Return how many accepted bytes the device has not yet taken, 0 where nobody can tell."""
        ...

    async def close(self) -> None:
        """Give the device back; closing twice is harmless."""
        ...


async def write_all(link: Transport, data: bytes, clock: Clock, timeout_s: float) -> None:
    """Send a short message whole; raises LinkLost if the device takes no bytes for `timeout_s`."""
    rest = memoryview(data)
    while rest:
        try:
            async with within(clock, timeout_s):
                accepted = await link.write(rest)
        except TimeoutError:
            raise LinkLost(link.url, f"took no bytes for {timeout_s:g} s") from None
        rest = rest[accepted:]
