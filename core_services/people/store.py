"""The SQL of staff: who works here, with which role, and the events of every change."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.errors import ConstraintBroken
from core_services.database.pool import Connection, Pool, Record
from core_services.ids import new_id
from core_services.people.errors import (
    BadUsernameError,
    LastAdminError,
    UnknownCentreError,
    UnknownStaffError,
    UsernameTakenError,
)
from core_services.people.model import Acting, Role, Staff

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


async def insert_staff(
    pool: Pool,
    *,
    centre_id: int,
    username: str,
    name_ar: str,
    name_en: str,
    role: Role,
    default_window: int | None,
    is_woman: bool,
    password_hash: str,
    actor: Acting,
    at: datetime,
) -> Staff:
    """Add a member of staff and commit; raise UsernameTakenError or UnknownCentreError."""
    if not USERNAME.fullmatch(username):
        raise BadUsernameError(username)
    staff_id = new_id(at)
    try:
        async with pool.transaction() as connection:
            await lock_centre(connection, centre_id)
            row = await connection.fetchrow(
                """
                INSERT INTO staff (centre_id, id, username, name_ar, name_en, role, default_window,
                                   is_woman, password_hash, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                RETURNING *
                """,
                centre_id,
                staff_id,
                username,
                name_ar,
                name_en,
                role,
                default_window,
                is_woman,
                password_hash,
                at,
            )
            await record(
                connection,
                centre_id=centre_id,
                event="created",
                subject=("staff", staff_id),
                actor=actor,
                at=at,
                detail={"role": role, "window": default_window},
            )
    except ConstraintBroken as error:
        if error.constraint == "staff_username_unique":
            raise UsernameTakenError(username) from error
        raise
    return staff_of(_found(row, username))


async def update_staff(
    pool: Pool,
    *,
    centre_id: int,
    staff_id: UUID,
    name_ar: str,
    name_en: str,
    role: Role,
    default_window: int | None,
    is_woman: bool | None,
    actor: Acting,
    at: datetime,
) -> Staff:
    """Change names, role and window and commit; another role ends the person's sessions.

    `is_woman` None leaves that as it is; it never stands in the event. Raises UnknownStaffError, or
    LastAdminError when no active administrator would be left.
    """
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        before = _found(
            await connection.fetchrow(
                "SELECT * FROM staff WHERE centre_id = $1 AND id = $2", centre_id, staff_id
            ),
            staff_id,
        )
        row = await connection.fetchrow(
            """
            UPDATE staff SET name_ar = $3, name_en = $4, role = $5, default_window = $6,
                   is_woman = coalesce($7, is_woman)
             WHERE centre_id = $1 AND id = $2
            RETURNING *
            """,
            centre_id,
            staff_id,
            name_ar,
            name_en,
            role,
            default_window,
            is_woman,
        )
        if before["role"] != role:
            if before["role"] == "admin" and before["disabled_at"] is None:
                await _require_admin(connection, centre_id)
            await end_sessions(connection, centre_id=centre_id, staff_id=staff_id)
        await record(
            connection,
            centre_id=centre_id,
            event="changed",
            subject=("staff", staff_id),
            actor=actor,
            at=at,
            detail={"role": role, "window": default_window},
        )
    return staff_of(_found(row, staff_id))


async def set_disabled(
    pool: Pool, *, centre_id: int, staff_id: UUID, disabled: bool, actor: Acting, at: datetime
) -> Staff:
    """Shut a person out, ending all sessions, or let them in again, and commit.

    Records nothing when it is so already. Raises UnknownStaffError or LastAdminError.
    """
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        changed = await connection.fetchrow(
            """
            UPDATE staff SET disabled_at = CASE WHEN $3 THEN greatest($4, created_at) END
             WHERE centre_id = $1 AND id = $2 AND (disabled_at IS NOT NULL) <> $3
            RETURNING *
            """,
            centre_id,
            staff_id,
            disabled,
            at,
        )
        if changed is None:
            return staff_of(
                _found(
                    await connection.fetchrow(
                        "SELECT * FROM staff WHERE centre_id = $1 AND id = $2", centre_id, staff_id
                    ),
                    staff_id,
                )
            )
        if disabled:
            if changed["role"] == "admin":
                await _require_admin(connection, centre_id)
            await end_sessions(connection, centre_id=centre_id, staff_id=staff_id)
        await record(
            connection,
            centre_id=centre_id,
            event="disabled" if disabled else "enabled",
            subject=("staff", staff_id),
            actor=actor,
            at=at,
            detail=None,
        )
    return staff_of(changed)


async def set_password_hash(
    pool: Pool, *, centre_id: int, staff_id: UUID, password_hash: str, actor: Acting, at: datetime
) -> None:
    """Replace the password, end all of the person's sessions and commit.

    Recorded as `password_changed` by the person, `password_reset` by anyone else.
    """
    own = actor.kind == "staff" and actor.id == staff_id
    async with pool.transaction() as connection:
        await lock_centre(connection, centre_id)
        row = await connection.fetchrow(
            "UPDATE staff SET password_hash = $3 WHERE centre_id = $1 AND id = $2 RETURNING id",
            centre_id,
            staff_id,
            password_hash,
        )
        _found(row, staff_id)
        await end_sessions(connection, centre_id=centre_id, staff_id=staff_id)
        await record(
            connection,
            centre_id=centre_id,
            event="password_changed" if own else "password_reset",
            subject=("staff", staff_id),
            actor=actor,
            at=at,
            detail=None,
        )


async def fetch_staff(pool: Pool, *, centre_id: int, username: str) -> Staff:
    """Return the member of staff with that username; raise UnknownStaffError."""
    row = await pool.fetchrow(
        "SELECT * FROM staff WHERE centre_id = $1 AND username = $2", centre_id, username
    )
    return staff_of(_found(row, username))


async def list_staff(pool: Pool, *, centre_id: int) -> list[Staff]:
    """Return everyone, the disabled too, by username."""
    rows = await pool.fetch("SELECT * FROM staff WHERE centre_id = $1 ORDER BY username", centre_id)
    return [staff_of(row) for row in rows]


async def lock_centre(connection: Connection, centre_id: int) -> None:
    """Take the centre's lock, the first one of every command; raise UnknownCentreError."""
    await connection.execute("SELECT lock_centre($1)", centre_id)
    if not await connection.fetchval("SELECT 1 FROM centre_head WHERE centre_id = $1", centre_id):
        raise UnknownCentreError(centre_id)


async def record(
    connection: Connection,
    *,
    centre_id: int,
    event: str,
    subject: tuple[str, UUID],
    actor: Acting,
    at: datetime,
    detail: Mapping[str, Any] | None,
) -> None:
    """Append one event to the centre's chain; the caller holds the centre's lock."""
    await connection.execute(
        """
        INSERT INTO people_event (centre_id, revision, at, event, subject_kind, subject_id,
                                  actor_kind, actor_id, detail)
        SELECT $1, h.revision + 1,
               greatest($2::timestamptz, (SELECT max(e.at) FROM people_event e
                                           WHERE e.centre_id = $1 AND e.subject_id = $5)),
               $3, $4, $5, $6, $7, $8
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        at,
        event,
        subject[0],
        subject[1],
        actor.kind,
        actor.id,
        detail,
    )


async def end_sessions(connection: Connection, *, centre_id: int, staff_id: UUID) -> None:
    """Sign a person out everywhere."""
    await connection.execute(
        "DELETE FROM staff_session WHERE centre_id = $1 AND staff_id = $2", centre_id, staff_id
    )


def staff_of(row: Record) -> Staff:
    """Read a row of `staff`."""
    return Staff(
        id=row["id"],
        centre_id=row["centre_id"],
        username=row["username"],
        name_ar=row["name_ar"],
        name_en=row["name_en"],
        role=row["role"],
        default_window=row["default_window"],
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        last_sign_in_at=row["last_sign_in_at"],
        is_woman=row["is_woman"],
    )


async def _require_admin(connection: Connection, centre_id: int) -> None:
    if not await connection.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM staff
                        WHERE centre_id = $1 AND role = 'admin' AND disabled_at IS NULL)
        """,
        centre_id,
    ):
        raise LastAdminError


def _found(row: Record | None, who: object) -> Record:
    if row is None:
        raise UnknownStaffError(who)
    return row
