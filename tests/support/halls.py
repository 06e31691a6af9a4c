"""Halls of a real centre's size for tests: nine windows, two queues, a morning's calls."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from queue_server.tickets.model import Call, Hall, QueueState, TicketState, Wait, Window

EPOCH = UUID("01970000-0000-7000-8000-000000000001")
OPENING = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)


def a_call(
    call_id: int,
    label: str,
    *,
    window: int = 1,
    at: datetime = OPENING,
    recall: int = 0,
    state: TicketState = "called",
) -> Call:
    """Return a call of the ticket with that label; one label is one ticket."""
    return Call(
        id=call_id,
        ticket_id=uuid5(EPOCH, label),
        label=label,
        window=window,
        at=at,
        recall=recall,
        state=state,
        shown=False,
    )


def a_window(number: int, *, is_open: bool = True) -> Window:
    return Window(
        number=number,
        state="open" if is_open else "closed",
        profile="unified",
        priority_first=number == 1,
        queues=("unified", "taxes"),
        opened_by=None,
        opened_by_name=None,
        state_since=None,
        reason=None,
        ticket=None,
    )


def a_queue(code: str = "unified", *, waiting: int = 24, wait: Wait | None = None) -> QueueState:
    return QueueState(
        code=code,
        name_ar="الشبابيك الموحدة",
        name_en="Unified windows",
        waiting=waiting,
        longest_wait_s=1260,
        windows_open=9,
        wait=wait,
    )


def a_hall(
    revision: int = 500,
    *,
    calls: tuple[Call, ...] = (),
    epoch: UUID = EPOCH,
    at: datetime = OPENING,
) -> Hall:
    return Hall(
        epoch=epoch,
        revision=revision,
        at=at,
        business_day=DAY,
        windows=tuple(a_window(number) for number in range(1, 10)),
        calls=calls,
        queues=(a_queue(wait=Wait(low_s=600, likely_s=900, high_s=1800)),),
    )


def a_morning(calls: int, *, first_id: int = 100, at: datetime = OPENING) -> Hall:
    """Return the hall after so many tickets were called, one every two minutes, 101 first."""
    called = tuple(
        a_call(
            first_id + number,
            str(101 + number),
            window=number % 9 + 1,
            at=at - timedelta(minutes=2 * (calls - 1 - number)),
        )
        for number in range(calls)
    )
    listed = tuple(reversed(called))[:12]
    return a_hall(first_id + max(calls - 1, 0), calls=listed, at=at)


def with_call(hall: Hall, label: str, *, window: int = 1, at: datetime | None = None) -> Hall:
    """Return the hall one revision later, with a ticket called (or called again)."""
    at = at or hall.at
    ticket = uuid5(EPOCH, label)
    earlier = [call for call in hall.calls if call.ticket_id == ticket]
    call = a_call(
        hall.revision + 1,
        label,
        window=window,
        at=at,
        recall=earlier[0].recall + 1 if earlier else 0,
    )
    others = tuple(other for other in hall.calls if other.ticket_id != ticket)
    return replace(hall, revision=call.id, at=at, calls=(call, *others)[:12])


def without_call(hall: Hall, label: str) -> Hall:
    """Return the hall one revision later, with a ticket's call gone (no-show, cancel)."""
    calls = tuple(call for call in hall.calls if call.label != label)
    return replace(hall, revision=hall.revision + 1, calls=calls)
