"""The first centre and its administrator are made whole, once, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool, open_pool
from core_services.people.errors import BadUsernameError, WeakPasswordError
from core_services.people.passwords import Passwords
from core_services.people.staff import list_staff
from queue_server import administration
from queue_server.administration import Administrator, load_centre, make_centre
from queue_server.centre_file import CentreFile, read_centre_file
from queue_server.centre_text import centre_text
from queue_server.policy.present import read_present
from queue_server.settings import ServerSettings
from queue_server.setup.draft import Draft
from queue_server.setup.offer import read_offer
from queue_server.setup.steps import describe
from queue_server.store_centre import CentreThere, describe_centre, list_centres
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.setting_up import STEPS
from tests.unit.test_centre_file import GOOD

SAMI = Administrator("sami", "sharqia-hall-26", "سامي رشاد", "Sami")
HOURS = "\n[hours]\nsunday = { opens = 09:00:00, closes = 14:00:00 }\n"


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> ServerSettings:
    return ServerSettings(
        data_dir=tmp_path, database=database.app_dsn, database_owner=database.owner_dsn
    )


@pytest.fixture
def file() -> CentreFile:
    hours = {"numbers": "week", "sunday_opens": "09:00", "sunday_closes": "14:00"}
    return describe(Draft.model_validate({"typed": {**STEPS, "hours": hours}}), read_offer())


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[Pool]:
    pool = await open_pool(database.owner_dsn, size=2, application_name="test")
    try:
        yield pool
    finally:
        await pool.close()


async def assert_nothing(owner: Pool, settings: ServerSettings) -> None:
    assert await list_centres(owner) == []
    assert await owner.fetchval("SELECT count(*) FROM centre_event") == 0
    assert not list(settings.data_dir.glob("keys/*.pem"))


async def test_all_of_it_is_made_with_hours_key_and_administrator(
    owner: Pool, settings: ServerSettings, file: CentreFile, clock: ManualClock
) -> None:
    made = await make_centre(settings, owner, file, SAMI, at=clock.now())
    assert (made.code, made.windows, made.services, made.has_hours) == ("KFS", 9, 2, True)
    assert made.new_key is not None
    assert made.new_key.exists()
    (sami,) = await list_staff(owner, centre_id=1)
    assert (sami.username, sami.role) == ("sami", "admin")
    body = (await read_present(owner, 1)).body
    assert body.hours.applies
    assert body.hours.week.sunday is not None
    assert body.hours.week.saturday is None
    assert body.credit_s()["age65"] == 900
    assert body.first.profiles == ("priority",)
    assert (await verify(owner, 1)).is_whole


async def test_a_centre_that_is_there_is_never_made_again(
    owner: Pool, settings: ServerSettings, file: CentreFile, clock: ManualClock
) -> None:
    outcomes = await asyncio.gather(
        *(
            make_centre(settings, owner, file, replace(SAMI, username=name), at=clock.now())
            for name in ("sami", "hoda")
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, CentreThere) for each in outcomes) == 1
    assert len(await list_staff(owner, centre_id=1)) == 1
    assert len(list(settings.data_dir.glob("keys/*.pem"))) == 1


@pytest.mark.parametrize("broken", ["make_first_plans", "publish_first_hours", "create_staff"])
async def test_broken_off_at_any_step_nothing_is_there(
    owner: Pool,
    settings: ServerSettings,
    file: CentreFile,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    goes_on: Callable[..., object] = getattr(administration, broken)

    async def breaks(*_: object, **__: object) -> None:
        raise KeyError(broken)

    monkeypatch.setattr(administration, broken, breaks)
    with pytest.raises(KeyError):
        await make_centre(settings, owner, file, SAMI, at=clock.now())
    await assert_nothing(owner, settings)
    monkeypatch.setattr(administration, broken, goes_on)
    await make_centre(settings, owner, file, SAMI, at=clock.now())


async def test_an_administrator_who_may_not_be_leaves_no_centre(
    owner: Pool, settings: ServerSettings, file: CentreFile, clock: ManualClock
) -> None:
    for wrong, error in (
        (replace(SAMI, password="short"), WeakPasswordError),
        (replace(SAMI, username="Not A Name"), BadUsernameError),
    ):
        with pytest.raises(error):
            await make_centre(settings, owner, file, wrong, at=clock.now())
        await assert_nothing(owner, settings)


async def test_a_files_hours_hold_until_there_is_a_policy(
    owner: Pool, settings: ServerSettings, clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "centre.toml"
    for hours, has_hours, version in (("", False, None), (HOURS, True, 1), (HOURS, False, 1)):
        path.write_text(GOOD + hours, encoding="utf-8")
        done = await load_centre(settings, path, renew_key=False, at=clock.now())
        assert done.has_hours is has_hours
        present = await read_present(owner, 1)
        assert (present.version and present.version.version) == version


async def test_a_centre_shown_as_a_file_and_loaded_again_is_unchanged(
    owner: Pool,
    settings: ServerSettings,
    file: CentreFile,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    await make_centre(settings, owner, file, SAMI, at=clock.now())
    path = tmp_path / "centre.toml"
    path.write_text(centre_text(await describe_centre(owner, 1)), encoding="utf-8")
    shown = read_centre_file(path, read_offer().catalogue.services)
    assert shown.services == file.services
    assert sorted(shown.windows, key=lambda each: each.numbers) == sorted(
        file.windows, key=lambda each: each.numbers
    )
    done = await load_centre(settings, path, renew_key=False, at=clock.now())
    assert not done.loaded.is_changed
    with pytest.raises(LookupError):
        await describe_centre(owner, 2)


async def test_letters_and_quotes_of_a_centre_survive_being_shown(
    owner: Pool, settings: ServerSettings, clock: ManualClock, tmp_path: Path
) -> None:
    text = GOOD.replace('en = "Centre"', 'en = "The \\"Centre\\"\\\\ of\\u007f it"')
    text = text.replace("\n\n[[profiles]]", '\nletter = "A"\n\n[[profiles]]')
    path = tmp_path / "centre.toml"
    path.write_text(text, encoding="utf-8")
    await load_centre(settings, path, renew_key=False, at=clock.now())
    path.write_text(centre_text(await describe_centre(owner, 1)), encoding="utf-8")
    assert 'letter = "A"' in path.read_text(encoding="utf-8")
    done = await load_centre(settings, path, renew_key=False, at=clock.now())
    assert not done.loaded.is_changed


async def test_a_joined_pool_is_one_transaction_and_shows_no_snapshot(
    owner: Pool, passwords: Passwords
) -> None:
    async with owner.joined() as one:
        assert not one.is_idle
        first = await one.fetchval("SELECT txid_current()")
        async with one.transaction() as connection:
            assert await connection.fetchval("SELECT txid_current()") == first
        with pytest.raises(RuntimeError):
            one.snapshot()
        await one.close()
        assert await one.fetchval("SELECT 1") == 1
