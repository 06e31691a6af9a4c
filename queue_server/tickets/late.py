"""Numbers of which the server hears after they were given: when their holders came; pure.

A kiosk that is cut off gives numbers of its own series, and a server that was put back to an older
backup has issued numbers that it does not know. Both are told afterwards, in any order and as often
as it takes. Nobody is believed to have come while the server heard the kiosk: it would have asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from queue_server.tickets.model import Channel, Claim, Language, PaperMark, Priority

LATE_CHANNELS: Final[frozenset[Channel]] = frozenset({"kiosk_offline", "restored", "adopted"})
"""The server heard of these numbers after they were given: they are out of the claim of fairness
and out of every figure of waits."""

OLDEST: Final = timedelta(days=31)
"""So far back a server's own numbers are taken for the day on their slip."""

MOST_REQUESTS: Final = 3
"""A slip that says more is of another time's policy; the number carries as many as it can."""


@dataclass(frozen=True, slots=True)
class Given:
    """A number as its kiosk tells of it."""

    device_id: UUID
    key: str
    day: date
    """The business day on its slip."""
    series: str
    number: int
    claimed_at: datetime
    """When it was given, by the kiosk."""
    mark: PaperMark
    ticket_id: UUID | None = None
    """By which a server of another epoch issued it; None: the kiosk gave it by itself."""
    token: str | None = None
    service: str | None = None
    priority: Priority = "none"
    language: Language = "ar"
    requests: int = 1
    abandons: Claim | None = None
    """The command that the kiosk gave up before."""

    @property
    def channel(self) -> Channel:
        return "kiosk_offline" if self.ticket_id is None else "restored"


@dataclass(frozen=True, slots=True)
class Cut:
    """From the last word of a device to its next one."""

    lost_at: datetime
    back_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """When the holder of a number came, as far as it can be believed."""

    at: datetime
    not_before: datetime
    """The beginning of the cut in which that was."""


def arrival_of_given(
    cuts: Sequence[Cut], *, claimed_at: datetime, heard_at: datetime, received_at: datetime
) -> Arrival:
    """Put what a kiosk says of an arrival between its last contact before the cut and now.

    `cuts` are in the order of time, `heard_at` is its last heartbeat. What lies in a cut, or after
    the last heartbeat, is believed; anything else is put into the latest cut.
    """
    for cut in cuts:
        if cut.lost_at <= claimed_at <= cut.back_at:
            return Arrival(min(claimed_at, received_at), cut.lost_at)
    latest = cuts[-1].lost_at if cuts else heard_at
    at = min(max(claimed_at, latest), received_at)
    return Arrival(at, min(latest, at))


def day_of_given(
    said: date, arrived_on: date, *, first_possible: date, today: date, is_servers: bool
) -> date:
    """Return the business day of a number: the one on its slip, where that can be.

    A day that a server printed (`is_servers`) is right unless it is still to come, or long over.
    """
    earliest = today - OLDEST if is_servers else first_possible
    if earliest <= said <= today:
        return said
    return min(arrived_on, today)
