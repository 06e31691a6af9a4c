"""From rows to values: how plans and bookings are read from PostgreSQL, as records or jsonb."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Record
from queue_server.appointments.model import Appointment, SlotPlan, SlotTerms


def appointment_of(row: Mapping[str, Any] | Record) -> Appointment:
    """Make a booking of an `appointment` row, or of the jsonb of one (an answer kept earlier)."""
    ticket_id, checked_in_at = row.get("ticket_id"), row.get("checked_in_at")
    return Appointment(
        id=_uuid(row["id"]),
        first_id=_uuid(row["first_id"]),
        plan_id=_uuid(row["plan_id"]),
        kind=row["kind"],
        service=row.get("service"),
        day=_day(row["day"]),
        starts_at=_moment(row["starts_at"]),
        ends_at=_moment(row["ends_at"]),
        state=row["state"],
        code=row["code"],
        token=row["token"],
        language=row["language"],
        booked_at=_moment(row["booked_at"]),
        moves=row["moves"],
        files=row["files"],
        ticket_id=None if ticket_id is None else _uuid(ticket_id),
        checked_in_at=None if checked_in_at is None else _moment(checked_in_at),
        is_late=row["is_late"],
        revision=row["revision"],
    )


def plan_of(row: Record) -> SlotPlan:
    """Make a plan of an `appointment_plan` row."""
    return SlotPlan(
        id=_uuid(row["id"]),
        terms=SlotTerms(
            kind=row["kind"],
            service=row["service"],
            weekdays=frozenset(row["weekdays"]),
            opens=row["opens"],
            closes=row["closes"],
            slot_minutes=row["slot_minutes"],
            capacity=row["capacity"],
            walk_in_percent=row["walk_in_percent"],
            horizon_days=row["horizon_days"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
        ),
    )


def _uuid(value: Any) -> UUID:
    return UUID(value) if isinstance(value, str) else UUID(int=value.int)


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
