"""The one-time code that lets somebody set a server up: drawn at each start, kept as a hash alone.

It stands on the server's console and nowhere else. Wrong attempts are slowed by address; after many
of them all together the code is void and another one is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core_services.clock import Clock
from core_services.credentials import generate_password, hash_token, is_same_secret
from core_services.l10n import western

FREE: Final = 5
"""So many wrong attempts of one address cost nothing; each one more doubles its pause."""
FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 300.0
ALL_TOGETHER: Final = 60
"""So many wrong attempts, from wherever, void the code."""
_ADDRESSES: Final = 512


@dataclass(frozen=True, slots=True)
class Refused:
    """A code that was not taken."""

    wait_s: int = 0
    """Seconds until this address may try again; it was not even looked at where there are any."""


@dataclass(slots=True)
class _Address:
    wrong: int = 0
    again_at: float = 0.0


class SetupCode:
    """Knows whether a code is the one that stands on the console."""

    def __init__(self, clock: Clock, tell: Callable[[str], object]) -> None:
        """`tell` puts a code on the console: once now, and again whenever another is drawn."""
        self._clock = clock
        self._tell = tell
        self._addresses: dict[str, _Address] = {}
        self._wrong = 0
        self._known = b""
        self._draw()

    def refuse(self, given: str, address: str) -> Refused | None:
        """Look at a code as somebody typed it; None: it is right."""
        now = self._clock.monotonic()
        known = self._addresses.pop(address, None) or _Address()
        self._addresses[address] = known
        while len(self._addresses) > _ADDRESSES:
            del self._addresses[next(iter(self._addresses))]
        if known.again_at > now:
            return Refused(wait_s=max(1, round(known.again_at - now)))
        if is_same_secret(self._known.hex(), _hash(given).hex()):
            del self._addresses[address]
            return None
        known.wrong += 1
        pause_s = 0.0
        if known.wrong >= FREE:
            pause_s = min(FIRST_PAUSE_S * 2 ** min(known.wrong - FREE, 10), LONGEST_PAUSE_S)
            known.again_at = now + pause_s
        self._wrong += 1
        if self._wrong >= ALL_TOGETHER:
            self._wrong = 0
            self._draw()
        return Refused(wait_s=round(pause_s))

    def _draw(self) -> None:
        code = generate_password()
        self._known = _hash(code)
        self._tell(code)


def _hash(code: str) -> bytes:
    """Hash what was meant: capitals, spaces, hyphens and Eastern digits make no other code."""
    letters = western(code[:200]).casefold()
    return hash_token("".join(each for each in letters if each.isascii() and each.isalnum()))
