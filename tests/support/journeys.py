"""A few acts in a line, as the store tests do them."""

from typing import Any

import asyncpg

from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Priority, Ticket
from tests.support.database import Database
from tests.support.queue import KEY


async def issue(queue: Queue, priority: Priority = "none", **said: Any) -> Ticket:
    return await queue.issue(IssueRequest(KEY, "api", priority=priority, **said))


async def call(queue: Queue, window: int = 5, actor: Actor = KEY) -> Ticket:
    called = await queue.call_next(window, actor=actor, own_only=False)
    assert called is not None
    return called


async def act(queue: Queue, ticket: Ticket, event: Any, actor: Actor = KEY) -> Ticket:
    return await queue.act(ticket.id, event, actor=actor, any_window=True)


async def serve(queue: Queue, window: int = 5) -> Ticket:
    """Issue a ticket and serve it at the window, which stands open."""
    await issue(queue)
    return await act(queue, await call(queue, window), "start")


async def set_policy(database: Database, **said: object) -> None:
    """Publish what is said; all else stays as it is by default."""
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        await connection.execute(
            "INSERT INTO policy_now (centre_id) VALUES (1) ON CONFLICT DO NOTHING"
        )
        for name, value in said.items():
            await connection.execute(f"UPDATE policy_now SET {name} = $1", value)
    finally:
        await connection.close()


async def add_clerk(database: Database, staff: Actor) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        await connection.execute(
            "INSERT INTO staff (centre_id, id, username, name_ar, name_en, role, password_hash,"
            " created_at) VALUES (1, $1, $2, 'منى', 'Mona', 'clerk', '$argon2id$x', now())",
            staff.id,
            f"c{str(staff.id)[:8]}",
        )
    finally:
        await connection.close()
