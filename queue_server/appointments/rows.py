"""From rows to values: how plans and bookings are read from PostgreSQL, as records or jsonb."""

from collections.abc import Mapping
from typing import Any

from core_services.database.pool import Record
from core_services.database.values import as_day, as_moment, as_uuid, if_any
from queue_server.appointments.model import Appointment, SlotPlan, SlotTerms


def appointment_of(row: Mapping[str, Any] | Record) -> Appointment:
    """Make a booking of an `appointment` row, or of the jsonb of one (an answer kept earlier)."""
    return Appointment(
        id=as_uuid(row["id"]),
        first_id=as_uuid(row["first_id"]),
        plan_id=as_uuid(row["plan_id"]),
        kind=row["kind"],
        service=row.get("service"),
        day=as_day(row["day"]),
        starts_at=as_moment(row["starts_at"]),
        ends_at=as_moment(row["ends_at"]),
        state=row["state"],
        code=row["code"],
        token=row["token"],
        language=row["language"],
        booked_at=as_moment(row["booked_at"]),
        moves=row["moves"],
        files=row["files"],
        ticket_id=if_any(as_uuid, row.get("ticket_id")),
        checked_in_at=if_any(as_moment, row.get("checked_in_at")),
        is_late=row["is_late"],
        revision=row["revision"],
    )


def plan_of(row: Record) -> SlotPlan:
    """Make a plan of an `appointment_plan` row."""
    return SlotPlan(
        id=as_uuid(row["id"]),
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
