"""Signs staff in and out: opaque tokens, an idle and an absolute end, limits on attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core_services.credentials import hash_token, is_same_secret, new_token
from core_services.database.pool import Pool
from core_services.people import store_sessions
from core_services.people.errors import WrongCredentialsError
from core_services.people.model import Session, SignedIn, Staff
from core_services.people.passwords import Passwords

TOKEN_BITS = 256


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a sign-in lasts."""

    idle: timedelta = timedelta(minutes=30)
    """Without use; not for clerks, whose screens stay while nobody waits."""
    absolute: timedelta = timedelta(hours=12)


async def sign_in(
    pool: Pool,
    passwords: Passwords,
    *,
    centre_id: int,
    username: str,
    password: str,
    address: str,
    at: datetime,
    limits: SessionLimits,
    replaces: str | None = None,
) -> SignedIn:
    """Open a session under a new token; the token it replaces ends.

    Raises WrongCredentialsError, or TooManyAttemptsError with the moment of the next attempt. Both
    take as long for unknown usernames as for known ones.
    """
    name = username.strip().lower()
    account = hash_token(name)
    origin = hash_token(address)
    await store_sessions.claim_attempt(
        pool, centre_id=centre_id, account=account, address=origin, at=at
    )
    known = await store_sessions.fetch_credentials(pool, centre_id=centre_id, username=name)
    verdict = await passwords.verify(known.password_hash if known else None, password)
    if known is not None and verdict.is_right:
        token = new_token(TOKEN_BITS)
        session = await store_sessions.open_session(
            pool,
            known=known,
            rehashed=verdict.rehashed,
            token_hash=hash_token(token),
            replaces=hash_token(replaces) if replaces else None,
            csrf=new_token(TOKEN_BITS),
            account=account,
            address=origin,
            at=at,
            expires_at=at + limits.absolute,
        )
        if session is not None:
            await store_sessions.sweep(pool, at=at)
            return SignedIn(token, session)
    await store_sessions.count_failure(pool, centre_id=centre_id, at=at)
    raise WrongCredentialsError


async def find_session(
    pool: Pool, token: str, *, at: datetime, limits: SessionLimits, is_use: bool = True
) -> Session | None:
    """Return the session of that token while it holds, noting at most once a minute its use.

    `is_use` False: a program asks by itself, nobody is known to sit there, and nothing is noted.
    """
    return await store_sessions.fetch_session(
        pool, token_hash=hash_token(token), at=at, idle=limits.idle, is_use=is_use
    )


async def signed_in(
    pool: Pool, *, centre_id: int, at: datetime, limits: SessionLimits
) -> tuple[Staff, ...]:
    """Return the staff of a centre who are signed in, by username."""
    return await store_sessions.fetch_signed_in(pool, centre_id=centre_id, at=at, idle=limits.idle)


async def sign_out(pool: Pool, token: str) -> None:
    """End the session of that token."""
    await store_sessions.delete_session(pool, token_hash=hash_token(token))


def csrf_matches(session: Session, given: str | None) -> bool:
    """Say whether a form carries its session's token, in constant time."""
    return is_same_secret(session.csrf, given or "")
