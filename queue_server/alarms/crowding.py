"""When a line waits longer than the centre promises itself, and when the hall is over full; pure.

A figure that wanders about its measure raises no alarm anew each minute: what is raised above the
measure is over only a tenth below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from queue_server.tickets.model import Hall, QueueState

CALMS_AT: Final = 0.9
"""The share of its measure below which a figure that was beyond it is calm again."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is known of people and their waits at one moment."""

    people: int = 0
    """With a number, before a window or on the way to one."""
    seats: int | None = None
    """None: nobody has said how many there are."""
    target_s: int | None = None
    """The wait that the centre promises itself; None: none."""
    waiting_over: Mapping[str, int] = field(default_factory=dict)
    """By queue how many have waited longer than that already."""


EMPTY: Final = Crowd()


@dataclass(frozen=True, slots=True)
class Over:
    """By how much something is beyond its measure."""

    reached: int
    """People, or seconds of waiting."""
    measure: int
    """Seats, or the seconds of the target."""
    level: int
    """Steps beyond it: of half the target, of a fifth of the seats."""
    is_foreseen: bool = False
    """Nobody has waited so long yet; who comes now will."""
    people: int = 0
    """How many have waited longer than the target."""


def people_in(hall: Hall) -> int:
    """Return who is in the hall with a number: in line, or called and not served yet.

    Who stands at a window needs no seat, and of whoever came along nothing is known.
    """
    called = sum(
        window.ticket is not None and window.ticket.state == "called" for window in hall.windows
    )
    return hall.waiting + called


def hall_over(crowd: Crowd, *, is_open: bool) -> Over | None:
    """Return by how much the people are more than the seats; `is_open`: they were a moment ago."""
    if not crowd.seats or not _is_beyond(crowd.people, crowd.seats, is_open=is_open):
        return None
    more = max(0, crowd.people - crowd.seats)
    return Over(crowd.people, crowd.seats, level=more * 5 // crowd.seats)


def wait_over(queue: QueueState, crowd: Crowd, *, is_open: bool) -> Over | None:
    """Return by how much the longest or the foreseen wait of a line is beyond the target.

    A line that no window serves is told of by that.
    """
    if not crowd.target_s or not queue.waiting or not queue.windows_open:
        return None
    foreseen = 0 if queue.wait is None else queue.wait.likely_s
    worst = max(queue.longest_wait_s, foreseen)
    if not _is_beyond(worst, crowd.target_s, is_open=is_open):
        return None
    return Over(
        worst,
        crowd.target_s,
        level=max(0, worst - crowd.target_s) * 2 // crowd.target_s,
        is_foreseen=foreseen > queue.longest_wait_s,
        people=crowd.waiting_over.get(queue.code, 0),
    )


def _is_beyond(value: int, measure: int, *, is_open: bool) -> bool:
    return value > (measure * CALMS_AT if is_open else measure)
