"""What is wrong in the hall now, the worst first, each with the one thing to do about it; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal
from uuid import UUID

from core_services.devices.model import Attached
from core_services.devices.store_help import HelpCall
from queue_server.alarms.crowding import EMPTY, Crowd, Over, hall_over, wait_over
from queue_server.alarms.model import MOST_LEVEL, Episode, Finding, Key
from queue_server.backup.age import NOT_EXPECTED, BackupAge
from queue_server.estimate.promises import NOTHING, Kept, Promises, Source, Untrue, untrue
from queue_server.faults.model import Fault
from queue_server.planning.store_moves import Overstayed
from queue_server.power.model import ON_BATTERY
from queue_server.service_states.model import Subject
from queue_server.tickets.model import QueueState
from queue_server.tickets.store_messages import Message
from queue_server.tickets.store_supervision import Stranded
from queue_server.tickets.window_alarms import WEIGHT, WindowAlarm
from queue_server.web.labels import label_words
from queue_server.web.supervisor.devices import DeviceRow
from queue_server.web.supervisor.patterns import PatternRow
from queue_server.web.supervisor.tiles import Tile
from queue_server.web.words import Words

AlarmKind = Literal[
    "emergency",
    "supervisor",
    "on-battery",
    "fault",
    "fault-report",
    "message",
    "help",
    "nobody-serves",
    "stranded",
    "hall-full",
    "wait-over",
    "device-down",
    "paper-out",
    "cover-open",
    "roll-blank",
    "printer-down",
    "attached-paper",
    "attached-cover",
    "attached-down",
    "work",
    "service-down",
    "idle-window",
    "window-until",
    "screen-dark",
    "screen-mute",
    "backup-old",
    "backup-failed",
    "estimate-untrue",
    "maintenance-overdue",
    "paper-low",
    "attached-low",
    "pattern",
]

MANY: Final = 20
"""So many more people without a window are worse than before."""
IDLE_AFTER: Final = timedelta(seconds=60)
"""A clerk may breathe so long between two citizens."""

NO_PAGE: Final = "no page is open"
"""What a display says while no browser shows it: no trouble of its voice. That its glass is dark is
told of once it was lit."""

OWN_ACTS: Final = frozenset(
    {"emergency", "supervisor", "fault", "fault-report", "message", "help", "pattern"}
)
"""They are taken up by acts of their own; to have seen them is not enough."""
UNRECORDED: Final = frozenset({"message", "pattern"})
"""They have a record of their own, and are no state of the hall."""

_WEIGHTY: Final = frozenset(
    {
        "emergency",
        "supervisor",
        "on-battery",
        "help",
        "nobody-serves",
        "stranded",
        "hall-full",
        "wait-over",
        "device-down",
        "paper-out",
        "cover-open",
        "roll-blank",
        "printer-down",
        "screen-dark",
        "attached-paper",
        "attached-cover",
        "attached-down",
        "work",
    }
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong; its template chooses the words by `kind`."""

    kind: AlarmKind
    since: datetime | None = None
    help_id: UUID | None = None
    device: DeviceRow | None = None
    device_name: str | None = None
    attached: Attached | None = None
    """Which device of a workstation, scanner of a kiosk, or bus of a display's panels."""
    window: int | None = None
    queue: Words | None = None
    queue_code: str | None = None
    service: Words | None = None
    """What is marked down, so that nobody forgets to mark it up."""
    service_code: str | None = None
    """Kind and code: two may have one name."""
    waiting: int = 0
    """People, work orders, or maintenance orders."""
    pattern: PatternRow | None = None
    of_desk: WindowAlarm | None = None
    by: Words | None = None
    """Who raised it, or wrote the message."""
    accepted_by: Words | None = None
    fault: Fault | None = None
    """What staff reported; of a window's alarm the fault that goes with it."""
    message: Message | None = None
    ticket_id: UUID | None = None
    label: Words | None = None
    """Of whoever waits where no open window looks."""
    over: Over | None = None
    """By how much a line or the hall is beyond its measure."""
    until: datetime | None = None
    """When a window was to close."""
    untrue: Untrue | None = None
    """How true the times are that people are told."""
    backup: BackupAge | None = None
    """What is known of backups."""
    hours: int | None = None
    """How old the last good backup is."""
    level: int = 0
    """How bad, in steps."""
    episode: Episode | None = None
    """As it was entered in the book; None for a moment after it began."""

    @property
    def is_grave(self) -> bool:
        """Somebody must go there now; the others can wait a few minutes."""
        return self.kind in _WEIGHTY or (self.fault is not None and self.fault.stops_work)

    @property
    def is_quiet(self) -> bool:
        """Somebody has seen it, and it is no worse since: it stands apart until it is over."""
        if self.kind in OWN_ACTS:
            return False
        return self.episode is not None and self.episode.is_quiet

    @property
    def may_be_acknowledged(self) -> bool:
        return self.kind not in OWN_ACTS and self.episode is not None and not self.is_quiet

    @property
    def subject(self) -> str:
        """Return what is wrong: the same as long as it lasts, whatever else changes."""
        if self.of_desk is not None:
            return str(self.of_desk.id)
        if self.fault is not None:
            return str(self.fault.id)
        if self.attached is not None:
            return f"{self.device_name}/{self.attached.name}"
        if self.untrue is not None:
            return self.untrue.source
        about: object = self.help_id or self.ticket_id or self.device_name or self.window
        return str(about or self.queue_code or self.service_code or "hall")[:120]

    @property
    def finding(self) -> Finding:
        """Return it as the book of alarms has it."""
        facts: dict[str, Any] = {
            "window": self.window,
            "device": self.device_name,
            "device_kind": None if self.device is None else self.device.kind,
            "attached": None if self.attached is None else self.attached.name,
            "attached_kind": None if self.attached is None else self.attached.kind,
            "category": self._category,
            "label": None if self.label is None else self.label.en,
            "waiting": self.waiting or None,
        }
        names = self.queue or self.service
        if names is not None:
            facts |= {"name_ar": names.ar, "name_en": names.en}
        if self.over is not None:
            facts |= {"reached": self.over.reached, "measure": self.over.measure}
        if self.until is not None:
            facts["until"] = self.until.isoformat()
        if self.untrue is not None:
            facts |= {
                "source": self.untrue.source,
                "percent": self.untrue.percent,
                "n": self.untrue.n,
                "is_too_wide": self.untrue.is_too_wide,
            }
        if self.hours is not None:
            facts["hours"] = self.hours
        return Finding(
            kind=self.kind,
            subject=self.subject,
            is_grave=self.is_grave,
            level=min(self.level, MOST_LEVEL),
            facts={name: value for name, value in facts.items() if value is not None},
            seen_by=None if self.of_desk is None else self.of_desk.accepted_by,
        )

    @property
    def _category(self) -> str | None:
        if self.of_desk is not None:
            return self.of_desk.category
        return None if self.fault is None else self.fault.kind

    def episode_minutes(self, at: datetime) -> int:
        """Return for how many whole minutes it has stood in the book."""
        return 0 if self.episode is None else self.episode.seconds(at) // 60

    def minutes(self, at: datetime) -> int:
        """Return for how many whole minutes it has lasted."""
        return 0 if self.since is None else max(0, int((at - self.since).total_seconds())) // 60

    @property
    def key(self) -> str:
        """Names this alarm as long as it lasts and is no worse."""
        if self.pattern is not None:
            return f"{self.kind}-{self.pattern.key}"
        accepted = "" if self.of_desk is None else self.of_desk.accepted_by or ""
        about = self.subject if self.message is None else self.message.id
        return f"{self.kind}-{about}-{self.level}-{accepted}"


def alarms(
    *,
    at: datetime,
    tiles: Iterable[Tile],
    queues: Sequence[QueueState],
    devices: Iterable[DeviceRow],
    help_calls: Iterable[HelpCall],
    outages: Iterable[tuple[Subject, Words, datetime]] = (),
    patterns: Iterable[PatternRow] = (),
    of_desks: Iterable[WindowAlarm] = (),
    messages: Iterable[Message] = (),
    stranded: Iterable[Stranded] = (),
    staff: Mapping[UUID, Words] = MappingProxyType({}),
    work: int = 0,
    crowd: Crowd = EMPTY,
    kept: Kept = NOTHING,
    overstayed: Iterable[Overstayed] = (),
    backups: BackupAge = NOT_EXPECTED,
    overdue: int = 0,
    episodes: Iterable[Episode] = (),
    faults: Iterable[Fault] = (),
) -> tuple[Alarm, ...]:
    """Return what is wrong now: people before machines, machines before habits.

    Of `episodes`, those that are open, each joins its alarm; they also decide how far a figure must
    fall before what it raised is over.
    """
    opened = {episode.key: episode for episode in episodes}
    found = _found(
        at=at,
        tiles=tiles,
        queues=queues,
        devices=devices,
        help_calls=help_calls,
        outages=outages,
        patterns=patterns,
        of_desks=of_desks,
        messages=messages,
        stranded=stranded,
        staff=staff,
        work=work,
        crowded=_of_crowd(queues, crowd, frozenset(opened)),
        overstayed=overstayed,
        doubted=_of_promises(kept, frozenset(opened)),
        backups=_of_backups(backups, at),
        overdue=overdue,
        power=_of_power(opened.values()),
        faults=tuple(faults),
    )
    return tuple(replace(each, episode=opened.get((each.kind, each.subject))) for each in found)


def _found(
    *,
    at: datetime,
    tiles: Iterable[Tile],
    queues: Sequence[QueueState],
    devices: Iterable[DeviceRow],
    help_calls: Iterable[HelpCall],
    outages: Iterable[tuple[Subject, Words, datetime]],
    patterns: Iterable[PatternRow],
    of_desks: Iterable[WindowAlarm],
    messages: Iterable[Message],
    stranded: Iterable[Stranded],
    staff: Mapping[UUID, Words],
    work: int,
    crowded: Iterable[Alarm],
    overstayed: Iterable[Overstayed],
    doubted: Iterable[Alarm],
    backups: Iterable[Alarm],
    overdue: int,
    power: Iterable[Alarm],
    faults: Sequence[Fault],
) -> tuple[Alarm, ...]:
    devices = tuple(devices)
    machines = [alarm for device in devices for alarm in _of_device(device)]
    with_alarm = {window.alarm_id: each for each in faults for window in each.standing}
    desks = [
        _of_desk(each, staff, with_alarm.get(each.id))
        for each in sorted(of_desks, key=lambda each: WEIGHT[each.kind])
    ]
    reports = (
        *(alarm for alarm in desks if alarm.kind == "fault"),
        *_of_faults(faults, devices, staff),
    )
    return (
        *(alarm for alarm in desks if alarm.kind == "emergency"),
        *power,
        *(Alarm("help", call.asked_at, call.id, device_name=call.device_name)
          for call in help_calls),
        *(alarm for alarm in desks if alarm.kind == "supervisor"),
        *_of_queues(queues),
        *(Alarm("stranded", each.since, ticket_id=each.ticket_id, label=label_words(each.label),
                window=each.window, level=_quarters(each.since, at)) for each in stranded),
        *crowded,
        *(alarm for alarm in reports if alarm.is_grave),
        *(alarm for alarm in machines if alarm.is_grave),
        *((Alarm("work", waiting=work, level=work),) if work else ()),
        *(Alarm("service-down", since, service=name, service_code=f"{each.kind}/{each.code}")
          for each, name, since in outages),
        *(alarm for alarm in reports if not alarm.is_grave),
        *(Alarm("message", each.sent_at, window=each.window, by=staff.get(each.sent_by),
                message=each) for each in messages),
        *_of_windows(tiles, at),
        *(Alarm("window-until", each.until, window=each.window, until=each.until)
          for each in overstayed),
        *backups,
        *doubted,
        *((Alarm("maintenance-overdue", waiting=overdue, level=overdue),) if overdue else ()),
        *(alarm for alarm in machines if not alarm.is_grave),
        *(Alarm("pattern", row.pattern.last_at, pattern=row) for row in patterns),
    )  # fmt: skip


def _of_desk(alarm: WindowAlarm, staff: Mapping[UUID, Words], fault: Fault | None) -> Alarm:
    accepted = None if alarm.accepted_by is None else staff.get(alarm.accepted_by)
    return Alarm(
        alarm.kind,
        alarm.raised_at,
        window=alarm.window,
        of_desk=alarm,
        by=staff.get(alarm.raised_by),
        accepted_by=accepted,
        fault=fault,
    )


def _of_faults(
    faults: Iterable[Fault], devices: Sequence[DeviceRow], staff: Mapping[UUID, Words]
) -> Iterator[Alarm]:
    """Name what was reported and nobody has taken up; a window's is told by its own alarm."""
    known = {device.id: device for device in devices}
    for fault in faults:
        if fault.state == "reported" and not any(each.alarm_id for each in fault.standing):
            yield Alarm(
                "fault-report",
                fault.reported_at,
                device=None if fault.device_id is None else known.get(fault.device_id),
                device_name=None if fault.machine is None else fault.machine.name,
                window=fault.window,
                by=staff.get(fault.reported_by),
                fault=fault,
                level=1 if fault.stops_work else 0,
            )


def _of_queues(queues: Sequence[QueueState]) -> Iterator[Alarm]:
    for queue in queues:
        if queue.waiting and not queue.windows_open:
            name = Words(queue.name_ar, queue.name_en) if len(queues) > 1 else None
            yield Alarm(
                "nobody-serves",
                queue=name,
                queue_code=queue.code,
                waiting=queue.waiting,
                level=queue.waiting // MANY,
            )


def _of_crowd(
    queues: Sequence[QueueState], crowd: Crowd, opened: frozenset[Key]
) -> Iterator[Alarm]:
    hall = hall_over(crowd, is_open=("hall-full", "hall") in opened)
    if hall is not None:
        yield Alarm("hall-full", waiting=crowd.people, over=hall, level=hall.level)
    for queue in queues:
        over = wait_over(queue, crowd, is_open=("wait-over", queue.code) in opened)
        if over is not None:
            yield Alarm(
                "wait-over",
                queue=Words(queue.name_ar, queue.name_en),
                queue_code=queue.code,
                waiting=queue.waiting,
                over=over,
                level=over.level,
            )


def _of_promises(kept: Kept, opened: frozenset[Key]) -> Iterator[Alarm]:
    """Name times that are not as true as they claim: today's, and those of the nightly backtest."""
    promises: tuple[tuple[Source, Promises], ...] = (("today", kept.today), ("night", kept.night))
    for source, each in promises:
        found = untrue(each, source, is_open=("estimate-untrue", source) in opened)
        if found is not None:
            yield Alarm("estimate-untrue", untrue=found, level=found.level)


def _of_backups(backups: BackupAge, at: datetime) -> Iterator[Alarm]:
    kind = backups.trouble(at)
    if kind is not None:
        hours = backups.hours(at)
        level = hours // 24 if kind == "backup-old" else 0
        yield Alarm(kind, backups.counts_from, backup=backups, hours=hours, level=level)


def _of_power(episodes: Iterable[Episode]) -> Iterator[Alarm]:
    """Name what `shubbak power` has entered: it stands until that command ends it."""
    for episode in episodes:
        if episode.kind == ON_BATTERY:
            yield Alarm("on-battery", episode.raised_at, level=episode.level)


def _quarters(since: datetime, at: datetime) -> int:
    """Return for how many whole quarters of an hour something has lasted."""
    return max(0, int((at - since).total_seconds())) // 900


def _of_device(device: DeviceRow) -> Iterator[Alarm]:
    """Name the one cause a person can mend; a machine that is down tells no more of its printer."""
    if device.seen_at is None:
        return
    kind: AlarmKind | None = None
    if not device.is_up:
        kind = "device-down"
    elif device.kind == "workstation" and device.attached:
        pass  # its printers are told of by name
    elif device.paper == "out":
        kind = "paper-out"
    elif device.cover == "open":
        kind = "cover-open"
    elif device.roll is not None and device.roll.check == "blank":
        kind = "roll-blank"
    elif device.printer in ("not_ready", "absent") and device.kind == "kiosk":
        kind = "printer-down"
    elif device.kind == "display" and device.detail not in (None, NO_PAGE):
        kind = "screen-mute"
    elif device.paper == "near_end" or (device.roll is not None and device.roll.is_low):
        kind = "paper-low"
    if kind is not None:
        since = device.seen_at if kind == "device-down" else None
        yield Alarm(kind, since, device=device, device_name=device.name)
    if device.is_up:
        yield from _of_attached(device)


def _of_attached(device: DeviceRow) -> Iterator[Alarm]:
    """Name what is wrong with printers, scanners, panels and glass that a machine tells of."""
    for each in device.attached:
        kind: AlarmKind | None = None
        if each.kind == "glass":
            kind = None if each.state == "ready" else "screen-dark"
        elif each.paper == "out":
            kind = "attached-paper"
        elif each.cover == "open":
            kind = "attached-cover"
        elif each.state != "ready":
            kind = "attached-down"
        elif each.paper == "near_end":
            kind = "attached-low"
        if kind is not None:
            yield Alarm(kind, device=device, device_name=device.name, attached=each)


def _of_windows(tiles: Iterable[Tile], at: datetime) -> Iterator[Alarm]:
    for tile in tiles:
        since = tile.needed_since
        if since is not None and at - since >= IDLE_AFTER:
            yield Alarm(
                "idle-window",
                since,
                window=tile.number,
                waiting=tile.waiting,
                level=_quarters(since, at),
            )
