"""A centre is made of its backup again, on either database, and goes on with numbers of its own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.copying import Filling
from core_services.database.errors import StatementRefused
from core_services.database.migrations import migrate
from core_services.database.pool import open_pool
from core_services.database.programs import system_programs, wheel_programs
from core_services.database.schema import dump_schema
from queue_server.backup.errors import (
    BackupError,
    BackupRuns,
    CannotWrite,
    ChainBroken,
    NewerSchema,
    OtherMigrations,
    ServerRuns,
    SomethingThere,
    WrongNumber,
    WrongRows,
)
from queue_server.backup.folder import PARTIAL
from queue_server.backup.keeping import Keep
from queue_server.backup.model import Run
from queue_server.backup.sealing import SealWith, Secrets
from queue_server.backup.store import read_known, record_run
from queue_server.backup.swap import staging_in
from queue_server.backup.verify import verify_backup
from queue_server.database import RestoreUnfinished, require_migrated
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from tests.support.backups import (
    back_up,
    bring_back,
    contents,
    empty_database,
    no_bar,
    run_sql,
)
from tests.support.clock import ManualClock
from tests.support.database import Database, Kind, Servers, fresh_database
from tests.support.queue import KEY, make_centre, open_queue, open_windows

MARKED_BY_A_RESTORE = {"centre_head", "centre_event", "chain_entry", "label_counter", "backup_run"}


@asynccontextmanager
async def queue_on(database: Database, clock: ManualClock) -> AsyncIterator[Queue]:
    pool = await open_pool(database.app_dsn, size=2, application_name="test")
    try:
        async with open_queue(pool, database.app_dsn, clock) as queue:
            yield queue
    finally:
        await pool.close()


async def issue(database: Database, clock: ManualClock, count: int = 1) -> list[str]:
    """Give numbers of both queues in turn; return their labels."""
    services = ("reconciliation", "collection")
    async with queue_on(database, clock) as queue:
        made = [
            await queue.issue(IssueRequest(KEY, "api", service=services[nth % 2]))
            for nth in range(count)
        ]
    return [ticket.label for ticket in made]


async def live_a_morning(database: Database, clock: ManualClock) -> None:
    """Nine numbers, three of them called, one served."""
    await make_centre(database.owner_dsn)
    await issue(database, clock, 9)
    async with queue_on(database, clock) as queue:
        await open_windows(queue, 2, 3, 4)
        for window in (2, 3, 4):
            await queue.call_next(window, actor=KEY, own_only=False)
        await clock.advance(60)
        await queue.call_next(2, actor=KEY, own_only=False, finish=True)


@pytest.fixture
async def lived(database: Database) -> Database:
    await live_a_morning(database, ManualClock())
    return database


@pytest.fixture
async def elsewhere(postgres_servers: Servers) -> AsyncIterator[Database]:
    """An empty database to restore into."""
    async with empty_database(await postgres_servers.server("embedded")) as empty:
        yield empty


async def test_every_row_comes_back_on_the_other_postgresql_in_an_epoch_of_its_own(
    any_database: Database, postgres_servers: Servers, tmp_path: Path
) -> None:
    """From PostgreSQL 15 into the embedded 18, and from that into 15 where it is installed."""
    clock = ManualClock()
    await live_a_morning(any_database, clock)
    made = await back_up(any_database, tmp_path / "a", clock)
    before = await contents(any_database.owner_dsn)
    major = int(await run_sql(any_database.owner_dsn, "SHOW server_version_num")) // 10_000
    other: Kind = "system" if major == wheel_programs().major and system_programs() else "embedded"
    async with empty_database(await postgres_servers.server(other)) as empty:
        [centre] = (await bring_back(made.path, empty, tmp_path / "b", clock)).centres
        after = await contents(empty.owner_dsn)
        assert after.keys() == before.keys()
        for table in before.keys() - MARKED_BY_A_RESTORE:
            assert after[table] == before[table], table
        for table in ("centre_event", "chain_entry"):
            assert set(before[table]) < set(after[table])
            assert len(after[table]) == len(before[table]) + 1
        pool = await open_pool(empty.app_dsn, size=1, application_name="test")
        try:
            verdict = await verify(pool, 1)
        finally:
            await pool.close()
        assert verdict.is_whole
        assert verdict.revision == centre.revision
        fresh = await postgres_servers.server(other)
        assert await dump_schema(empty.owner_dsn) == await dump_schema(fresh.dsn())
        epoch = await run_sql(any_database.owner_dsn, "SELECT epoch FROM centre_head")
        assert centre.epoch != epoch
        assert centre.epoch == await run_sql(empty.owner_dsn, "SELECT epoch FROM centre_head")
        told = await run_sql(
            empty.owner_dsn, "SELECT detail::text FROM centre_event WHERE event = 'restored'"
        )
        for fact in (made.path.name, str(epoch), str(centre.epoch), '"numbers_from": 1101'):
            assert fact in told


async def test_no_number_of_the_day_is_given_a_second_time_however_often_it_is_restored(
    lived: Database, tmp_path: Path, postgres_servers: Servers
) -> None:
    """Numbers that were given after the backup are in people's hands."""
    clock = ManualClock()
    early = await back_up(lived, tmp_path, clock)
    given = set(await issue(lived, clock, 40))
    data = tmp_path / "data"
    server = await postgres_servers.server("embedded")
    async with empty_database(server) as first:
        await bring_back(early.path, first, data, clock)
        labels = await issue(first, clock, 40)
        assert labels[:4] == ["1101", "A1101", "1102", "A1102"]
        assert not given & set(labels)
        given |= set(labels)
        await clock.advance(1)
        late = await back_up(first, tmp_path, clock)
        given |= set(await issue(first, clock, 40))
        # The old backup once more: only the data folder knows how far the day has come.
        await bring_back(early.path, first, data, clock, replace=True)
        labels = await issue(first, clock, 40)
        assert labels[:2] == ["2101", "A2101"]
        assert not given & set(labels)
    async with empty_database(server) as second:
        # On a new machine the younger backup knows by itself.
        await bring_back(late.path, second, tmp_path / "new", clock)
        assert await issue(second, clock, 2) == ["2101", "A2101"]


async def test_a_person_may_say_from_which_number_that_day_goes_on_but_not_from_a_given_one(
    lived: Database, elsewhere: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    made = await back_up(lived, tmp_path, clock)
    with pytest.raises(WrongNumber, match="numbers up to 105 were given today"):
        await bring_back(made.path, elsewhere, tmp_path / "b", clock, numbers_from=105)
    # What the refused one has left is no hindrance.
    outcome = await bring_back(made.path, elsewhere, tmp_path / "b", clock, numbers_from=700)
    assert outcome.centres[0].numbers_from == 700
    assert await issue(elsewhere, clock, 3) == ["700", "A700", "701"]
    tomorrow = ManualClock(clock.now() + timedelta(days=1))
    assert await issue(elsewhere, tomorrow, 2) == ["101", "A101"]


async def test_what_is_there_is_set_aside_whole_and_only_when_told(
    lived: Database, database: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    made = await back_up(lived, tmp_path, clock)
    later = await issue(lived, clock, 1)
    with pytest.raises(SomethingThere, match="--replace"):
        await bring_back(made.path, lived, tmp_path / "b", clock)
    outcome = await bring_back(made.path, lived, tmp_path / "b", clock, replace=True)
    [aside] = outcome.set_aside
    schema = aside.removeprefix("the schema ")
    count = "SELECT count(*) FROM {}.ticket WHERE label = '" + later[0] + "'"
    assert await run_sql(lived.owner_dsn, count.format(schema)) == 1
    assert await run_sql(lived.owner_dsn, count.format("public")) == 0


async def test_nothing_is_restored_while_somebody_is_connected(
    lived: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    made = await back_up(lived, tmp_path, clock)
    async with queue_on(lived, clock):
        with pytest.raises(ServerRuns, match="shubbak_app are connected to the database"):
            await bring_back(made.path, lived, tmp_path / "b", clock, replace=True)


async def test_nobody_serves_on_a_restore_that_was_broken_off_and_the_next_one_begins_anew(
    lived: Database, elsewhere: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    made = await back_up(lived, tmp_path, clock)

    def cut(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    for moment in ("begin_anew", "swap_in"):  # without its own time; without its files and keys
        with monkeypatch.context() as patch:
            patch.setattr(f"queue_server.backup.restore.{moment}", cut)
            with pytest.raises(asyncio.CancelledError):
                await bring_back(made.path, elsewhere, tmp_path / "b", clock)
        with pytest.raises(RestoreUnfinished, match="shubbak backup restore"):
            await require_migrated(elsewhere.app_dsn)
    outcome = await bring_back(made.path, elsewhere, tmp_path / "b", clock)
    assert outcome.set_aside == ()
    await require_migrated(elsewhere.app_dsn)


async def test_an_older_schema_is_brought_forward_and_a_newer_one_is_refused_by_its_name(
    elsewhere: Database, tmp_path: Path, postgres_servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    async with empty_database(await postgres_servers.server("embedded")) as old:
        await migrate(old.owner_dsn, up_to=24)
        await make_centre(old.owner_dsn)
        with monkeypatch.context() as patch:
            patch.setattr("queue_server.backup.create.record_run", _told_nobody)
            made = await back_up(old, tmp_path, clock)
        await bring_back(made.path, elsewhere, tmp_path / "b", clock)
        await require_migrated(elsewhere.app_dsn)
        assert await issue(elsewhere, clock, 1) == ["1101"]
        await run_sql(
            old.owner_dsn,
            "INSERT INTO schema_migration VALUES (9001, '9001_tomorrow.sql', repeat('0', 64))",
        )
        with monkeypatch.context() as patch:
            patch.setattr("queue_server.backup.create.record_run", _told_nobody)
            await clock.advance(1)
            newer = await back_up(old, tmp_path, clock)
            await run_sql(
                old.owner_dsn,
                "WITH gone AS (DELETE FROM schema_migration WHERE number = 9001)"
                " UPDATE schema_migration SET checksum = repeat('1', 64) WHERE number = 3",
            )
            await clock.advance(1)
            other = await back_up(old, tmp_path, clock)
    for refused, error, words in (
        (newer, NewerSchema, r"newer schema than this program's: the backup has 9001_tomorrow"),
        (other, OtherMigrations, r"another 0003_people.sql than this program's"),
    ):
        with pytest.raises(error, match=words):
            await bring_back(refused.path, elsewhere, tmp_path / "b", clock, replace=True)
        with pytest.raises(error, match=words):
            await verify_backup(refused.path, Secrets(), at=clock.now(), bar=no_bar)


async def _told_nobody(*_: object) -> None:
    """The old schema has no table for it."""


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (
            "UPDATE ticket_event SET at = at + interval '1 s' WHERE revision = 5",
            "chain of KFS1 broken at revision 5: events or the link were changed",
        ),
        (
            "DELETE FROM ticket_event WHERE revision = 7",
            "chain of KFS1 broken at revision 7: events are missing",
        ),
    ],
)
async def test_a_chain_that_is_broken_is_found_in_the_backup_at_its_revision(
    lived: Database, elsewhere: Database, tmp_path: Path, harm: str, words: str
) -> None:
    clock = ManualClock()
    await run_sql(lived.owner_dsn, harm)
    made = await back_up(lived, tmp_path, clock)
    with pytest.raises(ChainBroken, match=words):
        await bring_back(made.path, elsewhere, tmp_path / "b", clock)
    assert not staging_in(tmp_path / "b").exists(), "keys may have been in it"
    with pytest.raises(RestoreUnfinished):
        await require_migrated(elsewhere.app_dsn)


async def test_a_backup_is_one_moment_however_much_happens_meanwhile(
    lived: Database, elsewhere: Database, tmp_path: Path
) -> None:
    """Numbers are given as fast as they go while it is written: all facts of it agree."""
    clock = ManualClock()
    before: list[str] = []
    stop, is_busy = asyncio.Event(), asyncio.Event()

    async def press() -> None:
        async with queue_on(lived, clock) as queue:
            while not stop.is_set():
                ticket = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
                before.append(ticket.label)
                if len(before) == 20:
                    is_busy.set()

    pressing = asyncio.create_task(press())
    await is_busy.wait()
    acknowledged = list(before)
    made = await back_up(lived, tmp_path, clock)
    during = len(before) - len(acknowledged)
    stop.set()
    await pressing
    assert during > 0
    await bring_back(made.path, elsewhere, tmp_path / "b", clock)  # walks the chain
    rows = await contents(elsewhere.owner_dsn)
    tickets = await run_sql(elsewhere.owner_dsn, "SELECT array_agg(label) FROM ticket")
    assert set(acknowledged) <= set(tickets)
    assert len(rows["ticket"]) == await run_sql(
        elsewhere.owner_dsn, "SELECT count(*) FROM ticket_event WHERE event = 'issue'"
    )


async def test_a_full_or_unwritable_folder_leaves_no_backup_and_the_reason_is_kept(
    lived: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    folder = tmp_path / "data" / "backups"
    good = await back_up(lived, tmp_path / "data", clock)
    await clock.advance(60)
    monkeypatch.setattr("queue_server.backup.writing.os.fsync", _disk_is_full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        await back_up(lived, tmp_path / "data", clock)
    assert [path.name for path in folder.iterdir()] == [good.path.name]
    pool = await open_pool(lived.app_dsn, size=1, application_name="test")
    try:
        known = await read_known(pool, 1)
    finally:
        await pool.close()
    assert known.last is not None
    assert "No space left on device" in str(known.last.why)
    assert known.good_at == good.made_at
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="Not a directory"):
        await back_up(lived, tmp_path / "file", clock)


def _disk_is_full(_: int) -> None:
    raise OSError(28, "No space left on device")


async def test_only_one_backup_is_written_at_a_time_and_what_a_killed_one_left_is_removed(
    lived: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    folder = tmp_path / "backups"
    folder.mkdir()
    left = folder / f"shubbak-KFS1-20260101T000000Z.shubbak{PARTIAL}"
    left.write_bytes(b"half")
    results = await asyncio.gather(
        back_up(lived, tmp_path, clock), back_up(lived, tmp_path, clock), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == ["BackupRuns", "Made"]
    assert not left.exists()
    assert BackupRuns(folder).folder == folder


async def test_backups_that_are_outlived_go_with_the_next_one(
    lived: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    others = tmp_path / "backups" / "shubbak-DES-20200101T000000Z.shubbak"
    others.parent.mkdir()
    others.touch()
    made = []
    for _ in range(4):
        made.append(await back_up(lived, tmp_path, clock, keep=Keep(daily=2, weekly=0)))
        await clock.advance(86_400)
    assert made[-1].removed == (made[1].path.name,)
    assert {path.name for path in (tmp_path / "backups").iterdir()} == {
        others.name,
        *(each.path.name for each in made[2:]),
    }


async def test_a_run_that_cannot_be_written_down_is_told_as_the_database_s_refusal(
    lived: Database, tmp_path: Path
) -> None:
    at = ManualClock().now()
    with pytest.raises(StatementRefused, match="permission denied"):
        await record_run(lived.read_dsn, Run(at, at, "x", why="the disk is full"))


async def test_a_deep_look_restores_a_sealed_backup_aside_and_finds_rows_that_are_missing(
    lived: Database, tmp_path: Path, short_dir: Path
) -> None:
    clock = ManualClock()
    seal = SealWith(passphrase="four words of length")
    made = await back_up(lived, tmp_path, clock, seal=seal)
    secrets = Secrets(passphrase=seal.passphrase)
    _, depth = await verify_backup(made.path, Secrets(), at=clock.now(), bar=no_bar)
    assert depth == "stored"
    _, depth = await verify_backup(
        made.path, secrets, at=clock.now(), bar=no_bar, is_deep=True, scratch=short_dir
    )
    assert depth == "restored"
    assert os.listdir(short_dir) == []


async def test_keys_go_only_into_backups_that_are_sealed_or_by_an_explicit_word(
    lived: Database, elsewhere: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    keys = tmp_path / "data" / "keys"
    keys.mkdir(parents=True)
    (keys / "persons.json").write_text("the key of every phone")
    seal = SealWith(passphrase="four words of length")
    plain = await back_up(lived, tmp_path / "data", clock)
    assert (plain.files, plain.has_secrets) == (0, False)
    await clock.advance(1)
    explicit = await back_up(lived, tmp_path / "data", clock, with_secrets=True)
    assert (explicit.files, explicit.has_secrets) == (1, True)
    await clock.advance(1)
    sealed = await back_up(lived, tmp_path / "data", clock, seal=seal)
    assert b"the key of every phone" not in sealed.path.read_bytes()
    without = await bring_back(plain.path, elsewhere, tmp_path / "b", clock)
    assert without.needs_keys
    await clock.advance(1)
    secrets = Secrets(passphrase=seal.passphrase)
    done = await bring_back(
        sealed.path, elsewhere, tmp_path / "b", clock, secrets=secrets, replace=True
    )
    assert not done.needs_keys
    back = tmp_path / "b" / "keys" / "persons.json"
    assert back.read_text() == "the key of every phone"


async def test_rows_that_contradict_each_other_or_their_number_are_not_restored(
    lived: Database, elsewhere: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    made = await back_up(lived, tmp_path, clock)

    takes = Filling.copy_in

    async def one_fewer(self: Filling, table: object, rows: object) -> int:
        return await takes(self, table, rows) - 1  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Filling, "copy_in", one_fewer)
        with pytest.raises(WrongRows, match="rows were noted"):
            await bring_back(made.path, elsewhere, tmp_path / "b", clock)
    assert issubclass(WrongRows, BackupError)


async def test_the_backup_reads_every_table_and_nothing_has_a_sequence(
    database: Database, postgres_servers: Servers
) -> None:
    """A sequence's state would be lost: ids are made by the programs."""
    assert await run_sql(database.owner_dsn, "SELECT count(*) FROM pg_sequences") == 0
    assert (
        await run_sql(
            database.owner_dsn,
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind NOT IN ('r', 'i', 'v', 't')",
        )
        == 0
    )
    async with fresh_database(await postgres_servers.server("embedded")) as other:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run_sql(other.app_dsn, "UPDATE backup_run SET bytes = 1")
