"""The SQL of a closed gate: a refusal is kept under its key like every other answer."""

from datetime import datetime

from core_services.database.pool import Pool
from queue_server.tickets.errors import REFUSALS, KeyReused, NotIssuing
from queue_server.tickets.gate import Gate
from queue_server.tickets.model import Claim
from queue_server.tickets.store_command import REFUSED


async def refuse_newcomer(
    pool: Pool, centre_id: int, *, claim: Claim | None, gate: Gate, at: datetime
) -> None:
    """Refuse a number, unless its key was answered before: then return, and let it be repeated.

    Raises NotIssuing, KeyReused.
    """
    opens_at = None if gate.opens_at is None else gate.opens_at.isoformat()
    refusal = NotIssuing(state=gate.state, opens_at=opens_at)
    if claim is None:
        raise refusal
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre($1)", centre_id)
        kept = await connection.fetchrow(
            "SELECT fingerprint, answer FROM command_claim WHERE centre_id = $1 AND scope = $2",
            centre_id,
            claim.scope,
        )
        if kept is None:
            await connection.execute(
                "INSERT INTO command_claim (centre_id, scope, fingerprint, at, status, answer)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                centre_id,
                claim.scope,
                claim.fingerprint,
                at,
                REFUSED,
                {
                    "outcome": "not_issuing",
                    "refused": type(refusal).__name__,
                    "facts": refusal.facts,
                },
            )
    if kept is None:
        raise refusal
    answer = kept["answer"] or {}
    if "refused" not in answer:
        return
    if kept["fingerprint"] != claim.fingerprint:
        raise KeyReused(state="key_reused")
    raise REFUSALS[answer["refused"]](**answer["facts"])
