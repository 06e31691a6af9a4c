"""The hall at one moment, as the supervisor's page shows it; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from core_services.devices.model import DeviceCommand, DeviceState
from core_services.devices.store_help import HelpCall
from queue_server.alarms.crowding import EMPTY, Crowd
from queue_server.alarms.model import Episode
from queue_server.backup.age import NOT_EXPECTED, BackupAge
from queue_server.broadcasts.model import Broadcast
from queue_server.estimate.promises import NOTHING, Kept
from queue_server.faults.model import Fault
from queue_server.planning.store_moves import Overstayed
from queue_server.service_states.model import Subject
from queue_server.tickets.closing import closing_sentence
from queue_server.tickets.gate import Gate, Plan, always_open, gate_at
from queue_server.tickets.journeys import KEPT_AT_MOST
from queue_server.tickets.model import (
    Actor,
    Hall,
    QueueState,
    Service,
    Ticket,
    TicketState,
    Wait,
)
from queue_server.tickets.opening import days_after
from queue_server.tickets.store_given import GivenRow
from queue_server.tickets.store_messages import Message
from queue_server.tickets.store_supervision import Stranded
from queue_server.tickets.window_alarms import WindowAlarm
from queue_server.web.labels import label_words
from queue_server.web.supervisor.alarms import Alarm, alarms
from queue_server.web.supervisor.devices import DeviceRow, device_rows
from queue_server.web.supervisor.moves import MoveLine
from queue_server.web.supervisor.patterns import PatternRow
from queue_server.web.supervisor.slips import DoubtfulSlip, doubtful_slips, printers
from queue_server.web.supervisor.tiles import Tile, window_tiles
from queue_server.web.words import Words

DAYS_TO_CHOOSE: Final = 7
STRANDED_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue now."""

    code: str
    name: Words
    waiting: int
    longest_wait_s: int
    windows_open: int
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class LateLine:
    """A number that came late, or that could not be taken."""

    label: Words
    ticket_id: UUID
    """Of a refused one the number that has its label."""
    device: str
    came_at: datetime
    received_at: datetime
    state: TicketState
    is_refused: bool


@dataclass(frozen=True, slots=True)
class HallNow:
    """Everything of the page that changes with each act in the hall."""

    template: ClassVar[str] = "_supervisor_now.html"

    at: datetime
    day: date
    tiles: tuple[Tile, ...]
    queues: tuple[QueueLine, ...]
    alarms: tuple[Alarm, ...]
    slips: tuple[DoubtfulSlip, ...]
    more_slips: bool
    """There are further ones on the page of tickets."""
    devices: tuple[DeviceRow, ...]
    late: tuple[LateLine, ...]
    """Numbers of today that a kiosk delivered after it was cut off, the latest first."""
    printers: tuple[DeviceRow, ...]
    gate: Gate
    """Whether newcomers get numbers."""
    closed: Words | None
    """What screens say while they get none."""
    keep_days: tuple[date, ...] = ()
    """The next days on which the centre opens: those who wait may keep their numbers for one."""
    kept_for: date | None = None
    """The day for which numbers of today are kept already."""
    moves: tuple[MoveLine, ...] = ()
    """What would help, the best first."""
    more_patterns: bool = False
    """There are further ones on the page of patterns."""
    crowd: Crowd = EMPTY
    """People in the hall, and its seats."""
    backups: BackupAge = NOT_EXPECTED
    """How old the last good backup is."""
    emergency: Broadcast | None = None
    """What stands over every screen now."""
    profiles: Mapping[str, Words] = field(default_factory=dict)
    """The work profiles that a window may be given."""
    free_people: tuple[tuple[UUID, Words], ...] = ()
    """Staff who may have a window and sit at none."""

    @property
    def waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues)

    @property
    def windows_open(self) -> int:
        return sum(tile.state not in ("closed", "paused") for tile in self.tiles)

    @property
    def longest_wait_s(self) -> int:
        return max((queue.longest_wait_s for queue in self.queues), default=0)

    @property
    def worst_wait(self) -> Wait | None:
        """The longest wait that a newcomer must expect; None when some line is not served."""
        waits = [queue.wait for queue in self.queues]
        known = [wait for wait in waits if wait is not None]
        if len(known) < len(waits):
            return None
        return max(known, key=lambda wait: wait.likely_s, default=None)

    @property
    def loud(self) -> tuple[Alarm, ...]:
        """The alarms that want somebody."""
        return tuple(alarm for alarm in self.alarms if not alarm.is_quiet)

    @property
    def quiet(self) -> tuple[Alarm, ...]:
        """The alarms that somebody has seen, until they are over or grow worse."""
        return tuple(alarm for alarm in self.alarms if alarm.is_quiet)

    @property
    def listed(self) -> tuple[Alarm, ...]:
        """The loud alarms that the page lists: of numbers that no open window would call, those
        who have waited longest."""
        passed_over = frozenset(self._stranded[STRANDED_SHOWN:])
        return tuple(alarm for alarm in self.loud if alarm.ticket_id not in passed_over)

    @property
    def more_stranded(self) -> int:
        """How many further numbers no open window would call."""
        return max(0, len(self._stranded) - STRANDED_SHOWN)

    @property
    def _stranded(self) -> tuple[UUID | None, ...]:
        return tuple(alarm.ticket_id for alarm in self.loud if alarm.kind == "stranded")

    @property
    def troubles(self) -> int:
        """How many things want somebody: alarms, and all doubtful slips as one."""
        return len(self.loud) + bool(self.slips)

    @property
    def trouble_key(self) -> str:
        """Changes when something else is wrong."""
        keys = [alarm.key for alarm in self.loud]
        return " ".join([*keys, *(str(slip.ticket_id) for slip in self.slips)])


def hall_now(
    hall: Hall,
    *,
    devices: Sequence[DeviceState],
    help_calls: Sequence[HelpCall],
    doubtful: Sequence[Ticket],
    slips_shown: int,
    commands: Sequence[DeviceCommand],
    last_ends: Mapping[int, datetime],
    staff: Mapping[UUID, Words],
    services: Mapping[str, Service],
    viewer: Actor,
    outages: Iterable[tuple[Subject, Words, datetime]] = (),
    patterns: Sequence[PatternRow] = (),
    patterns_shown: int = 3,
    of_desks: Sequence[WindowAlarm] = (),
    messages: Sequence[Message] = (),
    stranded: Sequence[Stranded] = (),
    plan: Plan | None = None,
    work: int = 0,
    crowd: Crowd = EMPTY,
    kept: Kept = NOTHING,
    overstayed: Sequence[Overstayed] = (),
    backups: BackupAge = NOT_EXPECTED,
    overdue: int = 0,
    episodes: Sequence[Episode] = (),
    emergency: Broadcast | None = None,
    profiles: Mapping[str, Words] = MappingProxyType({}),
    free_people: tuple[tuple[UUID, Words], ...] = (),
    moves: Sequence[MoveLine] = (),
    late: Sequence[GivenRow] = (),
    faults: Sequence[Fault] = (),
) -> HallNow:
    """Make the view; of doubtful slips and of patterns only so many are listed as are `…_shown`.

    Without a `plan` numbers are given at any hour.
    """
    rows = device_rows(devices, at=hall.at)
    gate = always_open(hall.at, None) if plan is None else gate_at(plan, hall.at, hall.queues)
    closed = None if plan is None else closing_sentence(gate, hall.at, plan.zone)
    tiles = window_tiles(hall, last_ends=last_ends, staff=staff, services=services, viewer=viewer)
    hours_on = (lambda _: None) if plan is None else plan.hours_on
    return HallNow(
        at=hall.at,
        gate=gate,
        keep_days=days_after(
            hours_on, hall.business_day, within=KEPT_AT_MOST.days, at_most=DAYS_TO_CHOOSE
        ),
        kept_for=hall.kept_for,
        closed=None if closed is None else Words(closed.ar, closed.en),
        day=hall.business_day,
        tiles=tiles,
        queues=tuple(_line(queue) for queue in hall.queues),
        alarms=alarms(
            at=hall.at,
            tiles=tiles,
            queues=hall.queues,
            devices=rows,
            help_calls=help_calls,
            outages=outages,
            patterns=patterns[:patterns_shown],
            of_desks=of_desks,
            messages=messages,
            stranded=stranded,
            staff=staff,
            work=work,
            crowd=crowd,
            kept=kept,
            overstayed=overstayed,
            backups=backups,
            overdue=overdue,
            episodes=episodes,
            faults=faults,
        ),
        backups=backups,
        crowd=crowd,
        emergency=emergency,
        profiles=profiles,
        free_people=free_people,
        moves=tuple(moves),
        more_patterns=len(patterns) > patterns_shown,
        slips=doubtful_slips(doubtful[:slips_shown], commands=commands, devices=rows),
        more_slips=len(doubtful) > slips_shown,
        devices=rows,
        late=tuple(_late(each) for each in late),
        printers=printers(rows),
    )


def _late(row: GivenRow) -> LateLine:
    return LateLine(
        label=label_words(row.label),
        ticket_id=row.ticket_id,
        device=row.device,
        came_at=row.arrived_at,
        received_at=row.received_at,
        state=row.state,
        is_refused=row.outcome == "refused",
    )


def _line(queue: QueueState) -> QueueLine:
    return QueueLine(
        code=queue.code,
        name=Words(queue.name_ar, queue.name_en),
        waiting=queue.waiting,
        longest_wait_s=queue.longest_wait_s,
        windows_open=queue.windows_open,
        wait=queue.wait,
    )
