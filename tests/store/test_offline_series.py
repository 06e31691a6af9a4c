"""Who gives which numbers while the line is cut: one letter a kiosk, a thousand numbers a disk."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from core_services.devices.model import Beat, Device
from core_services.devices.offline import (
    OFFLINE_LETTERS,
    OfflineRange,
    is_offline_number,
    range_from,
)
from core_services.devices.register import add_device, list_devices, note_beat, revoke_device
from core_services.devices.store_offline import series_of
from tests.support.centres import add_centre

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class By:
    kind: str = "system"
    id: UUID | None = None


class Fleet:
    """A centre's kiosks, asking for their series."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def kiosk(self, name: str) -> Device:
        made = await add_device(
            self.pool, centre_id=1, kind="kiosk", name=name, actor=By(), at=AT - DAY
        )
        return made.device

    async def connect(
        self,
        device: Device,
        journal: str,
        held: OfflineRange | None = None,
        *,
        at: datetime = AT,
    ) -> OfflineRange | None:
        return await series_of(self.pool, device, journal_id=journal, held=held, at=at)

    async def revoke(self, device: Device, *, at: datetime = AT) -> None:
        await revoke_device(self.pool, centre_id=1, device_id=device.id, actor=By(), at=at)

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        rows = await self.pool.fetch(
            "SELECT event, detail FROM device_event WHERE event LIKE 'series%' ORDER BY revision"
        )
        return [(row["event"], row["detail"]) for row in rows]


@pytest.fixture
async def fleet(pool: Pool) -> Fleet:
    await add_centre(pool)
    return Fleet(pool)


async def test_five_kiosks_have_five_letters_and_a_sixth_none(fleet: Fleet) -> None:
    kiosks = [await fleet.kiosk(f"K{n}") for n in range(1, 7)]
    given = [await fleet.connect(kiosk, f"disk-{kiosk.name}") for kiosk in kiosks]
    assert given == [*(OfflineRange(letter, 101) for letter in OFFLINE_LETTERS), None]
    again = [await fleet.connect(kiosk, f"disk-{kiosk.name}") for kiosk in reversed(kiosks)]
    assert again == given[::-1]
    assert await fleet.told() == [
        ("series_given", {"letter": letter, "first": 101, "last": 1000})
        for letter in OFFLINE_LETTERS
    ]
    assert (await verify(fleet.pool, 1)).is_whole


async def test_a_new_disk_has_the_next_thousand_and_an_old_one_its_own_again(
    fleet: Fleet,
) -> None:
    kiosk = await fleet.kiosk("K1")
    assert await fleet.connect(kiosk, "first") == OfflineRange("K", 101)
    assert await fleet.connect(kiosk, "second") == OfflineRange("K", 1101)
    assert await fleet.connect(kiosk, "third") == OfflineRange("K", 2101)
    assert await fleet.connect(kiosk, "first") == OfflineRange("K", 101)
    assert OfflineRange("K", 2101).last == 3000


async def test_a_server_restored_from_before_takes_over_what_a_disk_holds(fleet: Fleet) -> None:
    kiosk, other = await fleet.kiosk("K1"), await fleet.kiosk("K2")
    held = OfflineRange("L", 1101)
    assert await fleet.connect(kiosk, "disk-1", held) == held
    assert await fleet.connect(kiosk, "disk-1", held) == held
    assert await fleet.connect(kiosk, "disk-1") == held
    assert await fleet.connect(other, "disk-2") == OfflineRange("K", 101)
    assert await fleet.connect(kiosk, "a new disk") == OfflineRange("L", 2101)
    assert [event for event, _ in await fleet.told()] == [
        "series_kept", "series_given", "series_given",
    ]  # fmt: skip


async def test_a_range_that_another_disk_holds_is_not_given_twice(fleet: Fleet) -> None:
    kiosk, other = await fleet.kiosk("K1"), await fleet.kiosk("K2")
    held = OfflineRange("K", 101)
    assert await fleet.connect(kiosk, "disk-1") == held
    assert await fleet.connect(other, "disk-2", held) == OfflineRange("L", 101)
    assert await fleet.connect(other, "disk-2", held) == OfflineRange("L", 101)
    # The image of K1's disk in another machine: the same journal, another device.
    assert await fleet.connect(other, "disk-1", held) == OfflineRange("L", 1101)


async def test_a_revoked_kiosks_letter_is_free_once_its_day_is_over(fleet: Fleet) -> None:
    kiosks = [await fleet.kiosk(f"K{n}") for n in range(1, 6)]
    for kiosk in kiosks:
        await fleet.connect(kiosk, kiosk.name)
    await fleet.revoke(kiosks[1])
    newcomer = await fleet.kiosk("K6")
    assert await fleet.connect(newcomer, "new") is None
    assert await fleet.connect(newcomer, "new", at=AT + DAY) == OfflineRange("L", 1101)
    assert (await verify(fleet.pool, 1)).is_whole


async def test_the_same_disk_under_a_new_registration_keeps_its_range(fleet: Fleet) -> None:
    old = await fleet.kiosk("K1")
    held = await fleet.connect(old, "disk")
    await fleet.revoke(old)
    again = await fleet.kiosk("K1")
    assert await fleet.connect(again, "disk", held) == held == OfflineRange("K", 101)
    assert await fleet.connect(again, "another disk") == OfflineRange("K", 1101)


async def test_what_cannot_be_a_range_is_no_range() -> None:
    assert range_from("K", 101) == OfflineRange("K", 101)
    for letter, first in (("T", 101), ("", 101), ("K", 100), ("K", 102), ("K", 999_101)):
        assert range_from(letter, first) is None, (letter, first)
    assert is_offline_number("K", 105)
    assert is_offline_number("Y", 2000)
    for letter, number in (("A", 105), ("K", 100), ("K", 1001), ("K", 1100), ("", 105)):
        assert not is_offline_number(letter, number), (letter, number)


async def test_a_letter_whose_ranges_are_all_given_gives_no_more(fleet: Fleet) -> None:
    kiosk = await fleet.kiosk("K1")
    await fleet.connect(kiosk, "disk", OfflineRange("K", 998_101))
    assert await fleet.connect(kiosk, "another disk") is None


async def test_two_processes_that_welcome_a_disk_at_once_give_it_one_range(fleet: Fleet) -> None:
    kiosk, other = await fleet.kiosk("K1"), await fleet.kiosk("K2")
    given = await asyncio.gather(
        *(fleet.connect(kiosk, "disk-1") for _ in range(4)),
        *(fleet.connect(other, "disk-2") for _ in range(4)),
    )
    assert len(set(given[:4])) == len(set(given[4:])) == 1
    assert given[0] != given[4]
    assert len(await fleet.told()) == 2


async def test_the_list_of_devices_tells_the_range_of_the_disk_that_connected_last(
    fleet: Fleet,
) -> None:
    kiosk = await fleet.kiosk("K1")
    for journal in ("first", "second"):
        await fleet.connect(kiosk, journal)
        beat = Beat(version="1", journal_id=journal, undelivered=3)
        await note_beat(fleet.pool, kiosk, beat, process_id=UUID(int=1), at=AT)
    (state,) = await list_devices(fleet.pool, centre_id=1, at=AT)
    assert state.offline == OfflineRange("K", 1101)
    assert state.presence is not None
    assert state.presence.beat.undelivered == 3
    assert not state.has_no_letter
