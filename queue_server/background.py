"""What the server does beside answering: who is asked to look again, and how often."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog
from pydantic import ValidationError

from core_services.clock import Clock
from core_services.database.errors import DatabaseError
from core_services.devices.pairing import keep_pairings
from core_services.pulse import Pulse
from queue_server.appointments.people import BookingCare
from queue_server.estimate import live, nightly
from queue_server.figures import daily, rollup
from queue_server.machines import deliver_orders, send_away_revoked
from queue_server.maintenance import planning as maintenance
from queue_server.parts import Parts
from queue_server.planning import planner
from queue_server.planning import watch as watch_moves
from queue_server.policy.versions import bring_into_force
from queue_server.tickets import pattern_watch
from queue_server.tickets.model import Actor
from queue_server.tickets.person_care import PersonCare
from queue_server.tickets.reception import doubt_silent_slips
from queue_server.tickets.windows import forget_texts
from queue_server.web.supervisor import room
from queue_server.web.supervisor.room import Room
from queue_server.web.supervisor.watch import DeviceWatch

logger = structlog.get_logger()

Work = Callable[[], Awaitable[None]]
HOUR_S = 3600.0
EACH_SECOND_BOUND_S = 300.0
"""What the hall lives on is done every second and takes milliseconds; the end of a day that nobody
ended takes seconds. Longer work (figures, a backtest) is not watched: to start the server anew for
it would cost more than it."""


def background_work(parts: Parts) -> list[Coroutine[Any, Any, None]]:
    """Return all that runs as long as the server does, each to be a task of its own."""
    queue, pool, centre_id = parts.queue, parts.pool, parts.centre_id
    care = PersonCare(parts.persons, keep_days=parts.settings.personal_data_days)
    watch = DeviceWatch(pool, parts.clock, centre_id=centre_id, on_change=parts.hub.nudge)
    vital: tuple[tuple[str, Work], ...] = (
        ("housekeeping", lambda: keep_house(parts)),
        ("service states", parts.states.look),
        ("messages to the hall", parts.broadcasts.look),
        ("orders", lambda: deliver_orders(parts.agents, pool, parts.deliveries, centre_id)),
        ("revoked", lambda: send_away_revoked(parts.agents, pool, centre_id)),
    )
    regular: tuple[tuple[float, str, Work], ...] = (
        *((1.0, name, _bounded(parts.pulse, name, work)) for name, work in vital),
        (room.LOOK_EVERY_S, "alarms", Room(parts.reading.findings, parts.book, watch).look),
        (pattern_watch.LOOK_EVERY_S, "patterns", parts.patterns.look),
        (watch_moves.LOOK_EVERY_S, "moves", parts.moves.look),
        (planner.LOOK_EVERY_S, "plans", parts.planner.look),
        (live.LOOK_EVERY_S, "estimate", parts.estimate.tick),
        (live.RECORD_EVERY_S, "shown waits", parts.estimate.record),
        (nightly.LOOK_EVERY_S, "backtest", parts.nightly.look),
        (maintenance.LOOK_EVERY_S, "maintenance", lambda: open_due_orders(parts)),
        (5.0, "appointments", parts.appointments.keep_house),
        (5.0, "configuration", parts.reread),
        (5.0, "slips", lambda: doubt_silent_slips(queue)),
        (rollup.LOOK_EVERY_S, "figures", lambda: keep_figures(parts)),
        (5.0, "exports", parts.exports.keep_house),
        (daily.LOOK_EVERY_S, "daily report", parts.daily.look),
        (60.0, "late errands", parts.errands.give_up_late),
        (
            60.0,
            "pairings",
            lambda: keep_pairings(
                pool, centre_id=centre_id, actor=Actor("system"), at=parts.clock.now()
            ),
        ),
        (HOUR_S, "bookings", parts.appointments.forget),
        (HOUR_S, "booking seals", BookingCare(parts.persons).look),
        (HOUR_S, "claims", queue.forget_claims),
        (HOUR_S, "work", parts.work.forget),
        (HOUR_S, "pictures of machines", parts.errands.forget_pictures),
        (HOUR_S, "feedback texts", parts.answers.forget_texts),
        (HOUR_S, "personal-data", care.look),
        (HOUR_S, "texts", lambda: forget_texts(queue)),
        (HOUR_S, "words of faults", parts.faults.forget_words),
    )
    return [
        queue.issuer.run(),
        parts.hub.run(),
        parts.feed.run(),
        parts.estimate.run(),
        _every(parts.clock, 1.0, "long files", parts.exports.run),
        *(_every(parts.clock, seconds, name, work) for seconds, name, work in regular),
    ]


async def keep_house(parts: Parts) -> None:
    """End earlier days by the rules they had, then let those of today hold.

    Raises DatabaseError.
    """
    await parts.queue.keep_house()
    if is_policy_due(parts):
        with suppress(ValidationError):  # told when it is read anew
            version = await bring_into_force(parts.queue)
            if version is not None:
                logger.info("policy_in_force", version=version)
        await parts.reread()


async def keep_figures(parts: Parts) -> None:
    """Keep the figures of days that are over, and add up what pages show of many. Raises
    DatabaseError."""
    if await parts.rollup.look():
        await parts.figures.warm()
        await parts.truth.now()


async def open_due_orders(parts: Parts) -> None:
    """Count what printers have printed, and open the maintenance orders that are due.

    Raises DatabaseError.
    """
    opened = await parts.maintenance_plans.look()
    if opened:
        logger.info("maintenance_orders_opened", orders=opened)


def is_policy_due(parts: Parts) -> bool:
    """Say whether a version of the policy waits that should hold already."""
    coming = parts.current.configuration.coming
    return coming is not None and coming.holds_from <= parts.queue.today()[0]


def _bounded(pulse: Pulse, name: str, work: Work) -> Work:
    async def within_bounds() -> None:
        with pulse.bounded(name, EACH_SECOND_BOUND_S):
            await work()

    return within_bounds


async def _every(clock: Clock, seconds: float, name: str, work: Work) -> None:
    """Do some work again and again, whatever becomes of it once: the hall goes on without it.

    A database that is away is waited for; a defect is told with its traceback. Both are told once
    each way.
    """
    is_failing = False
    while True:
        try:
            await work()
            if is_failing:
                logger.info("background_work_goes_on", work=name)
            is_failing = False
        except DatabaseError as error:
            if not is_failing:
                logger.warning("background_work_waits", work=name, why=str(error))
            is_failing = True
        except Exception as error:
            if not is_failing:
                logger.error("background_work_failed", work=name, exc_info=error)
            is_failing = True
        await clock.sleep(seconds)
