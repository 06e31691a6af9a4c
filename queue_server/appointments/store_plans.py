"""The SQL that changes plans and closed days, with an event each time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.appointments.model import SlotPlan, SlotTerms
from queue_server.tickets.errors import UnknownPlan, UnknownService
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command


async def keep_plan(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    plan_id: UUID,
    terms: SlotTerms,
    is_new: bool,
    actor: Actor,
    claim: Claim | None = None,
) -> None:
    """Make a plan under that id, or change the one that there is. Raises UnknownPlan,
    UnknownService, KeyReused."""

    async def work(connection: Connection) -> Answer:
        if terms.service is not None and not await connection.fetchval(
            "SELECT true FROM service WHERE centre_id = $1 AND code = $2", centre_id, terms.service
        ):
            raise UnknownService(terms.service)
        if is_new:
            await _insert(connection, centre_id, at=at, plan=SlotPlan(plan_id, terms), actor=actor)
        else:
            await _update(connection, centre_id, at=at, plan=SlotPlan(plan_id, terms), actor=actor)
        return {"plan": str(plan_id)}

    await run_command(pool, centre_id, claim=claim, at=at, work=work)


async def make_first_plans(
    pool: Pool, centre_id: int, *, at: datetime, plans: Sequence[SlotPlan], actor: Actor
) -> int:
    """Make these plans where the centre has never had one; return how many were made."""

    async def work(connection: Connection) -> Answer:
        had_one = await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM appointment_plan WHERE centre_id = $1)", centre_id
        )
        if had_one:
            return {"made": 0}
        for plan in plans:
            await _insert(connection, centre_id, at=at, plan=plan, actor=actor)
        return {"made": len(plans)}

    return int((await run_command(pool, centre_id, claim=None, at=at, work=work))["made"])


async def _insert(
    connection: Connection, centre_id: int, *, at: datetime, plan: SlotPlan, actor: Actor
) -> None:
    await connection.execute(
        """
        INSERT INTO appointment_plan (centre_id, id, kind, service, weekdays, opens, closes,
               slot_minutes, capacity, walk_in_percent, horizon_days, valid_from, valid_to)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        centre_id,
        plan.id,
        *_values(plan.terms),
    )
    await _record(
        connection,
        centre_id,
        at=at,
        event="made",
        plan_id=plan.id,
        actor=actor,
        detail=_terms(plan.terms),
    )


async def _update(
    connection: Connection, centre_id: int, *, at: datetime, plan: SlotPlan, actor: Actor
) -> None:
    """Raises UnknownPlan."""
    kept = await connection.fetchval(
        """
        UPDATE appointment_plan
           SET kind = $3, service = $4, weekdays = $5, opens = $6, closes = $7,
               slot_minutes = $8, capacity = $9, walk_in_percent = $10, horizon_days = $11,
               valid_from = $12, valid_to = $13
         WHERE centre_id = $1 AND id = $2 AND withdrawn_at IS NULL RETURNING id
        """,
        centre_id,
        plan.id,
        *_values(plan.terms),
    )
    if kept is None:
        raise UnknownPlan(str(plan.id))
    await _record(
        connection,
        centre_id,
        at=at,
        event="changed",
        plan_id=plan.id,
        actor=actor,
        detail=_terms(plan.terms),
    )


def _values(terms: SlotTerms) -> tuple[Any, ...]:
    """Return the terms in the order of the table's columns."""
    return (
        terms.kind,
        terms.service,
        sorted(terms.weekdays),
        terms.opens,
        terms.closes,
        terms.slot_minutes,
        terms.capacity,
        terms.walk_in_percent,
        terms.horizon_days,
        terms.valid_from,
        terms.valid_to,
    )


async def withdraw_plan(
    pool: Pool, centre_id: int, *, at: datetime, plan_id: UUID, actor: Actor
) -> None:
    """Offer no more slots of a plan; what is booked stays. Raises UnknownPlan."""

    async def work(connection: Connection) -> Answer:
        withdrawn = await connection.fetchval(
            "UPDATE appointment_plan SET withdrawn_at = $3"
            " WHERE centre_id = $1 AND id = $2 AND withdrawn_at IS NULL RETURNING true",
            centre_id,
            plan_id,
            at,
        )
        if withdrawn is None:
            raise UnknownPlan(str(plan_id))
        await _record(connection, centre_id, at=at, event="withdrawn", plan_id=plan_id, actor=actor)
        return {}

    await run_command(pool, centre_id, claim=None, at=at, work=work)


async def close_day(
    pool: Pool, centre_id: int, *, at: datetime, day: date, reason: str, actor: Actor
) -> bool:
    """Take no bookings for a business day; False when it is closed already."""

    async def work(connection: Connection) -> Answer:
        closed = await connection.fetchval(
            "INSERT INTO appointment_closure (centre_id, day, reason) VALUES ($1, $2, $3)"
            " ON CONFLICT ON CONSTRAINT appointment_closure_pk DO NOTHING RETURNING true",
            centre_id,
            day,
            reason,
        )
        if closed:
            await _record(connection, centre_id, at=at, event="day_closed", day=day, actor=actor)
        return {"changed": bool(closed)}

    return bool((await run_command(pool, centre_id, claim=None, at=at, work=work))["changed"])


async def open_day(pool: Pool, centre_id: int, *, at: datetime, day: date, actor: Actor) -> bool:
    """Take bookings for a closed day again; False when it is not closed."""

    async def work(connection: Connection) -> Answer:
        opened = await connection.fetchval(
            "DELETE FROM appointment_closure WHERE centre_id = $1 AND day = $2 RETURNING true",
            centre_id,
            day,
        )
        if opened:
            await _record(connection, centre_id, at=at, event="day_opened", day=day, actor=actor)
        return {"changed": bool(opened)}

    return bool((await run_command(pool, centre_id, claim=None, at=at, work=work))["changed"])


async def _record(
    connection: Connection,
    centre_id: int,
    *,
    at: datetime,
    event: str,
    actor: Actor,
    plan_id: UUID | None = None,
    day: date | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    await connection.execute(
        """
        INSERT INTO appointment_plan_event (centre_id, revision, at, event, plan_id, day,
               actor_kind, actor_id, detail)
        SELECT $1, revision + 1, $2, $3, $4, $5, $6, $7, $8 FROM centre_head WHERE centre_id = $1
        """,
        centre_id,
        at,
        event,
        plan_id,
        day,
        actor.kind,
        actor.id,
        detail,
    )


def _terms(terms: SlotTerms) -> Mapping[str, Any]:
    """Return the terms as the event keeps them."""
    return {
        "kind": terms.kind,
        "service": terms.service,
        "weekdays": sorted(terms.weekdays),
        "opens": terms.opens.isoformat("minutes"),
        "closes": terms.closes.isoformat("minutes"),
        "slot_minutes": terms.slot_minutes,
        "capacity": terms.capacity,
        "walk_in_percent": terms.walk_in_percent,
        "horizon_days": terms.horizon_days,
        "valid_from": terms.valid_from.isoformat(),
        "valid_to": None if terms.valid_to is None else terms.valid_to.isoformat(),
    }
