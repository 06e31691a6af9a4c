"""Staff and API keys on a real database: what is kept, what is refused, what is recorded."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core_services.database.errors import DatabaseError
from core_services.database.pool import Pool, open_pool
from core_services.people.api_keys import ApiKeys, add_key, list_keys, revoke_key
from core_services.people.errors import (
    BadUsernameError,
    KeyNameTakenError,
    LastAdminError,
    UnknownCentreError,
    UnknownKeyError,
    UnknownStaffError,
    UsernameTakenError,
    WeakPasswordError,
)
from core_services.people.model import Role, Staff
from core_services.people.passwords import Passwords
from core_services.people.staff import (
    change_staff,
    create_staff,
    disable_staff,
    enable_staff,
    find_staff,
    list_staff,
)
from tests.support.centres import add_centre
from tests.support.clock import ManualClock
from tests.support.database import Database

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
PASSWORD = "kfs-hall-2026!"


@dataclass(frozen=True)
class By:
    kind: str = "system"
    id: UUID | None = None


async def add(
    pool: Pool, passwords: Passwords, username: str = "mona", role: Role = "clerk"
) -> Staff:
    return await create_staff(
        pool,
        passwords,
        centre_id=1,
        username=username,
        password=PASSWORD,
        role=role,
        name_ar="منى السيد",
        name_en="Mona El-Sayed",
        default_window=3,
        actor=By(),
        at=AT,
    )


@pytest.fixture
async def centre(pool: Pool) -> int:
    return await add_centre(pool)


async def test_staff_are_kept_as_they_were_given(
    pool: Pool, centre: int, passwords: Passwords
) -> None:
    made = await add(pool, passwords)
    assert made == await find_staff(pool, centre_id=centre, username="mona")
    assert [made] == await list_staff(pool, centre_id=centre)
    assert made.name("ar") == "منى السيد"
    assert made.default_window == 3
    assert made.is_active


async def test_no_password_is_stored_as_it_is(
    pool: Pool, centre: int, passwords: Passwords
) -> None:
    await add(pool, passwords)
    kept = await pool.fetchval("SELECT to_jsonb(s)::text FROM staff s")
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


async def test_a_username_belongs_to_one_person(
    pool: Pool, centre: int, passwords: Passwords
) -> None:
    await add(pool, passwords)
    with pytest.raises(UsernameTakenError):
        await add(pool, passwords)


@pytest.mark.parametrize("username", ["", "m", "Mona", "منى", "mona sayed", "1mona", "a" * 33])
async def test_a_username_can_be_typed_on_any_keyboard(
    pool: Pool, centre: int, passwords: Passwords, username: str
) -> None:
    with pytest.raises(BadUsernameError):
        await add(pool, passwords, username)


@pytest.mark.parametrize("password", ["short", "x" * 201, "mona-mona-1", "aaaaaaaaaaaa"])
async def test_a_weak_password_is_refused_with_its_reason(
    pool: Pool, centre: int, passwords: Passwords, password: str
) -> None:
    with pytest.raises(WeakPasswordError, match="cannot be used: it"):
        await create_staff(
            pool,
            passwords,
            centre_id=1,
            username="mona",
            password=password,
            role="clerk",
            name_ar="",
            name_en="",
            actor=By(),
            at=AT,
        )
    assert await list_staff(pool, centre_id=1) == []


async def test_staff_of_an_unknown_centre_are_refused(pool: Pool, passwords: Passwords) -> None:
    with pytest.raises(UnknownCentreError):
        await add(pool, passwords)


async def test_every_change_of_staff_is_one_event_in_the_chain(
    pool: Pool, centre: int, passwords: Passwords
) -> None:
    boss = await add(pool, passwords, "hoda", "admin")
    mona = await add(pool, passwords)
    await change_staff(
        pool,
        centre_id=centre,
        staff_id=mona.id,
        role="supervisor",
        name_ar="منى",
        name_en="Mona",
        default_window=None,
        actor=By("staff", boss.id),
        at=AT,
    )
    await disable_staff(pool, centre_id=centre, staff_id=mona.id, actor=By("staff", boss.id), at=AT)
    await disable_staff(pool, centre_id=centre, staff_id=mona.id, actor=By("staff", boss.id), at=AT)
    await enable_staff(pool, centre_id=centre, staff_id=mona.id, actor=By("staff", boss.id), at=AT)
    events = await pool.fetch("SELECT * FROM people_event ORDER BY revision")
    assert [event["event"] for event in events] == [
        "created",
        "created",
        "changed",
        "disabled",
        "enabled",
    ]
    assert [event["revision"] for event in events] == [1, 2, 3, 4, 5]
    assert {event["actor_id"] for event in events[2:]} == {boss.id}
    assert await pool.fetchval("SELECT revision FROM centre_head") == 5
    assert await pool.fetchval("SELECT count(*) FROM chain_entry") == 5


async def test_events_hold_no_name(pool: Pool, centre: int, passwords: Passwords) -> None:
    await add(pool, passwords)
    text = await pool.fetchval("SELECT to_jsonb(e)::text FROM people_event e")
    assert "mona" not in text.lower()
    assert "منى" not in text


async def test_an_event_is_never_before_the_last_one_of_its_subject(
    pool: Pool, centre: int, passwords: Passwords
) -> None:
    mona = await add(pool, passwords)
    await disable_staff(pool, centre_id=1, staff_id=mona.id, actor=By(), at=AT - timedelta(hours=1))
    times = await pool.fetch("SELECT at FROM people_event ORDER BY revision")
    assert [row["at"] for row in times] == [AT, AT]


async def test_the_last_administrator_cannot_be_shut_out(
    pool: Pool, centre: int, passwords: Passwords
) -> None:
    boss = await add(pool, passwords, "hoda", "admin")
    with pytest.raises(LastAdminError):
        await disable_staff(pool, centre_id=1, staff_id=boss.id, actor=By(), at=AT)
    with pytest.raises(LastAdminError):
        await change_staff(
            pool,
            centre_id=1,
            staff_id=boss.id,
            role="clerk",
            name_ar="",
            name_en="",
            default_window=None,
            actor=By(),
            at=AT,
        )
    assert (await find_staff(pool, centre_id=1, username="hoda")) == boss
    await add(pool, passwords, "samir", "admin")
    gone = await disable_staff(pool, centre_id=1, staff_id=boss.id, actor=By(), at=AT)
    assert not gone.is_active


async def test_unknown_staff_are_named(pool: Pool, centre: int) -> None:
    with pytest.raises(UnknownStaffError, match="nobody"):
        await find_staff(pool, centre_id=1, username="nobody")
    with pytest.raises(UnknownStaffError):
        await disable_staff(pool, centre_id=1, staff_id=UUID(int=7), actor=By(), at=AT)


async def test_a_key_is_recognised_until_it_is_revoked(pool: Pool, centre: int) -> None:
    clock = ManualClock(AT)
    keys = ApiKeys(pool, clock)
    new = await add_key(
        pool, centre_id=1, name="kiosk vendor", scopes=["issue", "read"], actor=By(), at=AT
    )
    assert new.text.startswith("shubbak_")
    assert len(new.text) == len("shubbak_") + 32
    found = await keys.verify(new.text)
    assert found is not None
    assert found.scopes == ("issue", "read")
    assert await keys.verify(new.text[:-1] + "_") is None
    assert await keys.verify("Bearer nonsense") is None

    await revoke_key(pool, centre_id=1, key_id=new.key.id, actor=By(), at=AT)
    await clock.advance(1.9)
    assert await keys.verify(new.text) == found
    await clock.advance(0.2)
    assert await keys.verify(new.text) is None
    events = await pool.fetch("SELECT event FROM people_event ORDER BY revision")
    assert [row["event"] for row in events] == ["added", "revoked"]


async def test_a_known_key_is_looked_up_at_most_every_two_seconds(pool: Pool, centre: int) -> None:
    clock = ManualClock(AT)
    keys = ApiKeys(pool, clock)
    new = await add_key(pool, centre_id=1, name="bots", scopes=["act"], actor=By(), at=AT)
    first = await keys.verify(new.text)
    await pool.execute("UPDATE api_key SET scopes = '{read}'")
    assert await keys.verify(new.text) == first
    await clock.advance(2.0)
    again = await keys.verify(new.text)
    assert again is not None
    assert again.scopes == ("read",)


async def test_the_use_of_a_key_is_noted_by_the_hour(pool: Pool, centre: int) -> None:
    clock = ManualClock(AT + timedelta(minutes=20))
    keys = ApiKeys(pool, clock)
    new = await add_key(pool, centre_id=1, name="bots", scopes=["act"], actor=By(), at=AT)
    assert new.key.last_used_at is None
    for _ in range(3):
        await keys.verify(new.text)
        await clock.advance(600)
    assert [key.last_used_at for key in await list_keys(pool, centre_id=1)] == [AT]
    await clock.advance(1200)
    await keys.verify(new.text)
    assert [key.last_used_at for key in await list_keys(pool, centre_id=1)] == [
        AT + timedelta(hours=1)
    ]


async def test_no_key_is_stored_as_it_is(pool: Pool, centre: int) -> None:
    new = await add_key(pool, centre_id=1, name="bots", scopes=["act"], actor=By(), at=AT)
    kept = await pool.fetchval("SELECT to_jsonb(k)::text FROM api_key k")
    assert new.text not in kept
    assert new.key.prefix in kept


async def test_a_key_name_is_free_again_when_its_key_is_revoked(pool: Pool, centre: int) -> None:
    first = await add_key(pool, centre_id=1, name="bots", scopes=["act"], actor=By(), at=AT)
    with pytest.raises(KeyNameTakenError):
        await add_key(pool, centre_id=1, name="bots", scopes=["act"], actor=By(), at=AT)
    await revoke_key(pool, centre_id=1, key_id=first.key.id, actor=By(), at=AT)
    await add_key(pool, centre_id=1, name="bots", scopes=["act"], actor=By(), at=AT)
    with pytest.raises(UnknownKeyError):
        await revoke_key(pool, centre_id=1, key_id=first.key.id, actor=By(), at=AT)


@pytest.mark.parametrize("table", ["people_event", "centre_event"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET at = at", "TRUNCATE {}"])
async def test_the_programs_cannot_rewrite_what_happened(pool: Pool, table: str, act: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        await pool.execute(act.format(table))


@pytest.mark.parametrize("table", ["staff", "api_key", "staff_session", "sign_in_attempt"])
async def test_reports_cannot_read_what_lets_people_in(database: Database, table: str) -> None:
    reader = await open_pool(database.read_dsn, size=1, application_name="test")
    try:
        with pytest.raises(Exception, match="permission denied"):
            await reader.fetch(f"SELECT * FROM {table}")
        await reader.fetch("SELECT username, role FROM staff")
    finally:
        await reader.close()


async def test_a_failed_change_leaves_no_event(
    pool: Pool, centre: int, passwords: Passwords
) -> None:
    mona = await add(pool, passwords)
    with pytest.raises(DatabaseError):
        await change_staff(
            pool,
            centre_id=1,
            staff_id=mona.id,
            role="clerk",
            name_ar="",
            name_en="",
            default_window=100,
            actor=By(),
            at=AT,
        )
    assert await pool.fetchval("SELECT count(*) FROM people_event") == 1
