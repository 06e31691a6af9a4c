"""Folds the server's frames into the state of the hall, and that state into what the glass shows.

Within one epoch the result depends on which frames arrived, not on their order or their number:
the whole board with the highest revision is the ground, and single calls and withdrawals count only
while their revision is above it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core_services.link.board_frames import (
    LISTED_CALLS,
    Board,
    BoardCall,
    BoardWindow,
    Called,
    Withdrawn,
)
from core_services.link.frames import ServerFrame
from core_services.link.greeting_frames import CentreNames, Welcome
from core_services.link.message_frames import BoardMessage
from core_services.link.trust import Fault
from core_services.link.vocabulary import Language, WaitRange

PREVIOUS = 4
"""Rows of earlier calls: with the current one, what a 55-inch screen carries for 10 m."""

STALE_AFTER_S = 15.0
"""Silence after which the board says that it may not be true any more; the server pings every 5."""

NEWS_TURN_S = 10.0
"""How long each of several hall messages stands before the next takes its line."""

EMERGENCY_KEPT_S = 3600.0
"""So long without a word of the server a message over everything else still stands: whoever sent it
may be unable to end it, and an hour later it tells more of the line than of the hall."""

CAIRO = ZoneInfo("Africa/Cairo")


@dataclass(frozen=True, slots=True)
class Call:
    """A number called to a window; `id` is the revision of its event."""

    id: int
    label: str
    display_label: str
    window: int
    recall: int = 0
    language: Language = "ar"
    by_ear: bool = False
    """Its holder cannot see the board."""
    called_at: float = field(default=0.0, compare=False)
    """In seconds of our monotonic clock, by the age that the server gave."""

    def age_s(self, at: float) -> float:
        """Return how long ago the server recorded the call."""
        return at - self.called_at


@dataclass(frozen=True, slots=True)
class Change:
    """One call, or one withdrawal, that is newer than the whole board we hold."""

    revision: int
    call_id: int
    call: Call | None
    """None: the call is withdrawn."""


@dataclass(frozen=True, slots=True)
class BoardState:
    """What the server has told us of the hall."""

    contact: float
    """When the last frame came, in seconds of the monotonic clock; at the start, the start."""
    epoch: UUID | None = None
    revision: int = -1
    """Of the last whole board."""
    listed: tuple[Call, ...] = ()
    later: tuple[Change, ...] = ()
    wait: WaitRange | None = None
    messages: tuple[BoardMessage, ...] = ()
    windows: tuple[BoardWindow, ...] = ()
    """Of the last whole board."""
    notice: BoardMessage | None = None
    """A line for whoever stands before this one screen."""
    notice_until: float = float("-inf")
    centre: CentreNames | None = None
    zone: ZoneInfo = CAIRO
    server_time: datetime | None = None
    server_time_at: float = 0.0

    @property
    def is_training(self) -> bool:
        """The centre is one to learn on, as the server says."""
        return self.centre is not None and self.centre.training

    def lines(self, at: float) -> tuple[BoardMessage, ...]:
        """Return what stands in the line of news, turn by turn, and over everything else."""
        is_noticed = self.notice is not None and at < self.notice_until
        return (*((self.notice,) if is_noticed and self.notice else ()), *self.messages)

    def emergency(self, at: float) -> BoardMessage | None:
        """Return what stands over everything else."""
        if at - self.contact >= EMERGENCY_KEPT_S:
            return None
        return next((each for each in self.messages if each.full_screen), None)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The hall's calls now, newest first, one a ticket."""
        by_label = {call.label: call for call in self.listed}
        for change in self.later:
            if change.call is not None:
                by_label[change.call.label] = change.call
            else:
                by_label = {
                    label: call for label, call in by_label.items() if call.id != change.call_id
                }
        return tuple(sorted(by_label.values(), key=lambda call: call.id, reverse=True))

    @property
    def withdrawn(self) -> frozenset[int]:
        """Ids of calls withdrawn since the last whole board."""
        return frozenset(change.call_id for change in self.later if change.call is None)

    @property
    def reaches_back_to(self) -> int:
        """The oldest call that could be listed: an older one may have been pushed off the list.

        0 where the last whole board had room for more, so that it named every call there is.
        """
        if len(self.listed) < LISTED_CALLS:
            return 0
        return min(call.id for call in self.listed)

    def is_stale(self, at: float) -> bool:
        """Say whether the server has been silent for too long to be believed."""
        return at - self.contact >= STALE_AFTER_S

    def local_time(self, at: float) -> datetime | None:
        """Return the server's wall clock in the centre's zone; None before its first frame."""
        if self.server_time is None:
            return None
        now = self.server_time + timedelta(seconds=at - self.server_time_at)
        return now.astimezone(self.zone)


def fold(state: BoardState, frame: ServerFrame, at: float) -> BoardState:
    """Return the state after a frame that came at `at` (monotonic seconds)."""
    state = replace(state, contact=at)
    match frame:
        case Welcome():
            return replace(
                _in_epoch(state, frame.epoch),
                centre=frame.centre or state.centre,
                zone=_zone(frame.zone),
                server_time=frame.server_time,
                server_time_at=at,
            )
        case Board():
            return _whole(_in_epoch(state, frame.epoch), frame, at)
        case Called() if frame.epoch == state.epoch:
            call = _call(frame.call, at)
            return _changed(state, Change(frame.revision, call.id, call))
        case Withdrawn() if frame.epoch == state.epoch:
            return _changed(state, Change(frame.revision, frame.call, None))
        case _ if frame.type == "ping":
            return replace(state, server_time=frame.server_time, server_time_at=at)
        case _:
            return state


@dataclass(frozen=True, slots=True)
class Glass:
    """What stands on the glass; equal values look the same."""

    current: Call | None
    previous: tuple[Call, ...]
    centre: CentreNames | None
    wait: WaitRange | None
    news: BoardMessage | None
    time: datetime | None
    """The centre's local time, cut to its minute."""
    stale: bool
    emergency: BoardMessage | None = None
    """It stands over everything else."""
    shown: tuple[UUID, ...] = ()
    """The messages of people that stand on this glass, turn by turn."""
    fault: Fault | None = None
    """Why the server is not believed, while the board is stale."""

    @property
    def is_training(self) -> bool:
        """The centre is one to learn on: nobody in a hall is called by this glass."""
        return self.centre is not None and self.centre.training


def glass(
    state: BoardState,
    at: float,
    *,
    standing: Call | None,
    pending: Collection[Call] = (),
    fault: Fault | None = None,
) -> Glass:
    """Return what to show: the announced call, else the newest that waits for no announcement.

    A number whose first announcement is still to come is not shown yet; one that is only called
    again stays among the previous.
    """
    unannounced = {call.id for call in pending}
    current = standing or next((call for call in state.calls if call.id not in unannounced), None)
    previous = [
        call
        for call in state.calls
        if (current is None or call.label != current.label)
        and (call.id not in unannounced or call.recall > 0)
    ]
    time = state.local_time(at)
    stale = state.is_stale(at)
    return Glass(
        current=current,
        previous=tuple(previous[:PREVIOUS]),
        centre=state.centre,
        wait=None if stale else state.wait,
        news=_news(state.lines(at), at),
        emergency=state.emergency(at),
        shown=_told(state.lines(at), at),
        time=None if time is None else time.replace(second=0, microsecond=0),
        stale=stale,
        fault=fault if stale else None,
    )


def _in_epoch(state: BoardState, epoch: UUID) -> BoardState:
    """Forget revisions and calls of another epoch; the centre's name and clock stay, and so does
    what stands over everything else until a whole board says that it is over."""
    if state.epoch == epoch:
        return state
    return replace(
        state,
        epoch=epoch,
        revision=-1,
        listed=(),
        later=(),
        wait=None,
        messages=tuple(each for each in state.messages if each.full_screen),
        windows=(),
    )


def _whole(state: BoardState, frame: Board, at: float) -> BoardState:
    if frame.revision < state.revision:
        return state
    return replace(
        state,
        revision=frame.revision,
        listed=tuple(_call(call, at) for call in frame.calls),
        later=tuple(change for change in state.later if change.revision > frame.revision),
        wait=frame.wait,
        messages=tuple(frame.messages),
        windows=tuple(frame.windows),
    )


def _changed(state: BoardState, change: Change) -> BoardState:
    if change.revision <= state.revision or change in state.later:
        return state
    later = sorted((*state.later, change), key=lambda one: (one.revision, one.call_id))
    return replace(state, later=tuple(later))


def _call(call: BoardCall, at: float) -> Call:
    return Call(
        id=call.id,
        label=call.label,
        display_label=call.display_label,
        window=call.window,
        recall=call.recall,
        language=call.language,
        by_ear=call.by_ear,
        called_at=at - call.age_ms / 1000,
    )


def _news(messages: tuple[BoardMessage, ...], at: float) -> BoardMessage | None:
    lines = [each for each in messages if not each.full_screen]
    return lines[int(at // NEWS_TURN_S) % len(lines)] if lines else None


def _told(messages: tuple[BoardMessage, ...], at: float) -> tuple[UUID, ...]:
    """Return which messages of people stand on the glass at this moment."""
    over = [each for each in messages if each.full_screen]
    news = _news(messages, at)
    standing = over or ([] if news is None else [news])
    return tuple(each.id for each in standing if each.id is not None)


def _zone(key: str) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError):
        return CAIRO
