"""A training centre is set up as the real one, apart from it; neither is taken for the other."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool, open_pool
from core_services.people.model import Staff
from core_services.people.passwords import Passwords
from core_services.people.staff import create_staff, disable_staff
from core_services.settings import load_settings
from queue_server.administration import load_centre, migrate_database
from queue_server.backup import create, restore
from queue_server.backup.errors import OtherKind
from queue_server.backup.keeping import Keep, centres_in
from queue_server.backup.sealing import Secrets
from queue_server.console import packaged_centre
from queue_server.database import NotTraining, TrainingDatabase, open_migrated, require_migrated
from queue_server.demo.crowd import Crowd
from queue_server.settings import ServerSettings
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.store_reading import read_centre
from queue_server.training.crowd import run_crowd
from queue_server.training.errors import (
    CentresFolder,
    NotEmpty,
    SettingsOfCentre,
    SettingsOfTraining,
    StillUsed,
    TrainingThere,
)
from queue_server.training.start import make_training, reset_training
from queue_server.training.store import kind_of
from tests.support.backups import contents, empty_database, no_bar, run_sql
from tests.support.clock import ManualClock
from tests.support.database import Database, Servers, fresh_database
from tests.support.queue import KEY, add_kiosk, open_queue, open_windows
from tests.support.site import By
from tests.support.training import PASSWORD, Pair, make_pair, mark, settings_of, wish_for

COPIED = (
    "queue",
    "queue_pace",
    "service",
    "priority_credit",
    "work_profile",
    "work_profile_queue",
    "policy_version",
    "policy_now",
    "appointment_plan",
    "appointment_closure",
)
"""Tables whose rows are the same in both; windows and staff are alike in all but their state."""
OF_THE_PROGRAM = {"ticket_transition", "appointment_transition"}
MADE_ANEW = {"centre_head", "centre_event", "chain_entry", "signing_key", "training_mark"}
KIOSK = UUID("01930000-0000-7000-8000-00000000000a")
SECRET = "the real centre's own 2026"


@dataclass(frozen=True, slots=True)
class Both:
    """A real centre and the training centre that was made of it."""

    real: Database
    other: Database
    pair: Pair


async def make_real(database: Database, tmp_path: Path, passwords: Passwords) -> None:
    """Make Kafr Saqr with two clerks, one of whom has left, a number, a kiosk, a pace."""
    clock = ManualClock()
    await load_centre(
        settings_of(database, tmp_path / "real"),
        packaged_centre(),
        renew_key=False,
        at=clock.now(),
    )
    for row in (
        "INSERT INTO queue_pace SELECT 1, code, '{60,90}', 75, 60, 90 FROM queue",
        "INSERT INTO appointment_closure VALUES (1, '2027-01-25', 'إجازة رسمية')",
    ):
        await run_sql(database.owner_dsn, row)
    pool = await open_pool(database.app_dsn, size=2, application_name="test")
    try:
        await person(pool, passwords, "mona")
        left = await person(pool, passwords, "left")
        await disable_staff(pool, centre_id=1, staff_id=left.id, actor=By(), at=clock.now())
        await add_kiosk(pool, KIOSK)
        async with open_queue(pool, database.app_dsn, clock) as queue:
            await open_windows(queue, 5)
            await queue.issue(IssueRequest(KEY, "api"))
    finally:
        await pool.close()


async def person(pool: Pool, passwords: Passwords, username: str) -> Staff:
    return await create_staff(
        pool,
        passwords,
        centre_id=1,
        username=username,
        password=SECRET,
        role="clerk",
        name_ar="منى السيد",
        name_en="Mona El-Sayed",
        default_window=5,
        actor=By(),
        at=ManualClock().now(),
    )


@asynccontextmanager
async def a_real_and_an_empty_one(
    servers: Servers, folder: Path, passwords: Passwords
) -> AsyncIterator[tuple[Database, Database]]:
    server = await servers.server("embedded")
    async with fresh_database(server) as real, fresh_database(server) as other:
        await make_real(real, folder, passwords)
        yield real, other


@asynccontextmanager
async def made_of_a_real_one(
    servers: Servers, folder: Path, passwords: Passwords
) -> AsyncIterator[Both]:
    async with a_real_and_an_empty_one(servers, folder, passwords) as (real, other):
        yield Both(real, other, await make_pair(real, other, folder, ManualClock()))


@pytest.fixture(scope="module")
async def both(
    postgres_servers: Servers, tmp_path_factory: pytest.TempPathFactory, passwords: Passwords
) -> AsyncIterator[Both]:
    """Both centres, for tests that leave them as they are."""
    folder = tmp_path_factory.mktemp("both")
    async with made_of_a_real_one(postgres_servers, folder, passwords) as made:
        yield made


@pytest.fixture
async def changing(
    postgres_servers: Servers, tmp_path: Path, passwords: Passwords
) -> AsyncIterator[Both]:
    """Both centres, of one test alone."""
    async with made_of_a_real_one(postgres_servers, tmp_path, passwords) as made:
        yield made


@pytest.fixture
async def unmade(
    postgres_servers: Servers, tmp_path: Path, passwords: Passwords
) -> AsyncIterator[tuple[Database, Database]]:
    """A real centre, and a database that is as good as new."""
    async with a_real_and_an_empty_one(postgres_servers, tmp_path, passwords) as made:
        yield made


async def rows(database: Database, table: str) -> list[str]:
    """Return a table's rows as text, sorted."""
    return (await contents(database.owner_dsn))[table]


async def counts(database: Database) -> dict[str, int]:
    """Return how many rows each table has that has any."""
    return {name: len(rows) for name, rows in (await contents(database.owner_dsn)).items() if rows}


async def test_a_training_centre_is_set_up_as_the_real_one_and_holds_nothing_else(
    both: Both,
) -> None:
    real, other, pair = both.real, both.other, both.pair
    for table in COPIED:
        assert await rows(other, table) == await rows(real, table), table
    found = await counts(other)
    assert set(found) == (
        {*COPIED, "centre", "service_window", "staff"} | OF_THE_PROGRAM | MADE_ANEW
    ) - {"policy_version", "policy_now"}
    assert found["staff"] == 1
    assert found["service_window"] == 9
    assert pair.made.accounts == ("mona",)
    centre = await read(other)
    assert centre is not None
    assert centre.is_training
    assert (centre.name_ar[:8], centre.name_en[:11]) == ("تدريب – ", "TRAINING – ")


async def read(database: Database) -> Any:
    pool = await open_pool(database.app_dsn, size=1, application_name="test")
    try:
        return await read_centre(pool)
    finally:
        await pool.close()


async def test_the_published_policy_goes_along_and_a_draft_does_not(
    unmade: tuple[Database, Database], tmp_path: Path
) -> None:
    real, other = unmade
    connection = await asyncpg.connect(real.owner_dsn)
    try:
        await connection.execute(
            "INSERT INTO policy_now (centre_id, version) VALUES (1, 1);"
            "INSERT INTO policy_version (centre_id, version, state, body, created_at, changed_at,"
            " published_at, holds_since) VALUES (1, 1, 'published', '{}', now(), now(), now(),"
            " now());"
            "INSERT INTO policy_version (centre_id, version, state, body, created_at, changed_at)"
            " VALUES (1, 2, 'draft', '{}', now(), now())"
        )
    finally:
        await connection.close()
    await make_pair(real, other, tmp_path, ManualClock())
    assert await rows(other, "policy_now") == await rows(real, "policy_now")
    assert len(await rows(other, "policy_version")) == 1


async def test_making_one_changes_no_row_of_the_real_centre(
    unmade: tuple[Database, Database], tmp_path: Path
) -> None:
    real, other = unmade
    before = await contents(real.owner_dsn)
    await make_pair(real, other, tmp_path, ManualClock())
    assert await contents(real.owner_dsn) == before


async def test_accounts_have_their_names_and_none_of_the_real_passwords(
    both: Both, passwords: Passwords
) -> None:
    other = both.other
    connection = await asyncpg.connect(other.owner_dsn)
    try:
        kept = await connection.fetchval("SELECT password_hash FROM staff WHERE username = 'mona'")
        everything = await connection.fetchval("SELECT start::text FROM training_mark")
    finally:
        await connection.close()
    assert (await passwords.verify(kept, PASSWORD)).is_right
    assert not (await passwords.verify(kept, SECRET)).is_right
    assert "argon2" not in everything


async def test_its_settings_name_what_is_its_own_and_nothing_that_leads_outside(both: Both) -> None:
    pair = both.pair
    settings = load_settings(ServerSettings, pair.made.settings)
    assert settings.training
    assert settings.database == pair.training.database
    assert settings.data_dir == pair.training.data_dir
    assert (settings.public_url, settings.backup_dir) == (None, None)
    assert pair.made.settings.stat().st_mode & 0o777 == 0o600
    assert os.listdir(settings.data_dir / "keys") != []


async def test_a_server_of_either_kind_refuses_the_database_of_the_other(both: Both) -> None:
    real, other, pair = both.real, both.other, both.pair
    await require_migrated(real.app_dsn)
    await require_migrated(other.app_dsn, is_training=True)
    with pytest.raises(TrainingDatabase):
        await require_migrated(other.app_dsn)
    with pytest.raises(NotTraining):
        await require_migrated(real.app_dsn, is_training=True)
    with pytest.raises(NotTraining):
        await migrate_database(settings_of(real, pair.real.data_dir, training=True))
    with pytest.raises(TrainingDatabase):
        await migrate_database(settings_of(other, pair.training.data_dir))
    with pytest.raises(TrainingDatabase):
        async with open_migrated(other.app_dsn):
            pass


async def test_an_empty_database_is_no_training_centre_until_it_is_marked(
    database: Database,
) -> None:
    assert await kind_of(database.app_dsn) == "empty"
    with pytest.raises(NotTraining):
        await require_migrated(database.app_dsn, is_training=True)
    await mark(database.owner_dsn)
    assert await kind_of(database.read_dsn) == "training"


async def test_a_real_centre_is_never_marked_and_a_mark_never_goes(both: Both) -> None:
    real, other = both.real, both.other
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="not made one for"):
        await mark(real.owner_dsn)
    connection = await asyncpg.connect(other.owner_dsn)
    try:
        for statement in ("DELETE FROM training_mark", "TRUNCATE training_mark"):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="not made a real"):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_what_lets_staff_in_is_read_by_the_owner_of_the_database_alone(both: Both) -> None:
    other = both.other
    for dsn in (other.app_dsn, other.read_dsn):
        connection = await asyncpg.connect(dsn)
        try:
            assert await connection.fetchval("SELECT made_at FROM training_mark")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetchval("SELECT password_hash FROM training_mark")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("INSERT INTO training_mark DEFAULT VALUES")
        finally:
            await connection.close()


async def test_a_training_centre_is_made_over_nothing_that_is_there(
    both: Both, tmp_path: Path
) -> None:
    real, other, pair = both.real, both.other, both.pair
    clock = ManualClock()
    with pytest.raises(TrainingThere):
        await make_training(pair.real, wish_for(other, pair.training.data_dir), clock=clock)
    with pytest.raises(SettingsOfTraining):
        await make_training(pair.training, wish_for(other, tmp_path / "more"), clock=clock)
    with pytest.raises(NotEmpty, match="the database holds a centre"):
        await make_training(pair.real, wish_for(real, tmp_path / "more"), clock=clock)
    for folder in (pair.real.data_dir / "training", pair.real.data_dir, pair.real.data_dir.parent):
        with pytest.raises(CentresFolder):
            await make_training(pair.real, wish_for(other, folder), clock=clock)
    connection = await asyncpg.connect(other.owner_dsn)
    try:
        with pytest.raises(StillUsed):
            await make_training(pair.real, wish_for(other, tmp_path / "more"), clock=clock)
    finally:
        await connection.close()


async def test_one_that_was_broken_off_is_begun_anew(changing: Both) -> None:
    other, pair = changing.other, changing.pair
    pair.made.settings.unlink()
    again = wish_for(other, pair.training.data_dir)
    made = await make_training(pair.real, again, clock=ManualClock())
    assert made.settings.exists()
    assert len(await rows(other, "staff")) == 1


async def test_a_lesson_is_forgotten_and_the_centre_is_as_it_was_made(
    changing: Both, passwords: Passwords
) -> None:
    other, pair = changing.other, changing.pair
    clock = ManualClock(ManualClock().now() + timedelta(hours=2))
    as_made = await contents(other.owner_dsn)
    await learn(other, clock)
    assert "ticket" in await counts(other)
    await reset_training(pair.training, clock=clock)
    after = await contents(other.owner_dsn)
    assert len(after.pop("device")) == 1
    changed = {table for table, rows in after.items() if rows != as_made[table]}
    assert changed == {"centre", "centre_head", "centre_event", "chain_entry", "training_mark"}
    pool = await open_pool(other.app_dsn, size=1, application_name="test")
    try:
        assert (await verify(pool, 1)).is_whole
        device = await pool.fetchrow("SELECT id, out_of_service_at FROM device")
    finally:
        await pool.close()
    assert device is not None
    assert (device["id"], device["out_of_service_at"]) == (KIOSK, None)
    centre = await read(other)
    assert centre.training_since == clock.now()
    assert centre.name_ar.startswith("تدريب – ")


async def learn(database: Database, clock: ManualClock) -> None:
    """Give and call numbers, change a password, close a service, put the kiosk out of service."""
    pool = await open_pool(database.app_dsn, size=2, application_name="test")
    try:
        await add_kiosk(pool, KIOSK)
        async with open_queue(pool, database.app_dsn, clock) as queue:
            await open_windows(queue, 5)
            for _ in range(3):
                await queue.issue(IssueRequest(KEY, "api"))
            await queue.call_next(5, actor=KEY, own_only=False)
    finally:
        await pool.close()
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await owner.execute(
            "UPDATE staff SET password_hash = '$argon2id$other', name_ar = 'غيره';"
            "UPDATE service SET is_open = false;"
            "UPDATE device SET out_of_service_at = now(), out_of_service_ar = 'عطل',"
            " out_of_service_en = ''"
        )
    finally:
        await owner.close()


async def test_what_is_not_marked_is_never_emptied(both: Both) -> None:
    real, pair = both.real, both.pair
    clock = ManualClock()
    before = await counts(real)
    with pytest.raises(SettingsOfCentre, match="--config"):
        await reset_training(pair.real, clock=clock)
    with pytest.raises(NotTraining):
        await reset_training(settings_of(real, pair.real.data_dir, training=True), clock=clock)
    assert await counts(real) == before


@pytest.mark.parametrize(
    ("listen", "server"),
    [
        ("0.0.0.0:8180", "http://127.0.0.1:8180"),
        ("[::]:8180", "http://[::1]:8180"),
        ("192.168.7.2:8180", "http://192.168.7.2:8180"),
    ],
)
async def test_people_come_to_where_the_training_server_listens(
    both: Both, monkeypatch: pytest.MonkeyPatch, listen: str, server: str
) -> None:
    seen: list[Crowd] = []

    async def let_come(crowd: Crowd, **_: object) -> None:
        seen.append(crowd)

    monkeypatch.setattr("queue_server.training.crowd.let_people_come", let_come)
    settings = both.pair.training.model_copy(update={"listen": listen, "allow_plain_lan": True})
    clock = ManualClock()
    await run_crowd(settings, speed=1, waiting=1, seed=1, clock=clock, say=lambda _: None)
    assert [crowd.server for crowd in seen] == [server]


async def test_a_training_centre_is_not_emptied_under_its_server(both: Both) -> None:
    other, pair = both.other, both.pair
    pool = await open_pool(other.app_dsn, size=1, application_name="shubbak serve")
    try:
        with pytest.raises(StillUsed, match="shubbak_app"):
            await reset_training(pair.training, clock=ManualClock())
    finally:
        await pool.close()


async def test_a_centre_file_loaded_for_training_keeps_the_mark_in_the_name(changing: Both) -> None:
    other, pair = changing.other, changing.pair
    settings = settings_of(other, pair.training.data_dir, training=True)
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    await load_centre(settings, packaged_centre(), renew_key=False, at=at)
    assert (await read(other)).name_ar.startswith("تدريب – ")
    assert not (await read(other)).name_ar.startswith("تدريب – تدريب")


async def test_a_backup_of_either_kind_is_not_restored_as_the_other(
    changing: Both, postgres_servers: Servers, tmp_path: Path
) -> None:
    pair = changing.pair
    clock, folder = ManualClock(), tmp_path / "backups"
    folder.mkdir()
    made = {}
    for settings in (pair.real, pair.training):
        owner = settings.database_owner
        assert owner is not None
        order = create.Order(settings, None, folder, keep=Keep(daily=1, weekly=0))
        made[settings.training] = (await create.create_backup(order, owner, clock=clock)).path
    assert [centres_in(made[each].name) for each in (False, True)] == ["KFS", "KFS-TRAINING"]
    assert made[False].exists()  # the newest of the day was the other's
    async with empty_database(await postgres_servers.server("embedded")) as elsewhere:
        for is_training in (False, True):
            place = settings_of(elsewhere, tmp_path / "elsewhere", training=is_training)
            wrong = restore.Order(place, made[not is_training], Secrets())
            with pytest.raises(OtherKind):
                await restore.restore_backup(wrong, clock=clock, bar=no_bar)
        assert await kind_of(elsewhere.owner_dsn) == "empty"
        right = restore.Order(place, made[True], Secrets())
        await restore.restore_backup(right, clock=clock, bar=no_bar)
        await require_migrated(elsewhere.app_dsn, is_training=True)
