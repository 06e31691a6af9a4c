"""The SQL of sign-ins: sessions, the limits on attempts, and their daily count."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal

from core_services.database.pool import Connection, Pool
from core_services.people.errors import TooManyAttemptsError
from core_services.people.model import Session, Staff
from core_services.people.store import staff_of

FREE_FAILURES: Final = {"account": 5, "address": 20}
"""Failures in a row before the first delay; a whole centre may sit behind one address."""
FIRST_DELAY_S: Final = 5
LONGEST_DELAY_S: Final = 900
FORGET_AFTER: Final = timedelta(hours=1)
TOUCH_EVERY: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A member of staff who may sign in, with the password hash."""

    staff: Staff
    password_hash: str


async def claim_attempt(
    pool: Pool, *, centre_id: int, account: bytes, address: bytes, at: datetime
) -> None:
    """Count an attempt as failed before its password is looked at, and commit.

    Raises TooManyAttemptsError, counting nothing, while the account or the address has to wait.
    After the free failures each one doubles the wait, from 5 s to 15 minutes; an hour without a
    failure forgets them. Subjects are SHA-256 hashes.
    """
    subjects: tuple[tuple[Literal["account", "address"], bytes], ...] = (
        ("account", account),
        ("address", address),
    )
    async with pool.transaction() as connection:
        for kind, subject in subjects:
            counted = await connection.fetchval(
                """
                INSERT INTO sign_in_attempt AS a
                       (centre_id, kind, subject, failures, last_at, blocked_until)
                VALUES ($1, $2, $3, 1, $4, $4)
                ON CONFLICT ON CONSTRAINT sign_in_attempt_pk DO UPDATE
                   SET last_at = $4,
                       failures = CASE WHEN a.last_at < $4 - $8::interval THEN 1
                                       ELSE a.failures + 1 END,
                       blocked_until = $4 + CASE
                           WHEN a.last_at < $4 - $8::interval OR a.failures + 1 < $5
                           THEN interval '0'
                           ELSE make_interval(
                               secs => least($7, $6 * 2 ^ least(a.failures + 1 - $5, 20))) END
                 WHERE a.blocked_until <= $4
                RETURNING a.failures
                """,
                centre_id,
                kind,
                subject,
                at,
                FREE_FAILURES[kind],
                float(FIRST_DELAY_S),
                float(LONGEST_DELAY_S),
                FORGET_AFTER,
            )
            if counted is None:
                retry_at: datetime = await connection.fetchval(
                    """
                    SELECT blocked_until FROM sign_in_attempt
                     WHERE centre_id = $1 AND kind = $2 AND subject = $3
                    """,
                    centre_id,
                    kind,
                    subject,
                )
                raise TooManyAttemptsError(retry_at, ceil((retry_at - at).total_seconds()))


async def forgive_account(database: "Pool | Connection", *, centre_id: int, account: bytes) -> None:
    """Forget the failures of a username."""
    await database.execute(
        """
        DELETE FROM sign_in_attempt WHERE centre_id = $1 AND kind = 'account' AND subject = $2
        """,
        centre_id,
        account,
    )


async def forgive(
    database: "Pool | Connection", *, centre_id: int, account: bytes, address: bytes, at: datetime
) -> None:
    """Forget the failures of a username, and take back this attempt of the address."""
    await forgive_account(database, centre_id=centre_id, account=account)
    await database.execute(
        """
        UPDATE sign_in_attempt SET failures = greatest(0, failures - 1), blocked_until = $3
         WHERE centre_id = $1 AND kind = 'address' AND subject = $2
        """,
        centre_id,
        address,
        at,
    )


async def count_failure(pool: Pool, *, centre_id: int, at: datetime) -> None:
    """Add one to the day's failed sign-ins."""
    await pool.execute(
        """
        INSERT INTO sign_in_count AS c (centre_id, day, failed) VALUES ($1, $2, 1)
        ON CONFLICT ON CONSTRAINT sign_in_count_pk DO UPDATE SET failed = c.failed + 1
        """,
        centre_id,
        at.date(),
    )


async def fetch_credentials(pool: Pool, *, centre_id: int, username: str) -> Credentials | None:
    """Return what a sign-in compares with; None when nobody active has the username."""
    row = await pool.fetchrow(
        "SELECT * FROM staff WHERE centre_id = $1 AND username = $2 AND disabled_at IS NULL",
        centre_id,
        username,
    )
    return None if row is None else Credentials(staff_of(row), row["password_hash"])


async def open_session(
    pool: Pool,
    *,
    known: Credentials,
    rehashed: str | None,
    token_hash: bytes,
    replaces: bytes | None,
    csrf: str,
    account: bytes,
    address: bytes,
    at: datetime,
    expires_at: datetime,
) -> Session | None:
    """Begin a session, end the one it replaces, take back the attempt, and commit.

    None, changing nothing, when the person was disabled or the password changed meanwhile.
    """
    staff = known.staff
    async with pool.transaction() as connection:
        row = await connection.fetchrow(
            """
            UPDATE staff SET last_sign_in_at = $4, password_hash = coalesce($5, password_hash)
             WHERE centre_id = $1 AND id = $2 AND disabled_at IS NULL AND password_hash = $3
            RETURNING *
            """,
            staff.centre_id,
            staff.id,
            known.password_hash,
            at,
            rehashed,
        )
        if row is None:
            return None
        await connection.execute(
            """
            INSERT INTO staff_session
                   (token_hash, centre_id, staff_id, csrf, created_at, seen_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $5, $6)
            """,
            token_hash,
            staff.centre_id,
            staff.id,
            csrf,
            at,
            expires_at,
        )
        if replaces is not None:
            await connection.execute("DELETE FROM staff_session WHERE token_hash = $1", replaces)
        await forgive(
            connection, centre_id=staff.centre_id, account=account, address=address, at=at
        )
        await connection.execute(
            """
            INSERT INTO sign_in_count AS c (centre_id, day, succeeded) VALUES ($1, $2, 1)
            ON CONFLICT ON CONSTRAINT sign_in_count_pk DO UPDATE SET succeeded = c.succeeded + 1
            """,
            staff.centre_id,
            at.date(),
        )
    return Session(staff_of(row), csrf, at, at, expires_at)


async def fetch_session(
    pool: Pool, *, token_hash: bytes, at: datetime, idle: timedelta, is_use: bool
) -> Session | None:
    """Return the session that still holds at that moment; note that it was used if this is use.

    A clerk's session has no idle limit: the desk's screen stays while nobody waits.
    """
    row = await pool.fetchrow(
        """
        SELECT s.*, n.csrf, n.created_at AS session_at, n.seen_at, n.expires_at
          FROM staff_session n
          JOIN staff s ON s.centre_id = n.centre_id AND s.id = n.staff_id
         WHERE n.token_hash = $1 AND n.expires_at > $2 AND s.disabled_at IS NULL
           AND (s.role = 'clerk' OR n.seen_at > $2 - $3::interval)
        """,
        token_hash,
        at,
        idle,
    )
    if row is None:
        return None
    seen_at: datetime = row["seen_at"]
    if is_use and at - seen_at >= TOUCH_EVERY:
        await pool.execute(
            "UPDATE staff_session SET seen_at = greatest(seen_at, $2) WHERE token_hash = $1",
            token_hash,
            at,
        )
        seen_at = at
    return Session(staff_of(row), row["csrf"], row["session_at"], seen_at, row["expires_at"])


async def fetch_signed_in(
    pool: Pool, *, centre_id: int, at: datetime, idle: timedelta
) -> tuple[Staff, ...]:
    """Return the staff who have a session that holds at that moment, by username."""
    rows = await pool.fetch(
        """
        SELECT s.* FROM staff s
         WHERE s.centre_id = $1 AND s.disabled_at IS NULL
           AND EXISTS (SELECT 1 FROM staff_session n
                        WHERE n.centre_id = s.centre_id AND n.staff_id = s.id AND n.expires_at > $2
                          AND (s.role = 'clerk' OR n.seen_at > $2 - $3::interval))
         ORDER BY s.username
        """,
        centre_id,
        at,
        idle,
    )
    return tuple(staff_of(row) for row in rows)


async def delete_session(pool: Pool, *, token_hash: bytes) -> None:
    """End one session; harmless when it has ended."""
    await pool.execute("DELETE FROM staff_session WHERE token_hash = $1", token_hash)


async def sweep(pool: Pool, *, at: datetime) -> None:
    """Drop sessions that have ended and failures a day old; rows in use by others are left."""
    await pool.execute(
        """
        DELETE FROM staff_session WHERE token_hash IN (
            SELECT token_hash FROM staff_session WHERE expires_at <= $1
             LIMIT 1000 FOR UPDATE SKIP LOCKED)
        """,
        at,
    )
    await pool.execute(
        """
        DELETE FROM sign_in_attempt WHERE (centre_id, kind, subject) IN (
            SELECT centre_id, kind, subject FROM sign_in_attempt WHERE last_at < $1
             LIMIT 1000 FOR UPDATE SKIP LOCKED)
        """,
        at - timedelta(days=1),
    )
