"""The SQL of the rota: how many windows may be away at once, and how many are."""

from datetime import time

from core_services.database.pool import Connection
from queue_server.tickets.errors import TooManyAway

NOT_AWAY = "fault"
"""A window that is paused for a fault has not gone on a break: nobody else waits for it."""


async def require_place_in_rota(
    connection: Connection, centre_id: int, *, window: int, reason: str | None, wall_time: time
) -> None:
    """Refuse a pause while as many other windows are away as the policy allows at that time of day.

    A time with a limit of its own, such as a prayer's, takes the place of the general one. Raises
    TooManyAway.
    """
    if reason == NOT_AWAY:
        return
    row = await connection.fetchrow(
        """
        SELECT coalesce(
                   (SELECT min((b ->> 'away_at_most')::integer)
                      FROM policy_version v
                     CROSS JOIN jsonb_array_elements(v.body #> '{breaks,times}') b
                     WHERE v.centre_id = $1 AND v.state = 'published'
                       AND $3::time >= (b ->> 'opens')::time
                       AND $3::time < (b ->> 'closes')::time),
                   (SELECT away_at_most FROM policy_now WHERE centre_id = $1)) AS at_most,
               (SELECT count(*) FROM service_window
                 WHERE centre_id = $1 AND number <> $2 AND state = 'paused'
                   AND reason IS DISTINCT FROM $4) AS away
        """,
        centre_id,
        window,
        wall_time,
        NOT_AWAY,
    )
    if row is None or row["at_most"] is None or row["away"] < row["at_most"]:
        return
    raise TooManyAway(state="open", window=window, away=row["away"], at_most=row["at_most"])
