"""A lived day stopped at a moment: the hall as it could be seen then, and as it went on."""

from collections.abc import Mapping
from uuid import UUID

from queue_server.estimate.model import Booked, InHand, Situation, Standing, WindowNow
from queue_server.simulation.lived import LivedDay, Passage
from queue_server.simulation.model import Shift
from queue_server.tickets.selection import lane_for


def situation_at(
    lived: LivedDay, at_s: float, *, opens_at: Mapping[int, float] | None = None
) -> Situation:
    """Return what was known at a moment (seconds from the opening), and nothing of what followed.

    `opens_at`: when windows that have not opened yet are expected (epoch seconds). A window that
    is away is expected back when it said so, and at a time unknown otherwise.
    """
    world = lived.world
    base = world.opens_at.timestamp()
    windows = [_window(lived, shift, at_s) for shift in world.shifts]
    windows += [
        WindowNow(
            number=shift.window,
            queues=shift.queues,
            lanes=shift.lanes,
            priority_first=shift.priority_first,
            works_from=opens_at[shift.window],
        )
        for shift in world.shifts
        if opens_at and shift.window in opens_at and shift.opens_s > at_s
    ]
    return Situation(
        at=base + at_s,
        standing=tuple(
            standing
            for passage in lived.passages
            if (standing := _standing(lived, passage, at_s)) is not None
        ),
        windows=tuple(window for window in windows if window is not None),
        booked=tuple(
            Booked(world.queue_of[each.service], "plain", base + each.slot_s, each.service)
            for each in world.bookings
            if not _is_here(lived, each.citizen, at_s) and each.slot_s > at_s - world.late_grace_s
        ),
        credit_s={priority: float(credit) for priority, credit in world.credit_s.items()},
    )


def people_waits(lived: LivedDay, since_s: float, until_s: float) -> list[float]:
    """Return the waits of all who stood in line at a moment or came from then until another."""
    waits = []
    for each in lived.passages:
        if each.issued_s is None or each.issued_s >= until_s or each.wait_s is None:
            continue
        if each.issued_s >= since_s or each.called_s is None or each.called_s > since_s:
            waits.append(each.wait_s)
    return waits


def came_by(lived: LivedDay, at_s: float) -> int:
    """Return how many had taken a number without an appointment by a moment."""
    return sum(
        each.issued_s is not None and each.issued_s <= at_s and each.citizen.slot_s is None
        for each in lived.passages
    )


def _is_here(lived: LivedDay, citizen: int | None, at_s: float) -> bool:
    if citizen is None:
        return False
    issued_s = lived.passages[citizen - 1].issued_s
    return issued_s is not None and issued_s <= at_s


def _standing(lived: LivedDay, passage: Passage, at_s: float) -> Standing | None:
    world, citizen = lived.world, passage.citizen
    base = world.opens_at.timestamp()
    since_s, rank_s = passage.issued_s, passage.rank_s
    if since_s is None or since_s > at_s:
        return None
    if passage.end == "left" and passage.ended_s is not None and passage.ended_s <= at_s:
        return None
    if passage.called_s is not None and passage.called_s <= at_s:
        if passage.returned_s is None or passage.returned_s > at_s:
            return None
        if passage.called_again_s is not None and passage.called_again_s <= at_s:
            return None
        since_s, rank_s = passage.returned_s, passage.return_rank_s
    return Standing(
        id=UUID(int=citizen.number),
        queue=world.queue_of[citizen.service],
        lane=lane_for(citizen.priority, citizen.needs),
        rank_at=base + (since_s if rank_s is None else rank_s),
        service=citizen.service if citizen.says_service else None,
        priority=citizen.priority,
        requests=citizen.requests,
        since=base + since_s,
        asks_for_woman="female_clerk" in citizen.needs,
    )


def _window(lived: LivedDay, shift: Shift, at_s: float) -> WindowNow | None:
    if not shift.opens_s <= at_s < shift.closes_s:
        return None
    world = lived.world
    base = world.opens_at.timestamp()
    mine = [each for each in lived.staffed if each.window == shift.window]
    open_now = any(each.opened_at - base <= at_s < each.closed_at - base for each in mine)
    back_s = min(
        (each.opened_at - base for each in mine if each.opened_at - base > at_s), default=None
    )
    is_announced = any(
        each.window == shift.window and each.is_announced and each.at_s <= at_s
        for each in world.breaks
    )
    away_since = None
    if not open_now:
        away_since = base + max(
            (each.closed_at - base for each in mine if each.closed_at - base <= at_s), default=at_s
        )
    return WindowNow(
        number=shift.window,
        queues=shift.queues,
        lanes=shift.lanes,
        priority_first=shift.priority_first,
        in_hand=_in_hand(lived, shift.window, at_s) if open_now else None,
        works_from=None if open_now or back_s is None or not is_announced else base + back_s,
        away_since=away_since,
    )


def _in_hand(lived: LivedDay, window: int, at_s: float) -> InHand | None:
    world = lived.world
    base = world.opens_at.timestamp()
    for passage in lived.passages:
        spans = [
            (passage.called_s, passage.missed_until_s, passage.missed_at, None),
            (
                passage.called_again_s or passage.called_s,
                passage.ended_s,
                passage.window,
                passage.started_s,
            ),
        ]
        for called_s, free_s, at_window, started_s in spans:
            if at_window != window or called_s is None or free_s is None:
                continue
            if called_s <= at_s < free_s:
                has_begun = started_s is not None and started_s <= at_s
                return InHand(
                    queue=world.queue_of[passage.citizen.service],
                    service=passage.citizen.service
                    if has_begun or passage.citizen.says_service
                    else None,
                    called_at=base + called_s,
                    started_at=base + started_s if has_begun and started_s is not None else None,
                    requests=passage.citizen.requests,
                )
    return None
