"""A small centre in a test's database, and a queue over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from core_services.clock import Clock
from core_services.database.pool import Pool, connect
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import Issuer
from queue_server.tickets.model import Actor, Centre
from queue_server.tickets.store_reading import read_centre

STAFF = Actor("staff", uuid4())
OTHER = Actor("staff", uuid4())
KEY = Actor("key", uuid4())

_CENTRE = """
INSERT INTO centre (id, code, name_ar, name_en, unit_ar, unit_en, governorate_ar, governorate_en,
       short_ar, short_en)
VALUES ($1, 'KFS' || $1, 'المركز التكنولوجي', 'Technology centre', 'كفر صقر', 'Kafr Saqr',
        'الشرقية', 'Sharqia', 'كفر صقر', 'Kafr Saqr');
INSERT INTO centre_head (centre_id) VALUES ($1);
INSERT INTO queue (centre_id, code, name_ar, name_en) VALUES ($1, 'U', 'موحد', 'Unified');
INSERT INTO queue (centre_id, code, name_ar, name_en, series)
VALUES ($1, 'X', 'استلام', 'Collection', 'A');
INSERT INTO service (centre_id, code, queue, name_ar, name_en)
VALUES ($1, 'reconciliation', 'U', 'طلب تصالح', 'Reconciliation'),
       ($1, 'collection', 'X', 'استلام رخصة', 'Collect a licence');
INSERT INTO priority_credit (centre_id, priority, credit_s)
VALUES ($1, 'age65', 900), ($1, 'disability', 900), ($1, 'infant', 900);
INSERT INTO work_profile (centre_id, code, name_ar, name_en, priority_first)
VALUES ($1, 'unified', 'موحد', 'Unified', false), ($1, 'first', 'أولوية', 'Priority first', true),
       ($1, 'rare', 'استلام', 'Collection', false);
INSERT INTO work_profile_queue (centre_id, profile, queue)
VALUES ($1, 'unified', 'U'), ($1, 'unified', 'X'), ($1, 'first', 'U'), ($1, 'first', 'X'),
       ($1, 'rare', 'X');
INSERT INTO service_window (centre_id, number, profile)
SELECT $1, n, CASE n WHEN 1 THEN 'first' WHEN 99 THEN 'rare' ELSE 'unified' END
  FROM generate_series(1, 99) n;
"""


async def make_centre(owner_dsn: str, centre_id: int = 1) -> None:
    """Make a centre: queues U (no letter) and X (A), window 1 priority first, window 99 only X."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(_CENTRE.replace("$1", str(centre_id)))
    finally:
        await connection.close()


@asynccontextmanager
async def open_queue(
    pool: Pool, app_dsn: str, clock: Clock, centre_id: int = 1
) -> AsyncIterator[Queue]:
    """Run a queue of that centre, its issuer on its own connection."""
    centre = await read_centre(pool, centre_id)
    if centre is None:
        raise LookupError("make the centre first")

    def centre_now() -> Centre:
        return centre

    issuer = Issuer(
        centre_now=centre_now,
        clock=clock,
        connect=lambda: connect(app_dsn, application_name="issuer"),
    )
    running = asyncio.create_task(issuer.run())
    try:
        yield Queue(pool, clock, centre_now, issuer)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def add_kiosk(pool: Pool, device_id: UUID, centre_id: int = 1) -> None:
    """Put a kiosk of that id into the register, without its event."""
    await pool.execute(
        "INSERT INTO device (centre_id, id, kind, name, token_hash, created_at)"
        " VALUES ($1, $2, 'kiosk', $3, sha256($3::text::bytea), now())",
        centre_id,
        device_id,
        f"K{device_id.hex[:8]}",
    )


async def open_windows(queue: Queue, *numbers: int, actor: Actor = KEY) -> None:
    """Open these windows for the actor."""
    for number in numbers:
        await queue.act_on_window(number, "open", actor=actor, actor_name="Mona", any_window=True)


def next_time(queue: Queue, hour: int, minute: int) -> datetime:
    """Return the next moment at which the wall reads that time."""
    _, now = queue.today()
    local = now.astimezone(queue.centre.zone)
    then = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return then if then > local else then + timedelta(days=1)
