"""The policy that holds now as one body, also where a centre has never published any."""

from dataclasses import dataclass
from datetime import date

from core_services.calendar import day_bounds
from core_services.database.pool import Pool
from queue_server.policy import store
from queue_server.policy.bases import with_suggested_bases
from queue_server.policy.body import (
    Appointments,
    Calls,
    Credit,
    Credits,
    First,
    PolicyBody,
    Returns,
)
from queue_server.policy.model import Version
from queue_server.tickets.fairness import FairnessSentence
from queue_server.tickets.model import Centre, Priority
from queue_server.tickets.store_policy import read_policy


@dataclass(frozen=True, slots=True)
class Present:
    """What holds now; `version` is None while only the centre's file has spoken."""

    body: PolicyBody
    version: Version | None


@dataclass(frozen=True, slots=True)
class Coming:
    """A published version that waits for its day, and the sentence that it makes true then."""

    version: Version
    holds_from: date
    sentence: FairnessSentence


async def read_present(pool: Pool, centre_id: int) -> Present:
    """Return the published body, or what the centre's file and the defaults amount to."""
    published = await store.read_published(pool, centre_id)
    if published is not None:
        return Present(published.body, published)
    policy = await read_policy(pool, centre_id)
    profiles = await store.read_profiles(pool, centre_id)
    body = PolicyBody(
        credits=_credits(await store.read_credits(pool, centre_id)),
        first=First(profiles=tuple(code for code, _, _, is_first in profiles if is_first)),
        calls=Calls(
            recall_limit=policy.recall_limit or 0,
            recall_interval_s=policy.recall_interval_s,
            no_show_after_s=policy.no_show_after_s,
            no_show_after_more_time_s=max(policy.no_show_after_s, policy.no_show_after_more_time_s),
            undo_within_s=policy.undo_within_s,
        ),
        returns=Returns(
            allowed=policy.returns_allowed,
            within_minutes=(policy.return_within_s or 0) // 60,
            credit_minutes=policy.return_credit_s // 60,
        ),
        appointments=Appointments(
            early_grace_minutes=policy.early_grace_s // 60,
            late_grace_minutes=policy.late_grace_s // 60,
        ),
    )
    return Present(body, None)


async def read_held(pool: Pool, centre: Centre, day: date) -> PolicyBody:
    """Return what held at the end of a business day that is over: its hours, its target.

    What came into force when the next day opened did not hold on it. Where nothing was published
    by then the first version speaks for it.
    """
    _, end = day_bounds(day, centre.zone, centre.cut_over)
    held = await store.read_held(pool, centre.id, at=end)
    return PolicyBody() if held is None else held.body


def first_draft(present: Present) -> PolicyBody:
    """Return what an editor begins with: what holds; before the first version, suggested times and
    what may allow the credits."""
    if present.version is not None:
        return present.body
    body = present.body
    return body.model_copy(
        update={
            "credits": with_suggested_bases(body.credits),
            "calls": Calls(),
            "returns": Returns(),
        }
    )


def _credits(credit_s: dict[Priority, int]) -> Credits:
    """A centre's file knows minutes alone: nobody has said yet what allows them."""

    def of(priority: Priority) -> Credit:
        return Credit(minutes=-(-credit_s.get(priority, 0) // 60))

    return Credits(age65=of("age65"), disability=of("disability"), infant=of("infant"))
