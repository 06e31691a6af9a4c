"""The SQL of the windows: open, pause, close, each under the centre's lock."""

from datetime import date, datetime, time

from core_services.database.pool import Connection, Pool, Record
from queue_server.tickets.changes import bound_lanes
from queue_server.tickets.errors import (
    AnotherWindowOpen,
    UnknownWindow,
    WindowActNotAllowed,
    WindowBusy,
    WindowOfAnother,
    about_ticket,
)
from queue_server.tickets.lifecycle import (
    allowed_acts,
    allowed_window_acts,
    window_state_after,
)
from queue_server.tickets.model import Actor, Claim, Window, WindowAct, WindowState
from queue_server.tickets.rows import window_of
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_hall import read_window
from queue_server.tickets.store_hands import ticket_in_hand
from queue_server.tickets.store_journeys import release_bound
from queue_server.tickets.store_rota import require_place_in_rota


async def act_on_window(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    wall_time: time | None = None,
    window: int,
    act: WindowAct,
    actor: Actor,
    actor_name: str,
    any_window: bool,
    alone: bool,
    reason: str | None,
    claim: Claim | None,
) -> Window:
    """Open, pause or close a window and return it as it then stands.

    Opening a paused window resumes it; opening one that the actor has open changes nothing; a
    person who opens one that a stand-in has, or that its clerk hands over, takes it with the
    ticket in hand. Closing lets every window see the numbers that waited for this one or for who
    sat there. With `alone`, whoever has a window already opens no other. With `wall_time`, the
    time of day in the centre, a pause keeps to the policy's rota (TooManyAway). Raises
    UnknownWindow, WindowOfAnother (also on open), AnotherWindowOpen, WindowBusy,
    WindowActNotAllowed, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        row = await _read(connection, centre_id, window)
        is_own = row["opened_by"] == actor.id and row["opened_by_kind"] == actor.kind
        takes_over = act == "open" and actor.kind == "staff" and row["gives_way"] and not is_own
        may = is_own or takes_over or (any_window and act != "open")
        if row["state"] != "closed" and not may:
            raise WindowOfAnother(
                state=row["state"], window=window, opened_by=row["opened_by_name"]
            )
        if alone and act == "open" and not is_own:
            await _refuse_second(connection, centre_id, actor)
        if act == "open" and row["state"] == "open" and not takes_over:
            return await _standing(connection, centre_id, window)
        hand = await ticket_in_hand(connection, centre_id, window)
        if hand is not None and act != "open":
            raise about_ticket(WindowBusy, hand, allowed_acts(hand.state))
        event: str = act
        if takes_over:
            event = "take_over"
        elif act == "open" and row["state"] == "paused":
            event = "resume"
        after = window_state_after(event, row["state"])
        if after is None:
            allowed = allowed_window_acts(row["state"], has_ticket=hand is not None)
            raise WindowActNotAllowed(state=row["state"], allowed=allowed, window=window)
        if after == "closed" or takes_over:
            opener = Actor(row["opened_by_kind"], row["opened_by"])
            lanes = bound_lanes(window, opener) if after == "closed" else (f"staff:{opener.id}",)
            await release_bound(connection, centre_id, day=day, at=at, lanes=lanes, actor=actor)
        if act == "pause" and wall_time is not None:
            await require_place_in_rota(
                connection, centre_id, window=window, reason=reason, wall_time=wall_time
            )
        await _change(
            connection,
            centre_id,
            window,
            event,
            row["state"],
            after,
            at=at,
            actor=actor,
            actor_name=actor_name,
            reason=reason,
        )
        return await _standing(connection, centre_id, window)

    return window_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def _read(connection: Connection, centre_id: int, window: int) -> Record:
    row = await connection.fetchrow(
        "SELECT state, opened_by_kind, opened_by, opened_by_name,"
        " is_stand_in(w) OR w.offered_at IS NOT NULL AS gives_way"
        " FROM service_window w WHERE centre_id = $1 AND number = $2",
        centre_id,
        window,
    )
    if row is None:
        raise UnknownWindow(window)
    return row


async def _change(
    connection: Connection,
    centre_id: int,
    window: int,
    event: str,
    before: WindowState,
    after: WindowState,
    *,
    at: datetime,
    actor: Actor,
    actor_name: str,
    reason: str | None,
) -> None:
    """Write a window as an act leaves it, and the act."""
    await connection.execute(
        """
        WITH changed AS (
            UPDATE service_window
               SET state = $3, state_since = greatest($4, state_since), reason = $5,
                   opened_by_kind = CASE WHEN $3 = 'closed' THEN NULL
                       WHEN $7 IN ('open', 'take_over') THEN $8
                       ELSE opened_by_kind END,
                   opened_by = CASE WHEN $3 = 'closed' THEN NULL
                       WHEN $7 IN ('open', 'take_over') THEN $9 ELSE opened_by END,
                   opened_by_name = CASE WHEN $3 = 'closed' THEN NULL
                       WHEN $7 IN ('open', 'take_over') THEN $10
                       ELSE opened_by_name END,
                   offered_at = CASE WHEN $7 = 'pause' THEN offered_at END
             WHERE centre_id = $1 AND number = $2 AND state = $6
            RETURNING centre_id, state_since
        )
        INSERT INTO window_event (centre_id, revision, window_number, at, event, from_state,
               to_state, actor_kind, actor_id, reason)
        SELECT $1, h.revision + 1, $2, changed.state_since, $7, $6, $3, $8, $9, $5
          FROM changed JOIN centre_head h ON h.centre_id = changed.centre_id
        """,
        centre_id,
        window,
        after,
        at,
        reason,
        before,
        event,
        actor.kind,
        actor.id,
        actor_name,
    )


async def _refuse_second(connection: Connection, centre_id: int, actor: Actor) -> None:
    other = await connection.fetchrow(
        "SELECT number, state FROM service_window WHERE centre_id = $1 AND state <> 'closed'"
        " AND opened_by_kind = $2 AND opened_by = $3 ORDER BY number LIMIT 1",
        centre_id,
        actor.kind,
        actor.id,
    )
    if other is not None:
        raise AnotherWindowOpen(state=other["state"], window=other["number"])


async def _standing(connection: Connection, centre_id: int, window: int) -> Answer:
    return await read_window(connection, centre_id, window)
