"""The fleet on a real database: tokens, presence, commands, deliveries."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core_services.database.pool import Pool
from core_services.devices.errors import (
    BadDeviceNameError,
    DeviceNameTakenError,
    UnknownCentreError,
    UnknownDeviceError,
)
from core_services.devices.model import Beat, Device, NewDevice
from core_services.devices.register import (
    add_device,
    claim_commands,
    find_device,
    insert_command,
    list_devices,
    note_beat,
    note_gone,
    note_shown,
    open_commands,
    release_commands,
    renew_token,
    revoke_device,
    settle_command,
    verify_token,
)
from tests.support.centres import add_centre

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HERE, THERE = UUID(int=1), UUID(int=2)


@dataclass(frozen=True)
class By:
    kind: str = "system"
    id: UUID | None = None


@pytest.fixture
async def kiosk(pool: Pool) -> NewDevice:
    await add_centre(pool)
    return await add_device(pool, centre_id=1, kind="kiosk", name="K1", actor=By(), at=AT)


async def leave(pool: Pool, device: Device, *, at: datetime = AT) -> UUID:
    command = uuid4()
    assert await insert_command(
        pool,
        centre_id=1,
        command_id=command,
        device_id=device.id,
        kind="reprint",
        payload={"ticket": "t"},
        at=at,
    )
    return command


async def test_a_token_finds_its_device_and_is_not_stored(pool: Pool, kiosk: NewDevice) -> None:
    assert await verify_token(pool, kiosk.token) == kiosk.device
    assert await find_device(pool, centre_id=1, name="K1") == kiosk.device
    assert await verify_token(pool, kiosk.token + "a") is None
    assert await verify_token(pool, "") is None
    kept = await pool.fetchval("SELECT to_jsonb(d)::text FROM device d")
    assert kiosk.token not in kept


async def test_a_renewed_token_ends_the_old_one(pool: Pool, kiosk: NewDevice) -> None:
    new = await renew_token(pool, centre_id=1, device_id=kiosk.device.id, actor=By(), at=AT)
    assert await verify_token(pool, kiosk.token) is None
    assert await verify_token(pool, new.token) == kiosk.device


async def test_a_revoked_device_is_refused_and_its_name_is_free(
    pool: Pool, kiosk: NewDevice
) -> None:
    with pytest.raises(DeviceNameTakenError):
        await add_device(pool, centre_id=1, kind="kiosk", name="K1", actor=By(), at=AT)
    await revoke_device(pool, centre_id=1, device_id=kiosk.device.id, actor=By(), at=AT)
    assert await verify_token(pool, kiosk.token) is None
    with pytest.raises(UnknownDeviceError):
        await revoke_device(pool, centre_id=1, device_id=kiosk.device.id, actor=By(), at=AT)
    with pytest.raises(UnknownDeviceError):
        await renew_token(pool, centre_id=1, device_id=kiosk.device.id, actor=By(), at=AT)
    again = await add_device(pool, centre_id=1, kind="kiosk", name="K1", actor=By(), at=AT)
    assert [state.device for state in await list_devices(pool, centre_id=1, at=AT)] == [
        again.device
    ]


@pytest.mark.parametrize("name", ["", "K 1", "كشك", "-K1", "K" * 33, "K1\n"])
async def test_a_device_name_is_plain(pool: Pool, kiosk: NewDevice, name: str) -> None:
    with pytest.raises(BadDeviceNameError):
        await add_device(pool, centre_id=1, kind="kiosk", name=name, actor=By(), at=AT)


async def test_a_device_of_an_unknown_centre_is_refused(pool: Pool) -> None:
    with pytest.raises(UnknownCentreError):
        await add_device(pool, centre_id=9, kind="kiosk", name="K1", actor=By(), at=AT)


async def test_adding_renewing_and_revoking_are_events_in_the_chain(
    pool: Pool, kiosk: NewDevice
) -> None:
    boss = uuid4()
    who = By("staff", boss)
    await renew_token(pool, centre_id=1, device_id=kiosk.device.id, actor=who, at=AT)
    await revoke_device(pool, centre_id=1, device_id=kiosk.device.id, actor=who, at=AT)
    rows = await pool.fetch("SELECT revision, event, actor_id FROM device_event ORDER BY revision")
    assert [tuple(row) for row in rows] == [
        (1, "added", None),
        (2, "token_renewed", boss),
        (3, "revoked", boss),
    ]
    assert await pool.fetchval("SELECT max(last_revision) FROM chain_entry") == 3


async def test_a_device_never_seen_is_not_up(pool: Pool, kiosk: NewDevice) -> None:
    (state,) = await list_devices(pool, centre_id=1, at=AT)
    assert state.presence is None
    assert not state.is_up


async def test_a_device_is_up_for_fifteen_seconds_after_its_last_word(
    pool: Pool, kiosk: NewDevice
) -> None:
    beat = Beat(
        version="0.1.0",
        journal_id="j1",
        printer="ready",
        paper="near_end",
        cover="closed",
        detail="roll low",
        jobs={"done": 3},
    )
    await note_beat(pool, kiosk.device, beat, process_id=HERE, at=AT)
    (state,) = await list_devices(pool, centre_id=1, at=AT + 15 * SECOND)
    assert state.is_up
    assert state.presence is not None
    assert state.presence.beat == beat
    (late,) = await list_devices(pool, centre_id=1, at=AT + 15.001 * SECOND)
    assert not late.is_up
    assert late.presence is not None
    assert late.presence.connected_by is None


async def test_what_a_device_leaves_unsaid_stays_as_it_was(pool: Pool, kiosk: NewDevice) -> None:
    full = Beat("0.1.0", "j1", "ready", "ok", "closed", "fine", {"done": 3})
    await note_beat(pool, kiosk.device, full, process_id=HERE, at=AT)
    await note_beat(pool, kiosk.device, Beat("0.1.1"), process_id=HERE, at=AT + SECOND)
    (state,) = await list_devices(pool, centre_id=1, at=AT + SECOND)
    assert state.presence is not None
    assert state.presence.beat == Beat("0.1.1", "j1", "ready", "ok", "closed", None, {"done": 3})


async def test_of_a_printer_that_was_taken_away_nothing_is_kept(
    pool: Pool, kiosk: NewDevice
) -> None:
    full = Beat("1", "j1", "not_ready", "out", "open", "paper_out", roll={"check": "blank"})
    await note_beat(pool, kiosk.device, full, process_id=HERE, at=AT)
    gone = Beat("1", "j1", "absent")
    await note_beat(pool, kiosk.device, gone, process_id=HERE, at=AT + SECOND)
    [state] = await list_devices(pool, centre_id=1, at=AT + SECOND)
    assert state.presence is not None
    beat = state.presence.beat
    assert (beat.printer, beat.paper, beat.cover, beat.roll) == ("absent", None, None, None)


async def test_a_word_that_comes_late_changes_nothing(pool: Pool, kiosk: NewDevice) -> None:
    await note_beat(pool, kiosk.device, Beat("new"), process_id=HERE, at=AT + SECOND)
    await note_beat(pool, kiosk.device, Beat("old"), process_id=THERE, at=AT)
    (state,) = await list_devices(pool, centre_id=1, at=AT + SECOND)
    assert state.presence is not None
    assert (state.presence.beat.version, state.presence.connected_by) == ("new", HERE)


async def test_after_the_clock_was_set_back_the_words_of_before_are_no_news(
    pool: Pool, kiosk: NewDevice
) -> None:
    back = AT - 3600 * SECOND
    command = await leave(pool, kiosk.device)
    await note_beat(pool, kiosk.device, Beat("before"), process_id=HERE, at=AT)
    await claim_commands(pool, kiosk.device, process_id=HERE, at=AT)
    (state,) = await list_devices(pool, centre_id=1, at=back)
    assert not state.is_up  # nobody knows when that was
    await note_beat(pool, kiosk.device, Beat("since"), process_id=THERE, at=back)
    (state,) = await list_devices(pool, centre_id=1, at=back + SECOND)
    assert state.is_up
    assert state.presence is not None
    assert (state.presence.beat.version, state.presence.connected_by) == ("since", THERE)
    (again,) = await claim_commands(pool, kiosk.device, process_id=THERE, at=back)
    assert again.id == command


async def test_a_lost_socket_leaves_the_newer_one_of_the_same_process(
    pool: Pool, kiosk: NewDevice
) -> None:
    await note_beat(pool, kiosk.device, Beat("1"), process_id=HERE, at=AT)
    await note_beat(pool, kiosk.device, Beat("1"), process_id=HERE, at=AT + 2 * SECOND)
    await note_gone(pool, kiosk.device, process_id=HERE, lost_at=AT + SECOND)
    (state,) = await list_devices(pool, centre_id=1, at=AT + 2 * SECOND)
    assert state.presence is not None
    assert state.presence.connected_by == HERE
    back = (
        AT - 3600 * SECOND
    )  # the clock was set back, and the socket was lost before its next word
    await note_gone(pool, kiosk.device, process_id=HERE, lost_at=back)
    (state,) = await list_devices(pool, centre_id=1, at=back)
    assert state.presence is not None
    assert state.presence.connected_by is None


async def test_a_lost_socket_frees_the_device_unless_another_process_holds_it(
    pool: Pool, kiosk: NewDevice
) -> None:
    async def holder() -> UUID | None:
        (state,) = await list_devices(pool, centre_id=1, at=AT + SECOND)
        assert state.presence is not None
        return state.presence.connected_by

    await note_beat(pool, kiosk.device, Beat("1"), process_id=HERE, at=AT)
    await note_gone(pool, kiosk.device, process_id=HERE)
    assert await holder() is None
    await note_beat(pool, kiosk.device, Beat("1"), process_id=THERE, at=AT + SECOND)
    await note_gone(pool, kiosk.device, process_id=HERE)
    assert await holder() == THERE


async def test_heartbeats_take_no_revision_and_wait_for_no_lock(
    pool: Pool, kiosk: NewDevice
) -> None:
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre(1)")
        async with asyncio.timeout(1):
            await note_beat(pool, kiosk.device, Beat("1"), process_id=HERE, at=AT)
            await note_shown(pool, kiosk.device, call_revision=5, shown_at=AT)
            await leave(pool, kiosk.device)
    assert await pool.fetchval("SELECT revision FROM centre_head") == 1


async def test_a_command_is_left_once(pool: Pool, kiosk: NewDevice) -> None:
    command = await leave(pool, kiosk.device)
    again = await insert_command(
        pool,
        centre_id=1,
        command_id=command,
        device_id=kiosk.device.id,
        kind="reprint",
        payload={"ticket": "other"},
        at=AT,
    )
    assert not again
    (waiting,) = await open_commands(pool, centre_id=1)
    assert waiting.payload == {"ticket": "t"}


async def test_a_command_rolls_back_with_its_transaction(pool: Pool, kiosk: NewDevice) -> None:
    async def leave_and_fail() -> None:
        async with pool.transaction() as connection:
            await insert_command(
                connection,
                centre_id=1,
                command_id=uuid4(),
                device_id=kiosk.device.id,
                kind="reprint",
                payload={},
                at=AT,
            )
            raise LookupError

    with pytest.raises(LookupError):
        await leave_and_fail()
    assert await open_commands(pool, centre_id=1) == []


async def test_each_command_is_taken_by_one_process(pool: Pool, kiosk: NewDevice) -> None:
    left = [await leave(pool, kiosk.device, at=AT + n * SECOND) for n in range(40)]
    at = AT + 60 * SECOND
    taken = await asyncio.gather(
        *(
            claim_commands(pool, kiosk.device, process_id=process, at=at)
            for process in (HERE, THERE) * 4
        )
    )
    ids = [command.id for commands in taken for command in commands]
    assert sorted(ids) == sorted(left)
    for commands in taken:
        assert [command.created_at for command in commands] == sorted(
            command.created_at for command in commands
        )


async def test_a_command_without_an_answer_is_offered_again(pool: Pool, kiosk: NewDevice) -> None:
    command = await leave(pool, kiosk.device)
    assert len(await claim_commands(pool, kiosk.device, process_id=HERE, at=AT)) == 1
    assert await claim_commands(pool, kiosk.device, process_id=HERE, at=AT + 29 * SECOND) == []
    (again,) = await claim_commands(pool, kiosk.device, process_id=THERE, at=AT + 30 * SECOND)
    assert again.id == command


async def test_a_lost_socket_gives_its_commands_back(pool: Pool, kiosk: NewDevice) -> None:
    command = await leave(pool, kiosk.device)
    await claim_commands(pool, kiosk.device, process_id=HERE, at=AT)
    await release_commands(pool, kiosk.device, process_id=THERE)
    assert await claim_commands(pool, kiosk.device, process_id=THERE, at=AT + SECOND) == []
    await release_commands(pool, kiosk.device, process_id=HERE)
    (again,) = await claim_commands(pool, kiosk.device, process_id=THERE, at=AT + SECOND)
    assert again.id == command


async def test_a_command_is_settled_once_and_by_its_own_device(
    pool: Pool, kiosk: NewDevice
) -> None:
    other = await add_device(pool, centre_id=1, kind="kiosk", name="K2", actor=By(), at=AT)
    command = await leave(pool, kiosk.device)
    await claim_commands(pool, kiosk.device, process_id=HERE, at=AT)

    async def settle(device: Device) -> bool:
        return await settle_command(pool, device, command_id=command, outcome="done", at=AT)

    assert not await settle(other.device)
    assert await settle(kiosk.device)
    assert not await settle(kiosk.device)
    assert await open_commands(pool, centre_id=1) == []
    assert await claim_commands(pool, kiosk.device, process_id=HERE, at=AT + 60 * SECOND) == []


async def test_an_answer_that_outlives_its_delivery_still_settles(
    pool: Pool, kiosk: NewDevice
) -> None:
    command = await leave(pool, kiosk.device)
    await claim_commands(pool, kiosk.device, process_id=HERE, at=AT)
    await release_commands(pool, kiosk.device, process_id=HERE)
    assert await settle_command(
        pool, kiosk.device, command_id=command, outcome="done", at=AT + SECOND
    )


async def test_a_call_is_noted_as_shown_once_on_each_display(pool: Pool, kiosk: NewDevice) -> None:
    hall = await add_device(pool, centre_id=1, kind="display", name="D1", actor=By(), at=AT)
    assert await note_shown(pool, hall.device, call_revision=7, shown_at=AT)
    assert not await note_shown(pool, hall.device, call_revision=7, shown_at=AT + SECOND)
    assert await note_shown(pool, kiosk.device, call_revision=7, shown_at=AT)
    assert await pool.fetchval("SELECT min(shown_at) FROM call_delivery") == AT
