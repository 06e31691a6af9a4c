"""Opens the figures of a centre without its server, for the command line."""

from datetime import date
from uuid import uuid4

from core_services.clock import SystemClock
from core_services.database.pool import Connection, Pool
from queue_server.figures.rollup import Rollup
from queue_server.policy.present import read_held, read_present
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import Issuer
from queue_server.tickets.model import Centre
from queue_server.tickets.opening import Hours
from queue_server.tickets.store_reading import read_centre


async def open_rollup(pool: Pool, centre_id: int) -> Rollup:
    """Return the centre's figures over a pool. Raises LookupError when there is no such centre."""
    centre = await read_centre(pool, centre_id)
    if centre is None:
        raise LookupError(f"there is no centre {centre_id}")
    body = (await read_present(pool, centre_id)).body
    hours = body.opening_hours()

    async def hours_then(day: date) -> Hours | None:
        return (await read_held(pool, centre_now(), day)).opening_hours()

    async def target_then(day: date) -> int:
        return (await read_held(pool, centre_now(), day)).wait_target_s

    def centre_now() -> Centre:
        return centre

    async def connect() -> Connection:
        raise LookupError("no numbers are issued here")

    clock = SystemClock()
    queue = Queue(
        pool=pool,
        clock=clock,
        centre_now=centre_now,
        issuer=Issuer(centre_now=centre_now, clock=clock, connect=connect),
        hours=lambda: hours,
        hours_then=hours_then,
    )
    return Rollup(queue, lambda: body.wait_target_s, process_id=uuid4(), target_then=target_then)
