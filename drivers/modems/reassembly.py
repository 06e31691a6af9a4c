"""Joins the parts of incoming messages, whatever order they come in; pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drivers.modems.alphabet import joined
from drivers.modems.model import Incoming
from drivers.modems.pdu import Deliver

MISSING = "[…]"
Key = tuple[str, int, int, int]
"""Sender, bits of the reference, reference, how many parts."""


@dataclass(slots=True)
class _Pile:
    since: datetime
    sent_at: datetime
    texts: dict[int, str] = field(default_factory=dict)


class Collector:
    """Feed it every message that came in; it returns those that are whole.

    References are used again, so a second part of the same number with another text begins a new
    message, and the old one is given out with what there is of it.
    """

    def __init__(self, wait: timedelta) -> None:
        self._wait = wait
        self._piles: dict[Key, _Pile] = {}

    def is_waiting(self, key: Key) -> bool:
        """Tell whether parts of this message wait for others."""
        return key in self._piles

    def add(self, part: Deliver, at: datetime) -> list[Incoming]:
        """Take one message or part that came at `at`."""
        key, place, sent_at = key_of(part), part.concatenation, part.sent_at or at
        if key is None or place is None:
            return [Incoming(part.sender.number, _whole([part.text]), sent_at)]
        given: list[Incoming] = []
        pile = self._piles.get(key)
        if pile is not None and pile.texts.get(place.number, part.text) != part.text:
            given.append(self._take(key))
            pile = None
        if pile is None:
            pile = self._piles[key] = _Pile(at, sent_at)
        pile.texts[place.number] = part.text
        if len(pile.texts) == place.total:
            given.append(self._take(key))
        return given

    def expired(self, at: datetime) -> list[tuple[Key, Incoming]]:
        """Return the messages whose rest has not come in time, with their gaps marked."""
        late = [key for key, pile in self._piles.items() if at - pile.since >= self._wait]
        return [(key, self._take(key)) for key in late]

    def _take(self, key: Key) -> Incoming:
        pile = self._piles.pop(key)
        sender, _, _, total = key
        numbers = range(1, total + 1)
        return Incoming(
            sender, _whole([pile.texts.get(number) for number in numbers]), pile.sent_at
        )


def key_of(part: Deliver) -> Key | None:
    """Return which message a part belongs to; None: it is whole by itself."""
    place = part.concatenation
    if place is None or place.total == 1:
        return None
    return part.sender.number, place.reference_bits, place.reference, place.total


def _whole(texts: list[str | None]) -> str:
    """Join parts; halves of a sign that meet become the sign, others a mark."""
    text = joined("".join(MISSING if text is None else text for text in texts))
    units = text.replace("\x1b", " ").encode("utf-16-be", "surrogatepass")
    return units.decode("utf-16-be", "replace")
