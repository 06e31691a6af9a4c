"""The page of alarms: what is wrong now, and what was on a day, from rise to end; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from queue_server.alarms.model import Episode
from queue_server.web.labels import label_words
from queue_server.web.supervisor.alarms import OWN_ACTS
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """One time that something was wrong, as it is listed."""

    episode: Episode
    seconds: int
    """How long it lasted, or has lasted until now."""
    seen_after_s: int | None
    """So long after it rose, or grew worse, somebody had seen it."""
    by: Words | None

    @property
    def may_be_acknowledged(self) -> bool:
        episode = self.episode
        return episode.is_open and not episode.is_quiet and episode.kind not in OWN_ACTS

    @property
    def name(self) -> Words | None:
        """What it is about, where that has a name: a line or a service."""
        facts = self.episode.facts
        if "name_ar" not in facts:
            return None
        return Words(facts["name_ar"], facts["name_en"])

    @property
    def label(self) -> Words | None:
        label = self.episode.facts.get("label")
        return None if label is None else label_words(label)


@dataclass(frozen=True, slots=True)
class AlarmsPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_alarms.html"

    day: date
    is_today: bool
    before: date
    after: date | None
    at: datetime
    opened: tuple[EpisodeRow, ...]
    """What is wrong now; of today alone."""
    over: tuple[EpisodeRow, ...]
    has_more: bool
    said: str

    @property
    def grave(self) -> int:
        return sum(row.episode.is_grave for row in (*self.opened, *self.over))

    @property
    def mean_seen_s(self) -> int | None:
        """After how long an alarm was seen, on average; None where none was."""
        known = [row.seen_after_s for row in (*self.opened, *self.over)]
        seconds = [each for each in known if each is not None]
        return round(sum(seconds) / len(seconds)) if seconds else None


def alarms_page(
    *,
    day: date,
    today: date,
    at: datetime,
    episodes: Sequence[Episode],
    opened: Sequence[Episode],
    names: Mapping[UUID, Words],
    shown: int,
    said: str = "",
) -> AlarmsPage:
    """Make the page; `episodes` are those of the day, one more than are `shown` where there are
    more.
    """
    is_today = day == today
    return AlarmsPage(
        day=day,
        is_today=is_today,
        before=day - timedelta(days=1),
        after=None if is_today else day + timedelta(days=1),
        at=at,
        opened=tuple(_row(each, at, names) for each in opened),
        over=tuple(
            _row(each, at, names) for each in episodes[:shown] if not (is_today and each.is_open)
        ),
        has_more=len(episodes) > shown,
        said=said,
    )


def _row(episode: Episode, at: datetime, names: Mapping[UUID, Words]) -> EpisodeRow:
    seen_after_s = None
    if episode.acknowledged_at is not None:
        asked_at = episode.worse_at or episode.raised_at
        seen_after_s = max(0, int((episode.acknowledged_at - asked_at).total_seconds()))
    by = episode.acknowledged_by
    return EpisodeRow(
        episode=episode,
        seconds=episode.seconds(at),
        seen_after_s=seen_after_s,
        by=None if by is None else names.get(by),
    )
