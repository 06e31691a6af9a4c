"""Codes of pairing on a real database: used once, tried rarely, erased at their end."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core_services.audit.verify import verify
from core_services.credentials import hash_token
from core_services.database.pool import Pool
from core_services.devices.errors import BadDeviceNameError, DeviceNameTakenError
from core_services.devices.pairing import (
    NewPairing,
    complete_pairing,
    count_attempt,
    end_pairing,
    keep_pairings,
    open_pairing,
    open_pairings,
    take_attempt,
)
from core_services.devices.register import add_device, verify_token
from core_services.devices.store_pairing import (
    ATTEMPTS,
    PER_ADDRESS,
    SPAN,
    UNDER_WAY,
    VALID_FOR,
)
from core_services.link.code_proof import stretch
from tests.support.centres import add_centre
from tests.support.site import By

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def opened(pool: Pool) -> NewPairing:
    await add_centre(pool)
    return await open_one(pool)


async def open_one(pool: Pool, name: str = "K1", *, at: datetime = AT) -> NewPairing:
    return await open_pairing(pool, centre_id=1, kind="kiosk", name=name, actor=By(), at=at)


async def events(pool: Pool) -> list[str]:
    """Return every event of pairings and devices, in the order of the chain."""
    rows = await pool.fetch(
        "SELECT revision, event FROM pairing_event UNION ALL"
        " SELECT revision, event FROM device_event ORDER BY 1"
    )
    return [row["event"] for row in rows]


async def test_a_code_is_kept_as_what_both_sides_make_of_it_and_erased_at_its_end(
    pool: Pool, opened: NewPairing
) -> None:
    row = await pool.fetchrow("SELECT salt, secret FROM device_pairing")
    assert row is not None
    assert row["secret"] == stretch(opened.code, row["salt"])
    done = await complete_pairing(pool, opened.pairing, actor=By(), at=AT)
    assert done is not None
    assert await pool.fetchval("SELECT count(*) FROM device_pairing WHERE secret IS NULL") == 1
    assert (await verify_token(pool, done.token)) == done.device
    assert await events(pool) == ["opened", "paired", "added"]
    assert (await verify(pool, 1)).is_whole


async def test_of_two_that_prove_a_code_at_once_one_is_paired(
    pool: Pool, opened: NewPairing
) -> None:
    done = await asyncio.gather(
        *(complete_pairing(pool, opened.pairing, actor=By(), at=AT) for _ in range(2))
    )
    assert [each is None for each in done].count(True) == 1
    assert await take_attempt(pool, centre_id=1, pairing_id=opened.pairing.id, at=AT) is None


async def test_a_known_machine_gets_another_token_and_the_old_one_ends(pool: Pool) -> None:
    await add_centre(pool)
    old = await add_device(pool, centre_id=1, kind="kiosk", name="K1", actor=By(), at=AT)
    opened = await open_one(pool)
    assert await verify_token(pool, old.token) is not None, "until somebody proves the code"
    new = await complete_pairing(pool, opened.pairing, actor=By(), at=AT)
    assert new is not None
    assert new.device == old.device
    assert await verify_token(pool, old.token) is None
    assert await events(pool) == ["added", "opened", "paired", "token_renewed"]


async def test_a_name_is_refused_when_it_is_none_or_of_another_kind(pool: Pool) -> None:
    await add_centre(pool)
    await add_device(pool, centre_id=1, kind="display", name="D1", actor=By(), at=AT)
    with pytest.raises(DeviceNameTakenError):
        await open_one(pool, "D1")
    with pytest.raises(BadDeviceNameError):
        await open_one(pool, "K 1")


async def test_a_code_has_three_attempts_and_ten_minutes(pool: Pool, opened: NewPairing) -> None:
    pairing = opened.pairing
    over = AT + VALID_FOR
    assert await take_attempt(pool, centre_id=1, pairing_id=pairing.id, at=over) is None
    assert await open_pairings(pool, centre_id=1, at=over) == ()
    taken = await asyncio.gather(
        *(
            take_attempt(pool, centre_id=1, pairing_id=pairing.id, at=over - SECOND)
            for _ in range(ATTEMPTS + 2)
        )
    )
    counts = sorted(each.pairing.attempts for each in taken if each is not None)
    assert counts == list(range(1, ATTEMPTS + 1))
    assert await open_pairings(pool, centre_id=1, at=AT) == ()


async def test_another_code_for_a_name_ends_the_one_before(pool: Pool, opened: NewPairing) -> None:
    again = await open_one(pool, at=AT + SECOND)
    other = await open_one(pool, "K2", at=AT + SECOND)
    found = await open_pairings(pool, centre_id=1, at=AT + SECOND)
    assert {each.id for each in found} == {again.pairing.id, other.pairing.id}
    assert await complete_pairing(pool, opened.pairing, actor=By(), at=AT) is None
    assert await events(pool) == ["opened", "replaced", "opened", "opened"]


async def test_a_code_is_withdrawn_once(pool: Pool, opened: NewPairing) -> None:
    async def withdraw() -> bool:
        return await end_pairing(
            pool,
            centre_id=1,
            pairing_id=opened.pairing.id,
            outcome="withdrawn",
            actor=By(),
            at=AT,
        )

    assert [await withdraw(), await withdraw()] == [True, False]
    assert await events(pool) == ["opened", "withdrawn"]


async def test_what_nobody_used_in_time_is_erased(pool: Pool, opened: NewPairing) -> None:
    await count_attempt(pool, centre_id=1, address=hash_token("a"), at=AT)
    await keep_pairings(pool, centre_id=1, actor=By(), at=AT + VALID_FOR - SECOND)
    assert await pool.fetchval("SELECT count(*) FROM device_pairing WHERE secret IS NULL") == 0
    await keep_pairings(pool, centre_id=1, actor=By(), at=AT + SPAN)
    assert await pool.fetchval("SELECT outcome FROM device_pairing") == "expired"
    assert await pool.fetchval("SELECT count(*) FROM pairing_attempt") == 0
    assert await events(pool) == ["opened"]


async def test_a_code_that_was_tried_out_is_burned_once_its_last_attempt_must_be_over(
    pool: Pool, opened: NewPairing
) -> None:
    for _ in range(ATTEMPTS):
        await take_attempt(pool, centre_id=1, pairing_id=opened.pairing.id, at=AT)
    await keep_pairings(pool, centre_id=1, actor=By(), at=AT + UNDER_WAY - SECOND)
    assert await events(pool) == ["opened"]
    await keep_pairings(pool, centre_id=1, actor=By(), at=AT + UNDER_WAY)
    assert await events(pool) == ["opened", "burned"]
    assert await pool.fetchval("SELECT count(*) FROM device_pairing WHERE secret IS NULL") == 1


async def test_an_address_has_ten_attempts_at_all_codes_in_a_quarter_of_an_hour(
    pool: Pool,
) -> None:
    await add_centre(pool)

    async def attempt(address: str, at: datetime) -> int:
        return await count_attempt(pool, centre_id=1, address=hash_token(address), at=at)

    waits = await asyncio.gather(*(attempt("10.0.0.9", AT) for _ in range(PER_ADDRESS + 3)))
    assert sorted(wait > 0 for wait in waits) == [False] * PER_ADDRESS + [True] * 3
    assert await attempt("10.0.0.8", AT) == 0
    assert await attempt("10.0.0.9", AT + timedelta(minutes=10)) == 300
    assert await attempt("10.0.0.9", AT + SPAN) == 0
