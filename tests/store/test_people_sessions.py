"""Signing in and out on a real database: tokens, ends, limits."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core_services.database.pool import Pool
from core_services.people.errors import (
    SignInError,
    TooManyAttemptsError,
    WrongCredentialsError,
)
from core_services.people.model import Role, SignedIn, Staff
from core_services.people.passwords import Passwords
from core_services.people.sessions import (
    SessionLimits,
    csrf_matches,
    find_session,
    sign_in,
    sign_out,
)
from core_services.people.staff import (
    change_own_password,
    create_staff,
    disable_staff,
    reset_password,
)
from tests.store.test_people import PASSWORD, By
from tests.support.centres import add_centre

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
LIMITS = SessionLimits()
SECOND = timedelta(seconds=1)


@pytest.fixture
async def mona(pool: Pool, passwords: Passwords) -> Staff:
    await add_centre(pool)
    return await add(pool, passwords, "mona", "clerk")


@pytest.fixture
async def hoda(pool: Pool, passwords: Passwords, mona: Staff) -> Staff:
    return await add(pool, passwords, "hoda", "supervisor")


async def add(pool: Pool, passwords: Passwords, username: str, role: Role) -> Staff:
    return await create_staff(
        pool,
        passwords,
        centre_id=1,
        username=username,
        password=PASSWORD,
        role=role,
        name_ar="",
        name_en="",
        actor=By(),
        at=AT,
    )


async def enter(
    pool: Pool,
    passwords: Passwords,
    username: str = "mona",
    password: str = PASSWORD,
    *,
    at: datetime = AT,
    address: str = "10.0.0.7",
    replaces: str | None = None,
) -> SignedIn:
    return await sign_in(
        pool,
        passwords,
        centre_id=1,
        username=username,
        password=password,
        address=address,
        at=at,
        limits=LIMITS,
        replaces=replaces,
    )


async def fail(
    pool: Pool,
    passwords: Passwords,
    username: str = "mona",
    *,
    at: datetime = AT,
    address: str = "10.0.0.7",
) -> None:
    with pytest.raises(WrongCredentialsError):
        await enter(pool, passwords, username, "wrong password", at=at, address=address)


async def test_a_sign_in_gives_a_token_that_finds_its_session(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    signed_in = await enter(pool, passwords, "  Mona ")
    found = await find_session(pool, signed_in.token, at=AT, limits=LIMITS)
    assert found == signed_in.session
    assert found.staff.id == mona.id
    assert found.staff.last_sign_in_at == AT
    assert csrf_matches(found, signed_in.session.csrf)
    assert not csrf_matches(found, None)
    assert not csrf_matches(found, "ـ")
    assert len(signed_in.token) == 52
    kept = await pool.fetchval("SELECT to_jsonb(s)::text FROM staff_session s")
    assert signed_in.token not in kept


async def test_eastern_digits_of_a_password_are_the_western_ones(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    await enter(pool, passwords, password=PASSWORD.replace("2026", "٢٠٢٦"))


async def test_wrong_and_unknown_are_told_apart_by_nothing(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    said = []
    for username in ("mona", "nobody"):
        with pytest.raises(WrongCredentialsError) as caught:
            await enter(pool, passwords, username, "wrong password")
        said.append(str(caught.value))
    assert said[0] == said[1]


async def test_a_new_sign_in_ends_the_session_it_replaces(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    first = await enter(pool, passwords)
    second = await enter(pool, passwords, replaces=first.token)
    assert second.token != first.token
    assert await find_session(pool, first.token, at=AT, limits=LIMITS) is None
    assert await find_session(pool, second.token, at=AT, limits=LIMITS) is not None


async def test_a_signed_out_token_finds_nothing(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    signed_in = await enter(pool, passwords)
    await sign_out(pool, signed_in.token)
    await sign_out(pool, signed_in.token)
    assert await find_session(pool, signed_in.token, at=AT, limits=LIMITS) is None


async def test_a_supervisors_session_ends_without_use(
    pool: Pool, passwords: Passwords, hoda: Staff
) -> None:
    token = (await enter(pool, passwords, "hoda")).token
    used = AT + timedelta(minutes=29)
    assert await find_session(pool, token, at=used, limits=LIMITS) is not None
    assert await find_session(pool, token, at=used + 29 * 60 * SECOND, limits=LIMITS) is not None
    idle = used + timedelta(minutes=59, seconds=1)
    assert await find_session(pool, token, at=idle, limits=LIMITS) is None


async def test_what_is_no_use_finds_the_session_and_does_not_prolong_it(
    pool: Pool, passwords: Passwords, hoda: Staff
) -> None:
    token = (await enter(pool, passwords, "hoda")).token
    for minutes in (10, 20, 29):
        at = AT + timedelta(minutes=minutes)
        found = await find_session(pool, token, at=at, limits=LIMITS, is_use=False)
        assert found is not None
        assert found.seen_at == AT
    idle = AT + timedelta(minutes=30)
    assert await find_session(pool, token, at=idle, limits=LIMITS, is_use=False) is None


async def test_a_clerks_session_stays_until_its_absolute_end(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    token = (await enter(pool, passwords)).token
    last = AT + timedelta(hours=12) - SECOND
    assert await find_session(pool, token, at=last, limits=LIMITS) is not None
    assert await find_session(pool, token, at=last + SECOND, limits=LIMITS) is None


async def test_use_is_written_at_most_once_a_minute(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    token = (await enter(pool, passwords)).token
    for seconds, seen_s in ((59, 0), (61, 61), (100, 61), (121, 121)):
        await find_session(pool, token, at=AT + seconds * SECOND, limits=LIMITS)
        seen_at = await pool.fetchval("SELECT seen_at FROM staff_session")
        assert seen_at == AT + seen_s * SECOND


async def test_a_disabled_person_is_out_at_once_and_stays_out(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    token = (await enter(pool, passwords)).token
    await disable_staff(pool, centre_id=1, staff_id=mona.id, actor=By(), at=AT)
    assert await find_session(pool, token, at=AT, limits=LIMITS) is None
    with pytest.raises(WrongCredentialsError):
        await enter(pool, passwords)


async def test_a_reset_password_ends_every_session(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    token = (await enter(pool, passwords)).token
    await reset_password(pool, passwords, mona, password="another-one-9", actor=By(), at=AT)
    assert await find_session(pool, token, at=AT, limits=LIMITS) is None
    with pytest.raises(WrongCredentialsError):
        await enter(pool, passwords)
    await enter(pool, passwords, password="another-one-9")
    events = await pool.fetch("SELECT event FROM people_event ORDER BY revision")
    assert [row["event"] for row in events] == ["created", "password_reset"]


async def test_ones_own_password_is_changed_knowing_the_present_one(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    async def change(current: str) -> None:
        await change_own_password(
            pool,
            passwords,
            mona,
            current=current,
            password="another-one-9",
            actor=By("staff", mona.id),
            at=AT,
            address="10.0.0.7",
        )

    with pytest.raises(WrongCredentialsError):
        await change("not this one")
    await change(PASSWORD)
    await enter(pool, passwords, password="another-one-9")
    events = await pool.fetch("SELECT event FROM people_event ORDER BY revision")
    assert [row["event"] for row in events] == ["created", "password_changed"]


async def test_the_sixth_wrong_password_waits_and_says_how_long(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    for _ in range(5):
        await fail(pool, passwords)
    with pytest.raises(TooManyAttemptsError) as caught:
        await enter(pool, passwords)
    assert caught.value.retry_at == AT + timedelta(seconds=5)
    assert "Try again in 5 seconds" in str(caught.value)


async def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    at = AT
    waits = []
    for _ in range(4):
        await fail(pool, passwords, at=at)
    for _ in range(10):
        await fail(pool, passwords, at=at)
        with pytest.raises(TooManyAttemptsError) as caught:
            await enter(pool, passwords, at=at)
        waits.append((caught.value.retry_at - at).total_seconds())
        at = caught.value.retry_at
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    await enter(pool, passwords, at=at)
    await fail(pool, passwords, at=at)
    await enter(pool, passwords, at=at)


async def test_waiting_does_not_make_the_wait_longer(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    for _ in range(5):
        await fail(pool, passwords)
    for second in range(5):
        with pytest.raises(TooManyAttemptsError):
            await enter(pool, passwords, at=AT + second * SECOND)
    await enter(pool, passwords, at=AT + 5 * SECOND)


async def test_an_hour_without_failure_forgets_the_failures(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    for _ in range(5):
        await fail(pool, passwords)
    later = AT + timedelta(hours=1, seconds=1)
    for _ in range(4):
        await fail(pool, passwords, at=later)
    await enter(pool, passwords, at=later)


async def test_guesses_made_side_by_side_are_all_counted(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    outcomes = await asyncio.gather(
        *(
            enter(pool, passwords, "mona", f"guess number {n}", address=f"10.0.0.{n}")
            for n in range(30)
        ),
        return_exceptions=True,
    )
    assert all(isinstance(outcome, SignInError) for outcome in outcomes)
    looked_at = sum(isinstance(outcome, WrongCredentialsError) for outcome in outcomes)
    assert looked_at == 5


async def test_one_address_trying_many_names_has_to_wait(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    for n in range(20):
        await fail(pool, passwords, f"name{n}")
    with pytest.raises(TooManyAttemptsError):
        await enter(pool, passwords)
    await enter(pool, passwords, address="10.0.0.8")


async def test_a_refused_attempt_counts_for_neither_name_nor_address(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    for n in range(20):
        await fail(pool, passwords, f"name{n}", address="10.0.0.9")
    for _ in range(10):
        with pytest.raises(TooManyAttemptsError):
            await enter(pool, passwords, address="10.0.0.9")
    assert await enter(pool, passwords, address="10.0.0.8")


async def test_clerks_behind_one_address_do_not_lock_each_other_out(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    for _ in range(60):
        await enter(pool, passwords)
    await fail(pool, passwords)
    await enter(pool, passwords)


async def test_a_reset_forgives_the_failures(pool: Pool, passwords: Passwords, mona: Staff) -> None:
    for _ in range(5):
        await fail(pool, passwords)
    await reset_password(pool, passwords, mona, password="another-one-9", actor=By(), at=AT)
    await enter(pool, passwords, password="another-one-9")


async def test_what_was_typed_as_a_name_is_never_stored(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    await fail(pool, passwords, "my secret password")
    rows = await pool.fetch("SELECT subject FROM sign_in_attempt")
    assert all(len(row["subject"]) == 32 for row in rows)


async def test_sign_ins_are_counted_by_day_and_take_no_revision(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    before = await pool.fetchval("SELECT revision FROM centre_head")
    await enter(pool, passwords)
    await fail(pool, passwords)
    await fail(pool, passwords, "nobody")
    count = await pool.fetchrow("SELECT day, succeeded, failed FROM sign_in_count")
    assert count is not None
    assert (count["day"], count["succeeded"], count["failed"]) == (AT.date(), 1, 2)
    assert await pool.fetchval("SELECT revision FROM centre_head") == before


async def test_a_password_under_old_parameters_is_hashed_anew_at_sign_in(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    before = await pool.fetchval("SELECT password_hash FROM staff")
    stronger = Passwords(time_cost=2, memory_kib=128, parallelism=1)
    try:
        await enter(pool, stronger)
        after = await pool.fetchval("SELECT password_hash FROM staff")
        assert before != after
        assert "m=128,t=2" in after
        await enter(pool, stronger)
        assert await pool.fetchval("SELECT password_hash FROM staff") == after
    finally:
        stronger.close()


async def test_ended_sessions_and_old_failures_are_swept(
    pool: Pool, passwords: Passwords, mona: Staff
) -> None:
    await enter(pool, passwords)
    await fail(pool, passwords, "nobody", address="10.0.0.9")
    await enter(pool, passwords, at=AT + timedelta(days=2))
    assert await pool.fetchval("SELECT count(*) FROM staff_session") == 1
    assert await pool.fetchval("SELECT count(*) FROM sign_in_attempt WHERE last_at = $1", AT) == 0
