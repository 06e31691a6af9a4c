"""The SQL of who has a window and what it serves: hand-over, assignment, work profile."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from queue_server.tickets.changes import bound_lanes
from queue_server.tickets.errors import (
    AnotherWindowOpen,
    UnknownProfile,
    UnknownStaff,
    UnknownWindow,
    WindowActNotAllowed,
    WindowOfAnother,
)
from queue_server.tickets.lifecycle import allowed_window_acts, window_state_after
from queue_server.tickets.model import Actor, Claim, Window, WindowEventKind
from queue_server.tickets.rows import window_of
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_hall import read_window
from queue_server.tickets.store_journeys import release_bound


async def hand_over(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    window: int,
    offers: bool,
    actor: Actor,
    any_window: bool,
    claim: Claim | None,
) -> Window:
    """Offer a window to whoever opens it next, or keep it after all; the ticket stays in its hand.

    What is so already changes nothing. Raises UnknownWindow, WindowOfAnother, WindowActNotAllowed,
    KeyReused.
    """
    event: WindowEventKind = "offer" if offers else "keep"

    async def work(connection: Connection) -> Answer:
        row = await _window(connection, centre_id, window, event)
        is_own = (row["opened_by_kind"], row["opened_by"]) == (actor.kind, actor.id)
        if not is_own and not any_window:
            raise WindowOfAnother(
                state=row["state"], window=window, opened_by=row["opened_by_name"]
            )
        if (row["offered_at"] is not None) != offers:
            await connection.execute(
                "UPDATE service_window SET offered_at = CASE WHEN $3 THEN $4::timestamptz END"
                " WHERE centre_id = $1 AND number = $2",
                centre_id,
                window,
                offers,
                at,
            )
            await _record(connection, centre_id, row, event, at=at, actor=actor)
        return await read_window(connection, centre_id, window)

    return window_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def assign_window(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    window: int,
    to: UUID,
    roles: Sequence[str],
    actor: Actor,
    claim: Claim | None,
) -> Window:
    """Give an open or paused window to another member of staff, with the ticket in its hand.

    Numbers that waited for whoever sat there are seen by every window from now on. Raises
    UnknownWindow, UnknownStaff (nobody of these `roles`), AnotherWindowOpen (the person sits
    elsewhere), WindowActNotAllowed (it is closed), KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        row = await _window(connection, centre_id, window, "assign")
        name = await connection.fetchval(
            "SELECT coalesce(nullif(name_ar, ''), nullif(name_en, ''), username) FROM staff"
            " WHERE centre_id = $1 AND id = $2 AND disabled_at IS NULL AND role = ANY ($3)",
            centre_id,
            to,
            list(roles),
        )
        if name is None:
            raise UnknownStaff(str(to))
        if row["opened_by"] == to:
            return await read_window(connection, centre_id, window)
        other = await connection.fetchrow(
            "SELECT number, state FROM service_window WHERE centre_id = $1 AND state <> 'closed'"
            " AND opened_by_kind = 'staff' AND opened_by = $2 ORDER BY number LIMIT 1",
            centre_id,
            to,
        )
        if other is not None:
            raise AnotherWindowOpen(state=other["state"], window=other["number"])
        lane = f"staff:{row['opened_by']}"
        await release_bound(connection, centre_id, day=day, at=at, lanes=(lane,), actor=actor)
        await connection.execute(
            "UPDATE service_window SET opened_by_kind = 'staff', opened_by = $3,"
            " opened_by_name = $4, offered_at = NULL WHERE centre_id = $1 AND number = $2",
            centre_id,
            window,
            to,
            name,
        )
        detail = {"from": str(row["opened_by"]), "to": str(to)}
        await _record(connection, centre_id, row, "assign", at=at, actor=actor, detail=detail)
        return await read_window(connection, centre_id, window)

    return window_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def set_profile(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    window: int,
    profile: str,
    actor: Actor,
    claim: Claim | None,
) -> Window:
    """Let a window serve another work profile from its next call on; the same one changes nothing.

    Numbers that waited for this window, or for whoever sits there, in a queue that it no longer
    serves are seen by every window of their queue from now on. Raises UnknownWindow,
    UnknownProfile, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        row = await _window(connection, centre_id, window, "profile")
        if not await connection.fetchval(
            "SELECT true FROM work_profile WHERE centre_id = $1 AND code = $2", centre_id, profile
        ):
            raise UnknownProfile(profile)
        if row["profile"] != profile:
            if row["opened_by"] is not None:
                opener = Actor(row["opened_by_kind"], row["opened_by"])
                await release_bound(
                    connection,
                    centre_id,
                    day=day,
                    at=at,
                    lanes=bound_lanes(window, opener),
                    actor=actor,
                    still_served=await _queues_of(connection, centre_id, profile),
                )
            await connection.execute(
                "UPDATE service_window SET profile = $3 WHERE centre_id = $1 AND number = $2",
                centre_id,
                window,
                profile,
            )
            detail = {"from": row["profile"], "to": profile}
            await _record(connection, centre_id, row, "profile", at=at, actor=actor, detail=detail)
        return await read_window(connection, centre_id, window)

    return window_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def read_profiles(pool: Pool, centre_id: int) -> dict[str, tuple[str, str]]:
    """Return every work profile's names, Arabic first, by its code."""
    rows = await pool.fetch(
        "SELECT code, name_ar, name_en FROM work_profile WHERE centre_id = $1 ORDER BY code",
        centre_id,
    )
    return {row["code"]: (row["name_ar"], row["name_en"]) for row in rows}


async def _queues_of(connection: Connection, centre_id: int, profile: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT queue FROM work_profile_queue WHERE centre_id = $1 AND profile = $2",
        centre_id,
        profile,
    )
    return [row["queue"] for row in rows]


async def _window(
    connection: Connection, centre_id: int, window: int, event: WindowEventKind
) -> Record:
    """Read a window for an act that leaves its state. Raises UnknownWindow, WindowActNotAllowed."""
    row = await connection.fetchrow(
        "SELECT number, state, profile, opened_by_kind, opened_by, opened_by_name, offered_at"
        " FROM service_window WHERE centre_id = $1 AND number = $2",
        centre_id,
        window,
    )
    if row is None:
        raise UnknownWindow(window)
    if window_state_after(event, row["state"]) is None:
        allowed = allowed_window_acts(row["state"], has_ticket=False)
        raise WindowActNotAllowed(state=row["state"], allowed=allowed, window=window)
    return row


async def _record(
    connection: Connection,
    centre_id: int,
    window: Record,
    event: WindowEventKind,
    *,
    at: datetime,
    actor: Actor,
    detail: dict[str, Any] | None = None,
) -> None:
    await connection.execute(
        """
        INSERT INTO window_event (centre_id, revision, window_number, at, event, from_state,
               to_state, actor_kind, actor_id, detail)
        SELECT $1, h.revision + 1, $2,
               greatest($3, (SELECT max(e.at) FROM window_event e
                              WHERE e.centre_id = $1 AND e.window_number = $2)),
               $4, $5, $5, $6, $7, $8
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        window["number"],
        at,
        event,
        window["state"],
        actor.kind,
        actor.id,
        detail,
    )
