"""The rules that a centre sets for its queue, as the commands obey them: one published policy.

A centre that has published none has these defaults; they forbid nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core_services.paper.missed_call import NO_RETURN_MIN, WHOLE_DAY_MIN
from queue_server.tickets.model import Ticket


def return_within_min(returns_left: int, within_s: int | None) -> int:
    """Return within how many minutes whoever misses a call is taken back, as the link's frames
    have it: a whole day's for the whole day, 0 for never."""
    if returns_left <= 0:
        return NO_RETURN_MIN
    return WHOLE_DAY_MIN if within_s is None else max(1, within_s // 60)


@dataclass(frozen=True, slots=True)
class Policy:
    """The published policy; times are whole seconds.

    The limits of recall, no-show and return bind clerks at their windows. A supervisor, and a
    program that acts for any window, may act at any time; nobody returns a ticket more often than
    `returns_allowed`.
    """

    version: int = 0
    """0: none was published."""
    recall_limit: int | None = None
    """Recalls of one call; None: any number."""
    recall_interval_s: int = 0
    no_show_after_s: int = 0
    """From the call to the first moment at which *no-show* is allowed."""
    no_show_after_more_time_s: int = 0
    """The same for a ticket with the need `more_time`."""
    returns_allowed: int = 1
    return_within_s: int | None = None
    """From the no-show; None: the whole day."""
    return_credit_s: int = 0
    """A return counts from its moment less this, or less the credit of its priority if larger."""
    requests_at_most: int = 3
    one_live_per_phone: bool = False
    one_live_per_national_id: bool = False
    early_grace_s: int = 900
    """An appointment that checks in so much before its slot keeps the slot as its arrival."""
    late_grace_s: int = 900
    away_at_most: int | None = None
    """Windows that may be paused for a break at once; None: all."""
    carries_over: bool = False
    """At the end of the day numbers in line become the first of the next, instead of lapsing."""
    undo_within_s: int = 30
    capacity: Mapping[str, int] = field(default_factory=dict)
    """Numbers a day by service; a service that is not named has no limit."""

    def no_show_after(self, ticket: Ticket) -> int:
        """Return the seconds for which a called ticket must be waited for."""
        return (
            max(self.no_show_after_s, self.no_show_after_more_time_s)
            if "more_time" in ticket.needs
            else self.no_show_after_s
        )

    def return_within_min(self, returns: int = 0) -> int:
        """Return what the holder of a number returned so often is told of a missed call."""
        return return_within_min(self.returns_allowed - returns, self.return_within_s)

    def return_credit(self, credit_s: int) -> int:
        """Return the seconds by which a returned ticket of that credit stands before its return."""
        return max(credit_s, self.return_credit_s)
