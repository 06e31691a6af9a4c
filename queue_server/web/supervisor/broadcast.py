"""The supervisor's page of messages to the hall: what stands, is to come, was said; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from core_services.devices.model import Device, DeviceKind
from queue_server.broadcasts.model import (
    GLASSES,
    LINE_LENGTH,
    TEXT_LENGTH,
    Broadcast,
    Delivery,
    Glass,
    Kind,
)
from queue_server.broadcasts.phrases import PHRASES, Phrase
from queue_server.broadcasts.wording import Fault
from queue_server.web.words import Words

ORDINARY: Final[tuple[Kind, ...]] = ("breakdown", "closing", "prayer", "notice")
MINUTES: Final = (10, 20, 30, 60, 120)

State = Literal["to-come", "standing", "over"]
Said = Literal["sent", "to-come", "emergency", "ended", "changed", Fault]


@dataclass(frozen=True, slots=True)
class GlassRow:
    """A machine that was told, and when the message stood on its glass."""

    name: str
    kind: DeviceKind
    shown_at: datetime | None


@dataclass(frozen=True, slots=True)
class BroadcastRow:
    """One message."""

    message: Broadcast
    state: State
    by: Words | None
    ended_by: Words | None
    glasses: tuple[GlassRow, ...]
    """Those that said that it stood there; of one that stands also those that have not yet."""

    @property
    def text(self) -> Words:
        return Words(self.message.text_ar, self.message.text_en or self.message.text_ar)

    @property
    def over_at(self) -> datetime | None:
        """When it went off the glass."""
        return self.message.ended_at or self.message.ends_at


@dataclass(frozen=True, slots=True)
class BroadcastNow:
    """What stands and what is to come."""

    template: ClassVar[str] = "_broadcast_now.html"

    rows: tuple[BroadcastRow, ...]

    @property
    def emergency(self) -> BroadcastRow | None:
        return next((row for row in self.rows if row.message.is_full_screen), None)


@dataclass(frozen=True, slots=True)
class BroadcastPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_broadcast.html"

    day: date
    now: BroadcastNow
    history: tuple[BroadcastRow, ...]
    said: Said | None
    once: str
    """Makes the forms of this page work once each."""

    @property
    def is_fault(self) -> bool:
        return self.said not in (None, "sent", "to-come", "emergency", "ended")

    @property
    def emergencies(self) -> tuple[Phrase, ...]:
        return tuple(phrase for phrase in PHRASES.values() if phrase.kind == "emergency")

    @property
    def phrases(self) -> tuple[tuple[Kind, tuple[Phrase, ...]], ...]:
        """The ready messages by kind, without those of an emergency."""
        return tuple(
            (kind, tuple(each for each in PHRASES.values() if each.kind == kind))
            for kind in ORDINARY
        )

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return ORDINARY

    @property
    def glasses(self) -> tuple[Glass, ...]:
        return GLASSES

    @property
    def text_length(self) -> int:
        return TEXT_LENGTH

    @property
    def line_length(self) -> int:
        return LINE_LENGTH

    @property
    def minutes(self) -> tuple[int, ...]:
        return MINUTES


def broadcast_rows(
    broadcasts: Iterable[Broadcast],
    *,
    at: datetime,
    deliveries: Sequence[Delivery],
    devices: Sequence[Device],
    names: Mapping[UUID, Words],
) -> tuple[BroadcastRow, ...]:
    """Return the messages as they are listed; `devices` are those in use."""
    return tuple(_row(each, at, deliveries, devices, names) for each in broadcasts)


def moment_of(text: str, *, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the moment of today's wall that a form's time is; None where it is none."""
    try:
        typed = datetime.strptime(text, "%H:%M").time()
    except ValueError:
        return None
    return datetime.combine(at.astimezone(zone).date(), typed, tzinfo=zone)


def end_of(
    until: str, minutes: str, *, begins: datetime, at: datetime, zone: ZoneInfo
) -> datetime | None:
    """Return when a form's message ends: at a time of the wall, else after so many minutes."""
    if (moment := moment_of(until, at=at, zone=zone)) is not None:
        return moment
    return begins + timedelta(minutes=int(minutes)) if minutes in map(str, MINUTES) else None


def _row(
    message: Broadcast,
    at: datetime,
    deliveries: Sequence[Delivery],
    devices: Sequence[Device],
    names: Mapping[UUID, Words],
) -> BroadcastRow:
    shown = {
        each.device_id: each.shown_at for each in deliveries if each.broadcast_id == message.id
    }
    stands = message.stands(at)
    state: State = "standing" if stands else "to-come" if message.is_open(at) else "over"
    told: dict[DeviceKind, Glass] = {"display": "board", "kiosk": "kiosk"}
    return BroadcastRow(
        message=message,
        state=state,
        by=names.get(message.sent_by),
        ended_by=None if message.ended_by is None else names.get(message.ended_by),
        glasses=tuple(
            GlassRow(device.name, device.kind, shown.get(device.id))
            for device in devices
            if device.id in shown or (stands and told.get(device.kind) in message.glasses)
        ),
    )
