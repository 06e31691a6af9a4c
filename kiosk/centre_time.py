"""What time it is in the centre by the server's word, also while none is heard.

Within one run the server's last word and the monotonic clock are all that counts: setting the
machine's clock changes nothing. After a start without a server the machine's clock is all there is.
It is believed within bounds: it never goes behind what this disk has seen, and a clock that cannot
be right (a dead battery, years off) is not believed at all, so that no number gets a false day.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from core_services.clock import Clock

TIME: Final = "time"
"""What it is remembered as."""
BEHIND = timedelta(hours=4)
"""A machine's clock may have been set back so far, as by one that takes the wall for UTC."""
AHEAD = timedelta(days=7)
"""So long without a word of a server its hours and its day are believed, and no longer."""

_MUCH = timedelta(days=1)


class CentreTime:
    """One kiosk's idea of the time."""

    def __init__(self, clock: Clock, remembered: Any = None) -> None:
        """`remembered` is what `to_json` made in an earlier run."""
        self._clock = clock
        self._heard_at_s: float | None = None
        self.heard: datetime | None = _moment(remembered, "heard")
        """When a server was last heard, by its clock; None: never."""
        self.latest: datetime | None = _moment(remembered, "latest") or self.heard
        """The time never goes behind this, unless a server says so."""

    def hear(self, server_time: datetime) -> None:
        """A server says what time it is, and is right."""
        self.heard = self.latest = server_time
        self._heard_at_s = self._clock.monotonic()

    def note(self, at: datetime) -> None:
        """Something was done at this moment: it is not earlier any more."""
        if self.latest is None or at > self.latest:
            self.latest = at

    def now(self) -> datetime | None:
        """Return the time; None where no server was ever heard or no clock can be believed."""
        if self.heard is None or self.latest is None:
            return None
        if self._heard_at_s is not None:
            passed_s = self._clock.monotonic() - self._heard_at_s
            at = self.heard + timedelta(seconds=passed_s)
        else:
            wall = self._clock.now()
            if wall < self.latest - BEHIND:
                return None
            at = max(wall, self.latest)
        return at if at <= self.heard + AHEAD else None

    def best(self) -> datetime:
        """Return the time as well as it can be told here: what cannot be believed is better than
        nothing for what stands on the glass."""
        return self.now() or self._clock.now()

    def machine(self) -> datetime:
        """Return what the machine's own clock says, right or wrong."""
        return self._clock.now()

    @property
    def believes_machine(self) -> bool:
        """The machine's clock tells the time well enough to say what is old."""
        at = self.now()
        return at is not None and abs(self._clock.now() - at) < _MUCH

    def to_json(self) -> dict[str, Any]:
        """Return what an earlier run leaves to the next."""
        return {
            "heard": None if self.heard is None else self.heard.isoformat(),
            "latest": None if self.latest is None else self.latest.isoformat(),
        }


def _moment(value: Any, name: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value[name])
    except (TypeError, LookupError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None
