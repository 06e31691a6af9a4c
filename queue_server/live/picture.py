"""One reading of the hall, encoded at most once for each kind of receiver."""

from functools import cached_property
from typing import Self

from core_services.clock import Clock
from queue_server.live.board import HallFacts, board_frame, changed_frame, hall_frame
from queue_server.tickets.model import Hall


class Picture:
    """What every screen may be sent about one reading; bytes are made when first asked for.

    Ages count to that moment: the hall's own, by the wall clock of the server, plus the time since
    the reading began, by its monotonic clock.
    """

    def __init__(
        self, hall: Hall, facts: HallFacts, *, after: Self | None, read_at: float, clock: Clock
    ) -> None:
        """Take a reading begun at `read_at` (monotonic seconds) and the picture before it."""
        self.hall = hall
        self._facts: HallFacts = facts
        self.services_version: int = 0 if after is None else after._services_version(facts)
        """Rises whenever the services differ from those of the picture before."""
        self._read_at = read_at
        self._clock = clock

    def _services_version(self, later: HallFacts) -> int:
        return self.services_version + (self._facts.services != later.services)

    def is_other_than(self, earlier: Self) -> bool:
        """Say whether anything but the time differs from an earlier picture."""
        return (self.hall.epoch, self.hall.revision) != (
            earlier.hall.epoch,
            earlier.hall.revision,
        ) or self._facts != earlier._facts

    @property
    def elapsed_s(self) -> float:
        """Seconds since the reading began."""
        return self._clock.monotonic() - self._read_at

    @cached_property
    def board(self) -> bytes:
        """For a display."""
        frame = board_frame(
            self.hall,
            elapsed_s=self.elapsed_s,
            messages=self._facts.messages,
            sent=self._facts.on_boards,
            plan=self._facts.plan,
        )
        return frame.model_dump_json().encode()

    @cached_property
    def hall_with_services(self) -> bytes:
        """For a kiosk that has not seen these services."""
        return hall_frame(self.hall, self._facts, with_services=True).model_dump_json().encode()

    @cached_property
    def hall_alone(self) -> bytes:
        """For a kiosk that has them."""
        return hall_frame(self.hall, self._facts, with_services=False).model_dump_json().encode()

    @cached_property
    def changed(self) -> bytes:
        """For a page in a browser."""
        return changed_frame(self.hall).model_dump_json().encode()
