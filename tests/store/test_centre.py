"""Loading a centre's file into a real database, once, again and changed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from core_services.database.pool import Pool, open_pool
from queue_server.appointments.model import SlotPlan
from queue_server.appointments.store_plans import make_first_plans
from queue_server.centre_file import CentreFile, Name, read_centre_file
from queue_server.store_centre import (
    CentreCodeChanged,
    CentreCodeTaken,
    Loaded,
    StillInUse,
    apply_centre,
    insert_signing_key,
    list_centres,
    signing_key_in_use,
)
from queue_server.tickets.model import Actor
from tests.support.appointments import MORNING
from tests.support.database import Database
from tests.unit.test_centre_file import CATALOGUE, GOOD

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
BY = Actor("system")
NAMES = {code: Name(ar=f"خدمة {code}", en=code) for code in CATALOGUE}


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[Pool]:
    opened = await open_pool(database.owner_dsn, size=2, application_name="test")
    yield opened
    await opened.close()


class Loader:
    """Loads texts of a centre's file."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self._pool = pool
        self._path = folder / "centre.toml"

    def read(self, text: str) -> CentreFile:
        self._path.write_text(text, encoding="utf-8")
        return read_centre_file(self._path, CATALOGUE)

    async def load(self, text: str) -> Loaded:
        return await apply_centre(self._pool, self.read(text), NAMES, actor=BY, at=AT)


@pytest.fixture
def loader(owner: Pool, tmp_path: Path) -> Loader:
    return Loader(owner, tmp_path)


async def test_a_file_makes_a_centre_that_the_programs_can_read(loader: Loader, pool: Pool) -> None:
    assert await loader.load(GOOD) == Loaded(is_new=True, is_changed=True, config_version=1)
    (centre,) = await list_centres(pool)
    assert (centre.id, centre.code, centre.name_ar) == (1, "KFS", "المركز")
    windows = await pool.fetch("SELECT number, profile, state FROM service_window ORDER BY number")
    assert [tuple(window) for window in windows] == [
        (number, "unified", "closed") for number in (1, 2, 3)
    ]
    services = await pool.fetch("SELECT code, queue, target_s, rank, name_ar FROM service")
    assert sorted(tuple(service) for service in services) == [
        ("reconciliation", "U", 420, 1, "خدمة reconciliation"),
        ("shop-new", "U", 300, 2, "خدمة shop-new"),
    ]
    credits = await pool.fetch("SELECT priority, credit_s FROM priority_credit ORDER BY priority")
    assert [tuple(row) for row in credits] == [
        ("age65", 900),
        ("disability", 900),
        ("infant", 900),
    ]


async def test_loading_the_same_file_again_changes_nothing(loader: Loader, pool: Pool) -> None:
    await loader.load(GOOD)
    assert await loader.load(GOOD) == Loaded(is_new=False, is_changed=False, config_version=1)
    assert await pool.fetchval("SELECT count(*) FROM centre_event") == 1


async def test_a_changed_file_is_one_event_and_a_new_version(loader: Loader, pool: Pool) -> None:
    await loader.load(GOOD)
    changed = GOOD.replace("target_s = 420", "target_s = 480").replace("[1, 2, 3]", "[1, 2]")
    assert await loader.load(changed) == Loaded(is_new=False, is_changed=True, config_version=2)
    assert await pool.fetchval("SELECT count(*) FROM service_window") == 2
    events = await pool.fetch("SELECT event, detail FROM centre_event ORDER BY revision")
    assert [row["detail"]["config_version"] for row in events] == [1, 2]
    assert events[0]["detail"]["sha256"] != events[1]["detail"]["sha256"]
    assert await pool.fetchval("SELECT revision FROM centre_head") == 2


async def test_a_left_out_service_goes_or_is_closed_once_it_has_been_asked_for(
    loader: Loader, owner: Pool, pool: Pool
) -> None:
    await loader.load(GOOD)
    without = GOOD.replace('shop-new = { queue = "U" }\n', "")
    await loader.load(without)
    assert await pool.fetchval("SELECT count(*) FROM service") == 1
    await loader.load(GOOD)
    await serve_someone(owner)
    await loader.load(without)
    assert await pool.fetchval("SELECT is_open FROM service WHERE code = 'shop-new'") is False
    await loader.load(GOOD)
    assert await pool.fetchval("SELECT is_open FROM service WHERE code = 'shop-new'") is True


async def test_a_left_out_service_that_may_be_booked_is_closed(loader: Loader, pool: Pool) -> None:
    await loader.load(GOOD)
    plan = SlotPlan(uuid4(), replace(MORNING, service="shop-new"))
    assert await make_first_plans(pool, 1, at=AT, plans=[plan], actor=BY) == 1
    await loader.load(GOOD.replace('shop-new = { queue = "U" }\n', ""))
    assert await pool.fetchval("SELECT is_open FROM service WHERE code = 'shop-new'") is False


async def test_what_has_served_citizens_cannot_be_left_out(
    loader: Loader, owner: Pool, pool: Pool
) -> None:
    await loader.load(GOOD)
    await serve_someone(owner)
    with pytest.raises(StillInUse, match="window 2"):
        await loader.load(GOOD.replace("[1, 2, 3]", "[1, 3]"))
    with pytest.raises(StillInUse, match='queue "U"'):
        await loader.load(GOOD.replace('"U"', '"V"'))
    assert await pool.fetchval("SELECT count(*) FROM service_window") == 3
    assert await pool.fetchval("SELECT string_agg(code, ',') FROM queue") == "U"
    await loader.load(GOOD.replace("[1, 2, 3]", "[1, 2]"))
    assert await pool.fetchval("SELECT count(*) FROM service_window") == 2
    await owner.execute(
        "INSERT INTO window_alarm (centre_id, id, kind, window_number, category, raised_at,"
        " raised_by) VALUES (1, gen_random_uuid(), 'fault', 1, 'printer', now(), gen_random_uuid())"
    )
    with pytest.raises(StillInUse, match="window 1"):  # it was never opened
        await loader.load(GOOD.replace("[1, 2, 3]", "[2]"))


async def test_a_refused_file_leaves_no_event(loader: Loader, owner: Pool, pool: Pool) -> None:
    await loader.load(GOOD)
    await serve_someone(owner)
    with pytest.raises(StillInUse):
        await loader.load(GOOD.replace("[1, 2, 3]", "[1, 3]").replace("Kafr Saqr", "Elsewhere"))
    assert await pool.fetchval("SELECT short_en FROM centre") == "Kafr Saqr"
    assert await pool.fetchval("SELECT count(*) FROM centre_event") == 1


async def test_a_centre_keeps_its_code(loader: Loader) -> None:
    await loader.load(GOOD)
    with pytest.raises(CentreCodeChanged, match='has the code "KFS", not "ZAG"'):
        await loader.load(GOOD.replace('"KFS"', '"ZAG"'))


async def test_a_code_belongs_to_one_centre(loader: Loader) -> None:
    await loader.load(GOOD)
    with pytest.raises(CentreCodeTaken):
        await loader.load(GOOD.replace("id = 1", "id = 2"))


async def test_two_centres_live_side_by_side(loader: Loader, pool: Pool) -> None:
    await loader.load(GOOD)
    await loader.load(GOOD.replace("id = 1", "id = 2").replace('"KFS"', '"ZAG"'))
    assert [centre.code for centre in await list_centres(pool)] == ["KFS", "ZAG"]
    heads = await pool.fetch("SELECT revision FROM centre_head")
    assert [row["revision"] for row in heads] == [1, 1]


async def test_a_profile_can_be_renamed_while_windows_use_it(loader: Loader, pool: Pool) -> None:
    await loader.load(GOOD)
    await loader.load(GOOD.replace('"unified"', '"all"'))
    assert await pool.fetchval("SELECT string_agg(code, ',') FROM work_profile") == "all"
    assert await pool.fetchval("SELECT string_agg(profile, ',') FROM service_window") == (
        "all,all,all"
    )


async def test_letters_can_change_hands(loader: Loader, pool: Pool) -> None:
    two = GOOD.replace(
        "[[profiles]]",
        '[[queues]]\ncode = "X"\nletter = "A"\nname = { ar = "ب", en = "B" }\n\n[[profiles]]',
        1,
    )
    await loader.load(two)
    await loader.load(
        two.replace('code = "U"', 'code = "U"\nletter = "A"').replace(
            'code = "X"\nletter = "A"', 'code = "X"\nletter = "J"'
        )
    )
    rows = await pool.fetch("SELECT code, series FROM queue ORDER BY code")
    assert [tuple(row) for row in rows] == [("U", "A"), ("X", "J")]


async def test_a_new_signing_key_retires_the_one_before(loader: Loader, pool: Pool) -> None:
    await loader.load(GOOD)
    assert await signing_key_in_use(pool, centre_id=1) is None
    for key_id in ("aa", "bb"):
        await insert_signing_key(
            pool, centre_id=1, key_id=key_id, public_key=bytes(32), actor=BY, at=AT
        )
    assert await signing_key_in_use(pool, centre_id=1) == "bb"
    events = await pool.fetch("SELECT event, detail FROM centre_event ORDER BY revision")
    assert [row["event"] for row in events] == ["loaded", "signing_key_added", "signing_key_added"]
    assert events[2]["detail"] == {"key": "bb", "public_key": "00" * 32}


async def serve_someone(owner: Pool) -> None:
    """Leave a ticket for shop-new that window 2 has finished."""
    async with owner.transaction() as connection:
        await connection.execute(
            """
            INSERT INTO ticket (centre_id, id, business_day, series, number, label, queue, service,
                   priority, lane, state, paper, channel, language, token, rank_at, issued_at,
                   arrived_at, waiting_since, called_at, started_at, finished_at,
                   window_number, position_at_issue, revision, last_at)
            VALUES (1, $1, '2026-11-22', '', 101, '101', 'U', 'shop-new', 'none', 'plain',
                    'finished', 'none', 'desk', 'ar', 'token', $2, $2, $2, $2,
                    $2, $2, $2, 2, 1, 1, $2)
            """,
            uuid4(),
            AT,
        )
