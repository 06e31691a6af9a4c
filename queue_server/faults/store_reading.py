"""The SQL that reads faults: those that are open, those that are over, one with its history."""

from datetime import datetime
from uuid import UUID

from core_services.database.pool import Pool
from queue_server.faults.model import Fault, Step
from queue_server.faults.store import fault_of
from queue_server.tickets.errors import UnknownFault


async def open_faults(pool: Pool, centre_id: int) -> tuple[Fault, ...]:
    """Return what nobody has ended: first what nobody has taken up, what stops work before it."""
    rows = await pool.fetch(
        "SELECT fault_facts(f) AS facts FROM fault f"
        " WHERE centre_id = $1 AND state IN ('reported', 'accepted')"
        " ORDER BY state DESC, stops_work DESC, reported_at, id",
        centre_id,
    )
    return tuple(fault_of(row["facts"]) for row in rows)


async def ended_faults(
    pool: Pool, centre_id: int, *, since: datetime, limit: int
) -> tuple[Fault, ...]:
    """Return what was mended, or turned out to be none, since a moment; the latest first."""
    rows = await pool.fetch(
        "SELECT fault_facts(f) AS facts FROM fault f"
        " WHERE centre_id = $1 AND coalesce(mended_at, dismissed_at) >= $2"
        " ORDER BY coalesce(mended_at, dismissed_at) DESC, id DESC LIMIT $3",
        centre_id,
        since,
        limit,
    )
    return tuple(fault_of(row["facts"]) for row in rows)


async def list_faults(
    pool: Pool, centre_id: int, *, before: UUID | None, limit: int
) -> tuple[Fault, ...]:
    """Return faults whatever their state, the newest first; only older ones than `before`."""
    rows = await pool.fetch(
        "SELECT fault_facts(f) AS facts FROM fault f"
        " WHERE centre_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        centre_id,
        before,
        limit,
    )
    return tuple(fault_of(row["facts"]) for row in rows)


async def faults_of_device(
    pool: Pool, centre_id: int, device_id: UUID, *, limit: int
) -> tuple[Fault, ...]:
    """Return a machine's faults: the open ones, then the latest."""
    rows = await pool.fetch(
        "SELECT fault_facts(f) AS facts FROM fault f WHERE centre_id = $1 AND device_id = $2"
        " ORDER BY state IN ('reported', 'accepted') DESC, reported_at DESC, id DESC LIMIT $3",
        centre_id,
        device_id,
        limit,
    )
    return tuple(fault_of(row["facts"]) for row in rows)


async def faults_reported_by(
    pool: Pool, centre_id: int, staff_id: UUID, *, since: datetime, limit: int
) -> tuple[Fault, ...]:
    """Return what somebody reported or joined since a moment: the open ones, then the latest."""
    rows = await pool.fetch(
        """
        SELECT fault_facts(f) AS facts FROM fault f
         WHERE f.centre_id = $1 AND f.last_at >= $3
           AND EXISTS (SELECT 1 FROM fault_event e
                        WHERE e.centre_id = f.centre_id AND e.fault_id = f.id
                          AND e.event IN ('reported', 'joined') AND e.actor_id = $2)
         ORDER BY f.state IN ('reported', 'accepted') DESC, f.last_at DESC, f.id DESC LIMIT $4
        """,
        centre_id,
        staff_id,
        since,
        limit,
    )
    return tuple(fault_of(row["facts"]) for row in rows)


async def read_fault(pool: Pool, centre_id: int, fault_id: UUID) -> Fault:
    """Return one fault. Raises UnknownFault."""
    facts = await pool.fetchval(
        "SELECT fault_facts(f) FROM fault f WHERE centre_id = $1 AND id = $2", centre_id, fault_id
    )
    if facts is None:
        raise UnknownFault(str(fault_id))
    return fault_of(facts)


async def read_steps(pool: Pool, centre_id: int, fault_id: UUID) -> tuple[Step, ...]:
    """Return all that was done about a fault, in its order."""
    rows = await pool.fetch(
        """
        SELECT e.revision, e.at, e.event, e.actor_id, e.detail, w.text, r.window_number, r.screen,
               r.diagnosis
          FROM fault_event e
          LEFT JOIN fault_words w ON w.centre_id = e.centre_id AND w.revision = e.revision
          LEFT JOIN fault_report r ON r.centre_id = e.centre_id AND r.revision = e.revision
         WHERE e.centre_id = $1 AND e.fault_id = $2 ORDER BY e.revision
        """,
        centre_id,
        fault_id,
    )
    return tuple(
        Step(
            revision=row["revision"],
            at=row["at"],
            event=row["event"],
            by=row["actor_id"],
            detail=row["detail"] or {},
            words=row["text"],
            from_window=row["window_number"],
            screen=row["screen"],
            diagnosis=row["diagnosis"],
        )
        for row in rows
    )


async def forget_words(pool: Pool, centre_id: int, *, before: datetime) -> int:
    """Forget what people wrote before a moment; return how many texts. The events stay."""
    tag = await pool.execute(
        "DELETE FROM fault_words WHERE centre_id = $1 AND written_at < $2", centre_id, before
    )
    return int(tag.rpartition(" ")[2])
