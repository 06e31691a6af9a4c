"""What may be done with citizens' answers: ask after a visit, keep one, tell sums, erase words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.calendar import day_bounds
from queue_server.feedback import store
from queue_server.feedback.model import (
    TEXTS_KEPT,
    WINDOW_ANSWERS,
    FeedbackChannel,
    Given,
    Outcome,
    Visit,
)
from queue_server.feedback.publication import (
    SMALL,
    Cell,
    Row,
    is_over,
    rows,
    told_counts,
    whole_weeks,
)
from queue_server.tickets.acts import Queue


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a centre's citizens over its database."""

    queue: Queue

    async def visit(self, ticket_id: UUID) -> Visit | None:
        """Return a ticket's visit; None while it has not ended."""
        return await store.read_visit(self.queue.pool, self.queue.centre.id, ticket_id)

    async def last_visit(self, window: int) -> Visit | None:
        """Return the visit that ended last at a window, within the time for a late touch."""
        at = self.queue.clock.now()
        return await store.read_last_visit(
            self.queue.pool,
            self.queue.centre.id,
            window=window,
            since=at - WINDOW_ANSWERS,
            at=at,
        )

    async def keep(self, ticket_id: UUID, given: Given, *, channel: FeedbackChannel) -> Outcome:
        """Keep an answer; the same one again changes nothing, another one changes the first."""
        visit = await self.visit(ticket_id)
        at = self.queue.clock.now()
        if visit is None or not visit.may_answer(channel, at):
            return "closed"  # without the centre's lock: anybody may come at any time
        return await store.keep_answer(
            self.queue.pool,
            self.queue.centre.id,
            ticket_id=ticket_id,
            given=given,
            channel=channel,
            at=at,
        )

    async def published(self, first: date, last: date) -> tuple[Row, ...]:
        """Return what may be told of the whole weeks between two days that are over."""
        weeks = self.weeks_over(whole_weeks(first, last))
        if not weeks:
            return ()
        bounds = [self._start(week) for week in weeks] + [self._end(weeks[-1])]
        counts = await store.count_answers(self.queue.pool, self.queue.centre.id, bounds=bounds)
        return rows(
            Cell(weeks[each.nth], each.service, each.answers, each.satisfied) for each in counts
        )

    async def reasons(self, week: date) -> tuple[tuple[str, int], ...]:
        """Return how often each reason was given in a week that is over, without small counts."""
        if not self.weeks_over([week]):
            return ()
        return told_counts(
            await store.count_reasons(
                self.queue.pool,
                self.queue.centre.id,
                start=self._start(week),
                end=self._end(week),
            )
        )

    async def texts(self, week: date) -> tuple[str, ...]:
        """Return citizens' words of a week that is over, of no named visit; none of few."""
        if not self.weeks_over([week]):
            return ()
        return await store.read_texts(
            self.queue.pool,
            self.queue.centre.id,
            start=self._start(week),
            end=self._end(week),
            least=SMALL,
        )

    async def forget_texts(self) -> None:
        """Erase citizens' words whose time is over."""
        before = self.queue.clock.now() - TEXTS_KEPT
        await store.delete_texts(self.queue.pool, self.queue.centre.id, before=before)

    def weeks_over(self, weeks: Sequence[date]) -> list[date]:
        """Return those of some weeks that are published now."""
        at = self.queue.clock.now()
        return [week for week in weeks if is_over(self._end(week), at)]

    def _start(self, week: date) -> datetime:
        centre = self.queue.centre
        return day_bounds(week, centre.zone, centre.cut_over)[0]

    def _end(self, week: date) -> datetime:
        return self._start(week + timedelta(days=7))
