"""What stands around the number in hand: parked and missed numbers, targets, alarms; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queue_server.tickets.model import Hall, TicketState, Window
from queue_server.tickets.store_around import AroundFacts, Undoable
from queue_server.tickets.store_messages import Message
from queue_server.tickets.store_notes import Note
from queue_server.tickets.window_alarms import AlarmKind, FaultCategory, WindowAlarm
from queue_server.web.desk.acts import Act, Key, digit_key
from queue_server.web.labels import label_words
from queue_server.web.people_names import opener
from queue_server.web.words import Words

LAST_DIGIT = 9
_LINE_KEYS = (
    Key("NumpadAdd Equal", "+"),
    Key("NumpadMultiply KeyX", "*"),
    Key("NumpadDivide Slash", "/"),
)
"""The keys of the lines, beside the digits of the windows."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A number that waits at this window for its citizen's paper."""

    ticket_id: UUID
    label: Words
    reason: str
    until: datetime | None
    left_s: int | None
    """Below zero once its time is over; None without an end."""
    key: Key | None
    once: str


@dataclass(frozen=True, slots=True)
class Missed:
    """A number that was called today and did not come."""

    label: Words
    called_at: datetime
    key: Key | None


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """The act that may still be undone."""

    ticket_id: UUID
    label: Words
    event: str
    until: datetime
    once: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a number may be transferred to.

    A person has the digit of the window at which they sit: the menu shows windows or people.
    """

    kind: str
    """`window`, `queue` or `staff`."""
    value: str
    window: int | None
    name: Words | None
    key: Key | None


@dataclass(frozen=True, slots=True)
class DeskAlarm:
    """An alarm that is open."""

    id: UUID
    kind: AlarmKind
    window: int
    category: FaultCategory | None
    accepted_by: Words | None


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was just scanned at the window; neither a number nor an appointment: no code of ours."""

    label: Words | None = None
    state: TicketState | None = None
    is_of_today: bool = True
    appointment_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """All of it at one moment."""

    parked: tuple[Parked, ...] = ()
    missed: tuple[Missed, ...] = ()
    undo: UndoOffer | None = None
    targets: tuple[Target, ...] = ()
    own_alarms: tuple[DeskAlarm, ...] = ()
    colleagues: tuple[DeskAlarm, ...] = ()
    """Emergencies at other windows that are not silent."""
    messages: tuple[Message, ...] = ()
    notes: tuple[Note, ...] = ()
    """On the ticket in hand."""
    recall_from: datetime | None = None
    """Not before then is the number called again; None: at once."""
    no_show_from: datetime | None = None
    """Not before then is the number noted as not come; None: at once."""
    scan: Scanned | None = None
    """In the last minute."""

    @property
    def also(self) -> frozenset[Act]:
        """The acts for which there is something."""
        acts: set[Act] = set()
        if self.parked:
            acts.add("unpark")
        if self.undo is not None:
            acts.add("undo")
        return frozenset(acts | {"return"})


def around(
    window: Window,
    hall: Hall,
    *,
    facts: AroundFacts,
    alarms: Iterable[WindowAlarm],
    messages: Sequence[Message],
    notes: Sequence[Note],
    names: Mapping[UUID, Words],
    recall_from: datetime | None,
    no_show_from: datetime | None,
) -> Around:
    """Make the view of what stands around a window's hand."""
    alarms = tuple(alarms)
    return Around(
        parked=_parked(facts, hall.at),
        missed=tuple(
            Missed(label_words(each.label), each.called_at, _digit(place))
            for place, each in enumerate(facts.missed, 1)
        ),
        undo=_undo(facts.last),
        targets=() if window.ticket is None else _targets(window, hall, names),
        own_alarms=tuple(_alarm(each, names) for each in alarms if each.window == window.number),
        colleagues=tuple(
            _alarm(each, names)
            for each in alarms
            if each.window != window.number and each.kind == "emergency" and not each.is_silent
        ),
        messages=tuple(messages),
        notes=tuple(notes),
        recall_from=recall_from,
        no_show_from=no_show_from,
    )


def _parked(facts: AroundFacts, at: datetime) -> tuple[Parked, ...]:
    return tuple(
        Parked(
            ticket_id=each.ticket_id,
            label=label_words(each.label),
            reason=each.reason or "other",
            until=each.until,
            left_s=None if each.until is None else int((each.until - at).total_seconds()),
            key=_digit(place),
            once=f"{each.ticket_id}.{each.revision}",
        )
        for place, each in enumerate(facts.parked, 1)
    )


def _undo(last: Undoable | None) -> UndoOffer | None:
    if last is None:
        return None
    return UndoOffer(
        ticket_id=last.ticket_id,
        label=label_words(last.label),
        event=last.event,
        until=last.until,
        once=f"{last.ticket_id}.{last.event}.{last.until.timestamp():.6f}",
    )


def _targets(window: Window, hall: Hall, names: Mapping[UUID, Words]) -> tuple[Target, ...]:
    targets = [
        Target(
            "window",
            f"window:{each.number}",
            each.number,
            opener(each, names),
            _digit(each.number),
        )
        for each in hall.windows
        if each.number != window.number and each.state != "closed"
    ]
    mine = None if window.ticket is None else window.ticket.queue
    lines = [queue for queue in hall.queues if queue.code != mine]
    targets += [
        Target(
            "queue",
            f"queue:{line.code}",
            None,
            Words(line.name_ar, line.name_en),
            _LINE_KEYS[place] if place < len(_LINE_KEYS) else None,
        )
        for place, line in enumerate(lines)
    ]
    for each in hall.windows:
        by = each.opened_by
        if each.number != window.number and by is not None and by.kind == "staff":
            key = _digit(each.number)
            targets.append(Target("staff", f"staff:{by.id}", None, opener(each, names), key))
    return tuple(targets)


def _alarm(alarm: WindowAlarm, names: Mapping[UUID, Words]) -> DeskAlarm:
    return DeskAlarm(
        id=alarm.id,
        kind=alarm.kind,
        window=alarm.window,
        category=alarm.category,
        accepted_by=None
        if alarm.accepted_by is None
        else names.get(alarm.accepted_by, Words("زميل", "A colleague")),
    )


def _digit(place: int) -> Key | None:
    return digit_key(place) if 1 <= place <= LAST_DIGIT else None
