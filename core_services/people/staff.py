"""Adds, changes, disables staff and sets their passwords; each act is one event."""

from datetime import datetime
from uuid import UUID

from core_services.credentials import hash_token
from core_services.database.pool import Pool
from core_services.people import store, store_sessions
from core_services.people.errors import WrongCredentialsError
from core_services.people.model import Acting, Role, Staff
from core_services.people.passwords import Passwords, check_password

list_staff = store.list_staff
find_staff = store.fetch_staff


async def create_staff(
    pool: Pool,
    passwords: Passwords,
    *,
    centre_id: int,
    username: str,
    password: str,
    role: Role,
    name_ar: str,
    name_en: str,
    default_window: int | None = None,
    is_woman: bool = False,
    actor: Acting,
    at: datetime,
) -> Staff:
    """Add a member of staff who can sign in at once.

    Raises WeakPasswordError, BadUsernameError, UsernameTakenError or UnknownCentreError.
    """
    check_password(password, username=username)
    return await store.insert_staff(
        pool,
        centre_id=centre_id,
        username=username,
        name_ar=name_ar,
        name_en=name_en,
        role=role,
        default_window=default_window,
        is_woman=is_woman,
        password_hash=await passwords.hash(password),
        actor=actor,
        at=at,
    )


async def change_staff(
    pool: Pool,
    *,
    centre_id: int,
    staff_id: UUID,
    role: Role,
    name_ar: str,
    name_en: str,
    default_window: int | None,
    is_woman: bool | None = None,
    actor: Acting,
    at: datetime,
) -> Staff:
    """Change names, role and window; another role signs the person out everywhere.

    `is_woman` None leaves that as it is. Raises UnknownStaffError, or LastAdminError when nobody
    would be left as administrator.
    """
    return await store.update_staff(
        pool,
        centre_id=centre_id,
        staff_id=staff_id,
        name_ar=name_ar,
        name_en=name_en,
        role=role,
        default_window=default_window,
        is_woman=is_woman,
        actor=actor,
        at=at,
    )


async def disable_staff(
    pool: Pool, *, centre_id: int, staff_id: UUID, actor: Acting, at: datetime
) -> Staff:
    """Shut a person out and end all their sessions; raise LastAdminError for the last one."""
    return await store.set_disabled(
        pool, centre_id=centre_id, staff_id=staff_id, disabled=True, actor=actor, at=at
    )


async def enable_staff(
    pool: Pool, *, centre_id: int, staff_id: UUID, actor: Acting, at: datetime
) -> Staff:
    """Let a disabled person sign in again."""
    return await store.set_disabled(
        pool, centre_id=centre_id, staff_id=staff_id, disabled=False, actor=actor, at=at
    )


async def reset_password(
    pool: Pool, passwords: Passwords, staff: Staff, *, password: str, actor: Acting, at: datetime
) -> None:
    """Give a person another password, sign them out everywhere, and forget failed attempts."""
    check_password(password, username=staff.username)
    await store.set_password_hash(
        pool,
        centre_id=staff.centre_id,
        staff_id=staff.id,
        password_hash=await passwords.hash(password),
        actor=actor,
        at=at,
    )
    await store_sessions.forgive_account(
        pool, centre_id=staff.centre_id, account=hash_token(staff.username)
    )


async def change_own_password(
    pool: Pool,
    passwords: Passwords,
    staff: Staff,
    *,
    current: str,
    password: str,
    actor: Acting,
    at: datetime,
    address: str,
) -> None:
    """Replace one's own password, knowing the present one; every session ends, this one too.

    Raises WrongCredentialsError, TooManyAttemptsError (a guess here counts like a sign-in), or
    WeakPasswordError.
    """
    check_password(password, username=staff.username)
    account = hash_token(staff.username)
    origin = hash_token(address)
    await store_sessions.claim_attempt(
        pool, centre_id=staff.centre_id, account=account, address=origin, at=at
    )
    known = await store_sessions.fetch_credentials(
        pool, centre_id=staff.centre_id, username=staff.username
    )
    verdict = await passwords.verify(known.password_hash if known else None, current)
    if not verdict.is_right:
        raise WrongCredentialsError
    await store_sessions.forgive(
        pool, centre_id=staff.centre_id, account=account, address=origin, at=at
    )
    await reset_password(pool, passwords, staff, password=password, actor=actor, at=at)
