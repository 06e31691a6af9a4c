"""The commands that give errands, each once for its claim and under the centre's lock."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.devices import store_errands
from core_services.devices.model import ErrandKind
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command


async def give(
    pool: Pool,
    centre_id: int,
    *,
    errand_id: UUID,
    device_id: UUID,
    kind: ErrandKind,
    payload: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    claim: Claim | None,
) -> UUID | None:
    """Give an errand in the place of open ones of its kind; None when it is given already.

    Raises KeyReused.
    """

    async def work(connection: Connection) -> bool:
        return await store_errands.replace_errand(
            connection,
            centre_id=centre_id,
            errand_id=errand_id,
            device_id=device_id,
            kind=kind,
            payload=payload,
            by=actor.id,
            at=at,
        )

    return await _run(pool, centre_id, errand_id, work, at=at, claim=claim)


async def set_out_of_service(
    pool: Pool,
    centre_id: int,
    *,
    errand_id: UUID,
    device_id: UUID,
    words: tuple[str, str] | None,
    actor: Actor,
    at: datetime,
    claim: Claim | None,
) -> UUID | None:
    """Put a kiosk out of service, or back; None when it stands so. Raises KeyReused."""

    async def work(connection: Connection) -> bool:
        return await store_errands.set_out_of_service(
            connection,
            centre_id=centre_id,
            errand_id=errand_id,
            device_id=device_id,
            words=words,
            actor=actor,
            at=at,
        )

    return await _run(pool, centre_id, errand_id, work, at=at, claim=claim)


async def _run(
    pool: Pool,
    centre_id: int,
    errand_id: UUID,
    work: Callable[[Connection], Awaitable[bool]],
    *,
    at: datetime,
    claim: Claim | None,
) -> UUID | None:
    async def command(connection: Connection) -> Answer:
        return {"errand": str(errand_id) if await work(connection) else None}

    answer = await run_command(pool, centre_id, claim=claim, at=at, work=command)
    return None if answer["errand"] is None else UUID(answer["errand"])
