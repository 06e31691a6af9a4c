"""Gives the kiosk's own numbers while no server answers, and keeps what a server says of them."""

from datetime import date, datetime
from typing import Any

import structlog

from core_services.calendar import business_day
from core_services.link.greeting_frames import Welcome
from core_services.link.hall_frames import ServiceCard
from kiosk.centre_time import TIME
from kiosk.offline import Outbox
from kiosk.place import Place
from kiosk.series import Series
from kiosk.steps import Command, NoOwnNumber, OwnNumberGiven, OwnNumbersChanged, TimeTold

logger = structlog.get_logger()


class OwnNumbers:
    """The series that one disk holds; everything is on the disk before it is told."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def welcomed(self, welcome: Welcome) -> None:
        """Take the server's time, and what it gives to this disk."""
        self._outbox.time.hear(welcome.server_time)
        self._outbox.hold_series(Series.told(welcome.offline))
        self.remember_time()

    def hear_time(self, server_time: datetime) -> None:
        """The server says what time it is."""
        self._outbox.time.hear(server_time)

    def remember_time(self) -> None:
        """Write down what time it is, for a start without a server."""
        self._outbox.remember(TIME, self._outbox.time.to_json())

    def standing(self, place: Place) -> tuple[TimeTold, OwnNumbersChanged]:
        """Say what time it is in the centre, and whether a number is left today."""
        at, heard = self._outbox.time.now(), self._outbox.time.heard
        has_numbers = at is not None and self._outbox.has_number_for(_day(at, place))
        told = None if at is None else at.astimezone(place.zone)
        return TimeTold(told, heard), OwnNumbersChanged(has_numbers)

    def give(
        self,
        command: Command,
        service: ServiceCard | None,
        place: Place,
        *,
        was_sent: bool,
        return_within_min: int,
    ) -> OwnNumberGiven | NoOwnNumber:
        """Write down the next number for this command, and that its key is given up."""
        at, made = self._outbox.time.now(), None
        if at is not None:
            made = self._outbox.give(
                command,
                service,
                day=_day(at, place),
                at=at,
                was_sent=was_sent,
                return_within_min=return_within_min,
            )
        elif was_sent:
            self._outbox.abandon(command.key)
        if made is None:
            logger.error("no_own_number_left", key=command.key)
            return NoOwnNumber(command.key)
        logger.warning("own_number_given", label=made.label, was_sent=was_sent)
        return OwnNumberGiven(command.key, made)

    @property
    def undelivered(self) -> int | None:
        """Count those that no server has settled; None: this disk holds no series."""
        return None if self._outbox.series is None else self._outbox.undelivered

    def health(self, *, gives: bool) -> dict[str, Any] | None:
        """Tell a technician of the series; None: this disk holds none."""
        series, heard = self._outbox.series, self._outbox.time.heard
        if series is None:
            return None
        return {
            "letter": series.letter,
            "first": series.first,
            "last": series.last,
            "gives": gives,
            "undelivered": self._outbox.undelivered,
            "heard": None if heard is None else heard.isoformat(timespec="seconds"),
        }


def _day(at: datetime, place: Place) -> date:
    return business_day(at, place.zone, place.cut_over)
