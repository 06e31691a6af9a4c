"""From rows to values: how a ticket is read from PostgreSQL, as a record or as stored jsonb."""

from collections.abc import Mapping
from typing import Any

from core_services.database.pool import Record
from core_services.database.values import as_day, as_moment, as_uuid, if_any
from queue_server.tickets.model import Actor, Ticket, Wait, Window


def ticket_of(row: Mapping[str, Any] | Record) -> Ticket:
    """Make a ticket of a `ticket` row, or of the jsonb of one (an answer kept earlier)."""
    low = row.get("wait_low_s")
    return Ticket(
        id=as_uuid(row["id"]),
        business_day=as_day(row["business_day"]),
        series=row["series"],
        number=row["number"],
        label=row["label"],
        queue=row["queue"],
        service=row.get("service"),
        priority=row["priority"],
        lane=row["lane"],
        state=row["state"],
        paper=row["paper"],
        channel=row["channel"],
        device_id=if_any(as_uuid, row.get("device_id")),
        language=row["language"],
        token=row["token"],
        rank_at=as_moment(row["rank_at"]),
        issued_at=as_moment(row["issued_at"]),
        called_at=if_any(as_moment, row.get("called_at")),
        started_at=if_any(as_moment, row.get("started_at")),
        finished_at=if_any(as_moment, row.get("finished_at")),
        window=row.get("window_number"),
        recalls=row["recalls"],
        call_id=row.get("call_revision"),
        position_at_issue=row["position_at_issue"],
        wait_at_issue=None
        if low is None
        else Wait(low_s=low, likely_s=row["wait_likely_s"], high_s=row["wait_high_s"]),
        revision=row["revision"],
        arrived_at=as_moment(row.get("arrived_at") or row["issued_at"]),
        waiting_since=as_moment(row.get("waiting_since") or row["issued_at"]),
        last_at=as_moment(row["last_at"]),
        needs=tuple(row.get("needs") or ()),
        requests=row.get("requests") or 1,
        returns=row.get("returns") or 0,
        parked_until=if_any(as_moment, row.get("parked_until")),
        park_reason=row.get("park_reason"),
        outcome=row.get("outcome"),
        carried_from=if_any(as_uuid, row.get("carried_from")),
        appointment_id=if_any(as_uuid, row.get("appointment_id")),
    )


def window_of(row: Mapping[str, Any]) -> Window:
    """Make a window of what `store_hall` reads, or of an answer kept earlier."""
    opener = row["opened_by_kind"]
    return Window(
        number=row["number"],
        state=row["state"],
        profile=row["profile"],
        priority_first=row["priority_first"],
        queues=tuple(row["queues"]),
        opened_by=None if opener is None else Actor(opener, as_uuid(row["opened_by"])),
        opened_by_name=row["opened_by_name"],
        state_since=if_any(as_moment, row["state_since"]),
        reason=row["reason"],
        ticket=None if row["ticket"] is None else ticket_of(row["ticket"]),
        gives_way=bool(row.get("gives_way")),
        is_offered=row.get("offered_at") is not None,
    )
