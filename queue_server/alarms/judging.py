"""Which findings become episodes, and when these end: nothing flaps, nothing waits long; pure.

A finding ripens for a moment before it is raised, and an episode ends only after its finding has
been away for a while. What was seen when is remembered by whoever watches; forgetting it costs no
more than the time of ripening.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from queue_server.alarms.model import Episode, Finding, Key


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a finding must last before it is raised, and be away before its episode ends."""

    ripens: timedelta = timedelta(seconds=2)
    rests: timedelta = timedelta(seconds=6)


USUAL: Final = Pace()
PACES: Final[Mapping[str, Pace]] = MappingProxyType(
    {
        # A person pressed something: no machine's hesitation is to be waited out.
        **dict.fromkeys(
            ("emergency", "supervisor", "fault", "fault-report", "help", "service-down"),
            Pace(timedelta(), timedelta()),
        ),
        # A machine has been silent for nine seconds by then.
        "device-down": Pace(timedelta(), timedelta(seconds=6)),
        # A page that is loaded anew is gone for a moment.
        "screen-dark": Pace(timedelta(seconds=4), timedelta(seconds=6)),
        # Between two citizens a line is empty or a window free for a breath.
        "idle-window": Pace(timedelta(seconds=4), timedelta(seconds=10)),
        "nobody-serves": Pace(timedelta(seconds=4), timedelta(seconds=10)),
        # Figures that wander about their target.
        "wait-over": Pace(timedelta(seconds=4), timedelta(seconds=60)),
        "hall-full": Pace(timedelta(seconds=4), timedelta(seconds=60)),
        "estimate-untrue": Pace(timedelta(seconds=4), timedelta(seconds=60)),
    }
)


@dataclass(frozen=True, slots=True)
class Memory:
    """Since when findings without an episode stand, and since when episodes lack their finding."""

    since: Mapping[Key, datetime] = field(default_factory=dict)
    away: Mapping[Key, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be recorded."""

    raised: tuple[Finding, ...] = ()
    worse: tuple[tuple[Episode, Finding], ...] = ()
    taken_up: tuple[tuple[Episode, Finding], ...] = ()
    """Somebody has taken them up by an act of their own kind."""
    cleared: tuple[Episode, ...] = ()

    @property
    def are_none(self) -> bool:
        return not (self.raised or self.worse or self.taken_up or self.cleared)


def judge(
    memory: Memory, findings: Iterable[Finding], episodes: Iterable[Episode], at: datetime
) -> tuple[Memory, Changes]:
    """Return what to remember and what to record; `episodes` are those that are open.

    Of several findings with one key the gravest counts.
    """
    found: dict[Key, Finding] = {}
    for finding in findings:
        other = found.get(finding.key)
        if other is None or finding.level > other.level:
            found[finding.key] = finding
    opened = {episode.key: episode for episode in episodes}
    since = {key: memory.since.get(key, at) for key in found if key not in opened}
    away = {key: memory.away.get(key, at) for key in opened if key not in found}
    changes = Changes(
        raised=tuple(found[key] for key, then in since.items() if at - then >= _pace(key).ripens),
        worse=tuple(
            (episode, found[key])
            for key, episode in opened.items()
            if key in found and found[key].level > episode.level
        ),
        taken_up=tuple(
            (episode, found[key])
            for key, episode in opened.items()
            if key in found and found[key].seen_by is not None and not episode.is_quiet
        ),
        cleared=tuple(opened[key] for key, then in away.items() if at - then >= _pace(key).rests),
    )
    return replace(memory, since=since, away=away), changes


def _pace(key: Key) -> Pace:
    return PACES.get(key[0], USUAL)
