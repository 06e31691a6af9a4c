"""Decides which call stands on the glass: one at a time, none cut short, none lost, none twice.

Where calls are spoken, a call also stands until its last word is over: the page says when, and if
it never does, the length of the words decides.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from displays.board import Call

ANSWER_S = 4.0
"""How long the voice may take over its words before the call goes on without them."""
LEAD_S = 0.9
"""From the beginning of the chime to the first word."""
LATE_S = 2.0
"""How late a page may say that the words are over: after that it is taken to have died."""
BREATH_S = 0.25
"""Between the last word of one call and the chime of the next."""

REMEMBERED = 512
"""Ids of announced or passed-over calls that are kept; a board lists at most a dozen."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a call stays current, and how old one may be when it is announced."""

    minimum_s: float = 8.0
    crowded_s: float = 4.0
    """The minimum while others wait: nine windows make a call every 15.6 s, and in bursts."""
    age_limit_s: float = 60.0
    voice: bool = False
    """Each call is also spoken, and stands at least until its words are over."""
    late_s: float = 1.5
    """A spoken call that is older when its turn comes is told in few words."""

    @property
    def crowded_by(self) -> int:
        """How many waiting calls make a crowd: spoken calls can't be skimmed as a list can."""
        return 1 if self.voice else 2


@dataclass(frozen=True, slots=True)
class Show:
    """Put this call in the place of the current one."""

    call: Call


@dataclass(frozen=True, slots=True)
class Chime:
    """Sound the chime and pulse: this call is new to the hall."""

    call_id: int


@dataclass(frozen=True, slots=True)
class Say:
    """Speak this call; `hurried`: in as few words as are clear."""

    call: Call
    hurried: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """The page painted this call: the server may know."""

    call_id: int


@dataclass(frozen=True, slots=True)
class Stood:
    """This call has had its time; a restart need not show it again."""

    call_id: int


Effect = Show | Chime | Say | Shown | Stood


@dataclass(frozen=True, slots=True)
class _Waiting:
    call: Call
    heard_at: float


@dataclass(frozen=True, slots=True)
class _Standing:
    call: Call
    since: float
    painted: bool = False
    has_stood: bool = False
    withdrawn: bool = False
    words_s: float | None = None
    """How long the words take, chime included; None while that is not known."""
    quiet_from: float = 0.0
    """When the words are over, or given up."""


class Announcer:
    """Hears which calls the hall has and steps through those it has not announced yet.

    `chimed` and `stood` are what an earlier run of this display did in the same epoch: a call that
    stood its time is settled, one that chimed and did not gets its time without a second chime.
    """

    def __init__(
        self, pace: Pace, *, chimed: Iterable[int] = (), stood: Iterable[int] = ()
    ) -> None:
        self._pace = pace
        self._chimed = set(chimed)
        self._settled = dict.fromkeys(stood)
        self._line: list[_Waiting] = []
        self._standing: _Standing | None = None
        self._passed_over = 0
        """The newest call that was left out; an older one must not keep the glass from it."""

    @property
    def standing(self) -> Call | None:
        """The announced call that stands on the glass."""
        return self._standing.call if self._standing else None

    @property
    def pending(self) -> tuple[Call, ...]:
        """Calls still to be announced, in their order."""
        return tuple(waiting.call for waiting in self._line)

    def reset(self) -> None:
        """Forget everything: a new epoch gives ids new meanings."""
        self._chimed.clear()
        self._settled.clear()
        self._line.clear()
        self._standing = None
        self._passed_over = 0

    def hear(
        self,
        calls: Collection[Call],
        withdrawn: Collection[int],
        at: float,
        *,
        reaches_back_to: int,
    ) -> None:
        """Take in the hall's calls (one a ticket) and the ids withdrawn of late.

        A ticket waits once: when it is called again meanwhile, its newest call takes the place. A
        call that is no longer listed is withdrawn, unless it is older than the list reaches back.
        """
        listed = {call.id for call in calls}
        newest = {call.label: call for call in calls}

        def is_gone(call: Call) -> bool:
            if call.id in withdrawn:
                return True
            return call.id not in listed and call.id >= reaches_back_to

        line: list[_Waiting] = []
        for waiting in self._line:
            again = newest.get(waiting.call.label)
            if again is not None and again.id > waiting.call.id:
                self._settle(waiting.call.id)
                line.append(_Waiting(again, at))
            elif not is_gone(waiting.call):
                line.append(waiting)
        known = {waiting.call.id for waiting in line} | self._settled.keys()
        if self._standing is not None:
            known.add(self._standing.call.id)
            recalled = newest.get(self._standing.call.label)
            self._standing = replace(
                self._standing,
                withdrawn=is_gone(self._standing.call)
                and (recalled is None or self._standing.call.id in withdrawn),
            )
        for call in sorted(calls, key=self._in_line):
            if call.id in known:
                continue
            if call.age_s(at) > self._pace.age_limit_s:
                self._pass_over(call.id)
            else:
                line.append(_Waiting(call, at))
        self._line = line

    def step(self, at: float, *, watched: bool = True) -> list[Effect]:
        """Let the current call end when its time is over and the next one begin.

        Nothing begins while nobody is `watched` by: a call is for a glass that is lit.
        """
        effects: list[Effect] = []
        if self._standing is not None:
            if not watched and not self._standing.painted:
                self._standing = _begun(self._standing, at)
            if at - self._standing.since < self._minimum_s() or at < self._standing.quiet_from:
                return effects
            if not self._standing.has_stood:
                self._standing = replace(self._standing, has_stood=True)
                effects.append(Stood(self._standing.call.id))
        self._pass_over_the_overdue(at)
        if self._line and watched:
            effects.extend(self._begin(self._line.pop(0).call, at))
        elif self._standing is not None and self._is_over(self._standing):
            self._standing = None
        return effects

    def painted(self, call_id: int, at: float) -> list[Effect]:
        """Note that the page painted a call; its time begins at the first painting."""
        standing = self._standing
        if standing is None or standing.call.id != call_id or standing.painted:
            return []
        self._standing = _begun(replace(standing, painted=True), at)
        return [Shown(call_id)]

    def worded(self, call_id: int, words_s: float, at: float) -> None:
        """Note that the words of a call are ready, or are said anew, and how long they take.

        0: there are none, and the call stands as long as any other.
        """
        standing = self._standing
        if standing is not None and standing.call.id == call_id:
            if words_s <= 0:
                self._standing = replace(standing, words_s=0.0, quiet_from=at)
            else:
                until = at + LEAD_S + words_s + LATE_S
                self._standing = replace(standing, words_s=LEAD_S + words_s, quiet_from=until)

    def spoken(self, call_id: int, at: float) -> None:
        """Note that the words of a call are over, or that nobody can hear them."""
        standing = self._standing
        if standing is not None and standing.call.id == call_id and standing.words_s:
            self._standing = replace(standing, words_s=0.0, quiet_from=at + BREATH_S)

    def _in_line(self, call: Call) -> tuple[bool, int]:
        """Return what calls are sorted by: first what stood when an earlier run was cut off."""
        return call.id not in self._chimed, call.id

    def _begin(self, call: Call, at: float) -> list[Effect]:
        quiet_from = at + ANSWER_S if self._pace.voice else at
        self._standing = _Standing(call, at, quiet_from=quiet_from)
        self._settle(call.id)
        effects: list[Effect] = [Show(call)]
        if call.id not in self._chimed:
            self._chimed.add(call.id)
            effects.insert(0, Chime(call.id))
        if self._pace.voice:
            effects.append(Say(call, self._is_hurried(call, at)))
        return effects

    def _is_hurried(self, call: Call, at: float) -> bool:
        """Say whether others wait behind this call, or it had to wait itself."""
        return len(self._line) > 0 or call.age_s(at) >= self._pace.late_s

    def _minimum_s(self) -> float:
        if len(self._line) >= self._pace.crowded_by:
            return min(self._pace.crowded_s, self._pace.minimum_s)
        return self._pace.minimum_s

    def _pass_over_the_overdue(self, at: float) -> None:
        """Leave out what has waited here as long as a call may be old; the board still lists it."""
        for waiting in self._line:
            if at - waiting.heard_at > self._pace.age_limit_s:
                self._pass_over(waiting.call.id)
        self._line = [one for one in self._line if one.call.id not in self._settled]

    def _is_over(self, standing: _Standing) -> bool:
        """Say whether a call that had its time gives the glass back to the hall's newest."""
        return standing.withdrawn or standing.call.id < self._passed_over

    def _pass_over(self, call_id: int) -> None:
        self._settle(call_id)
        self._passed_over = max(self._passed_over, call_id)

    def _settle(self, call_id: int) -> None:
        self._settled[call_id] = None
        while len(self._settled) > REMEMBERED:
            del self._settled[next(iter(self._settled))]


def _begun(standing: _Standing, at: float) -> _Standing:
    """Return the call as it begins its time now, with all of its words before it."""
    if standing.words_s:
        return replace(standing, since=at, quiet_from=at + standing.words_s + LATE_S)
    return replace(standing, since=at)
