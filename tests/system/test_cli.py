"""The administrator's commands as processes, on a real database."""

import socket
import stat
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.pool import Pool, open_pool
from core_services.devices.register import verify_token
from core_services.people.api_keys import ApiKeys
from core_services.people.permissions import ALL_SCOPES
from core_services.people.sealing import read_keys
from queue_server.estimate.history import read_staffed, read_targets, read_visits
from queue_server.tickets.issuing import IssueRequest, issue_row
from queue_server.tickets.store_reading import read_services
from tests.support.clock import ManualClock
from tests.support.command import Ran, shubbak
from tests.support.database import Database
from tests.support.queue import KEY, open_queue, open_windows
from tests.unit.test_centre_file import GOOD

TURNED_ROUND = ("--from", "2026-11-02", "--to", "2026-11-01")


class Server:
    """The commands of one server with its settings file."""

    def __init__(self, folder: Path, database: str, owner: str | None) -> None:
        self.folder = folder
        self.config = folder / "server.toml"
        lines = [f'data_dir = "{folder / "data"}"', f'database = "{database}"']
        if owner is not None:
            lines.append(f'database_owner = "{owner}"')
        self.config.write_text("\n".join(lines))

    async def run(self, *words: str, stdin: str | None = None) -> Ran:
        return await shubbak(*words, "--config", str(self.config), stdin=stdin)

    async def load(self, text: str = GOOD, *words: str) -> Ran:
        path = self.folder / "centre.toml"
        path.write_text(text, encoding="utf-8")
        return await self.run("centre", "load", str(path), *words)


@pytest.fixture
def server(tmp_path: Path, database: Database) -> Server:
    return Server(tmp_path, database.app_dsn, database.owner_dsn)


@pytest.fixture
async def centre(server: Server) -> Server:
    """A server whose centre is loaded."""
    loaded = await server.load()
    assert loaded.code == 0, loaded.err
    return server


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("serve",),
        ("reload",),
        ("doctor",),
        ("demo",),
        ("migrate",),
        ("openapi",),
        ("centre", "load"),
        ("centre", "show"),
        ("user", "add"),
        ("user", "list"),
        ("user", "disable"),
        ("user", "password"),
        ("key", "add"),
        ("key", "revoke"),
        ("device", "add"),
        ("device", "list"),
        ("device", "revoke"),
        ("emergency-book", "print"),
        ("personal", "rekey"),
        ("audit", "verify"),
        ("export", "visits"),
        ("figures", "recompute"),
        ("backup", "create"),
        ("backup", "list"),
        ("backup", "verify"),
        ("backup", "restore"),
        ("backup", "key"),
        ("power", "failing"),
        ("power", "restored"),
        ("power", "critical"),
        ("power", "notify"),
    ],
)
async def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    told = await shubbak(*words, "--help")
    assert told.code == 0
    assert told.err == ""
    assert told.out.startswith("Usage:")
    assert "--help" in told.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("fly",), "No such command 'fly'"),
        (("demo", "--printer-profile", "clone-384"), "give that too"),
        (("user", "add"), "Missing argument"),
        (("user", "add", "mona", "--role", "boss", "--generate"), "'boss' is not one of"),
        (("user", "add", "mona", "--window", "0", "--generate"), "greater than or equal to 1"),
        (("user", "add", "mona"), "give --generate or --password-stdin"),
        (("key", "add", "--name", "x"), "name at least one --scope"),
        (("key", "add", "--name", "x", "--scope", "isue"), 'did you mean "issue"?'),
        (("device", "add", "--kind", "toaster", "--name", "T1"), "'toaster' is not one of"),
        (("export", "visits", "x.csv", *TURNED_ROUND), "the first day comes after the last"),
        (("figures", "recompute", *TURNED_ROUND), "the first day comes after the last"),
    ],
)
async def test_wrong_words_are_explained_with_code_2(
    server: Server, words: tuple[str, ...], sentence: str
) -> None:
    told = await shubbak(*words)
    assert told.code == 2
    assert sentence in told.err
    assert "Traceback" not in told.err


async def test_wrong_settings_are_explained_with_code_2(tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text('data_dri = "x"\n')
    told = await shubbak("user", "list", "--config", str(config))
    assert told.code == 2
    assert told.err.strip() == (
        f'{config}, line 1: "data_dri" is not a setting; did you mean "data_dir"?'
    )
    by_environment = await shubbak(
        "user", "list", environment={"SHUBBAK_SERVER_CONFIG": str(config)}
    )
    assert by_environment == told


async def test_a_file_that_cannot_be_written_is_told_by_its_path() -> None:
    told = await shubbak("openapi", "--output", "/nowhere/api.json")
    assert (told.code, told.err) == (1, "/nowhere/api.json: No such file or directory\n")


async def test_a_centre_is_loaded_once_and_again(server: Server) -> None:
    first = await server.load()
    assert first.code == 0, first.err
    assert "KFS: made; 3 windows, 2 services, configuration 1" in first.err
    (key,) = (server.folder / "data" / "keys").iterdir()
    assert str(key) in first.err
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    again = await server.load()
    assert (again.code, again.out) == (0, "")
    assert again.err.strip() == "KFS: unchanged; 3 windows, 2 services, configuration 1"
    assert [key] == list((server.folder / "data" / "keys").iterdir())


async def test_the_packaged_centre_has_nine_unified_windows(server: Server, pool: Pool) -> None:
    loaded = await server.run("centre", "load", "kafr_saqr.toml")
    assert loaded.code == 0, loaded.err
    windows = await pool.fetch(
        """
        SELECT w.number, p.priority_first, q.queue FROM service_window w
          JOIN work_profile p ON p.centre_id = w.centre_id AND p.code = w.profile
          JOIN work_profile_queue q ON q.centre_id = p.centre_id AND q.profile = p.code
         ORDER BY w.number
        """
    )
    assert [tuple(row) for row in windows] == [(n, n == 1, "U") for n in range(1, 10)]
    queue = await pool.fetchrow("SELECT name_ar, series FROM queue")
    assert queue is not None
    assert tuple(queue) == ("موحّد", "")
    assert await pool.fetchval("SELECT count(*) FROM service WHERE is_open") >= 40


async def test_a_bad_file_is_explained_with_code_2_and_loads_nothing(
    server: Server, pool: Pool
) -> None:
    told = await server.load(GOOD.replace("numbers = [1, 2, 3]", "numbers = [1, 1]"))
    assert told.code == 2
    assert told.err.strip() == (
        f"{server.folder}/centre.toml, line 19: windows 1.numbers: window 1 is named twice"
    )
    assert await pool.fetchval("SELECT count(*) FROM centre") == 0
    assert not (server.folder / "data").exists()


async def test_a_lost_signing_key_is_noticed_and_can_be_replaced(centre: Server) -> None:
    (key,) = (centre.folder / "data" / "keys").iterdir()
    key.unlink()
    told = await centre.load()
    assert told.code == 1
    assert f"is not at {key}; bring it back from the backup" in told.err
    renewed = await centre.load(GOOD, "--renew-key")
    assert renewed.code == 0, renewed.err
    (new,) = (centre.folder / "data" / "keys").iterdir()
    assert new != key


async def test_a_person_is_added_with_a_made_password_that_is_printed_once(
    centre: Server, pool: Pool
) -> None:
    added = await centre.run(
        "user", "add", "mona", "--role", "supervisor", "--name-ar", "منى", "--generate"
    )
    assert added.code == 0, added.err
    password = added.out.strip()
    assert len(password) == 19
    assert password not in added.err
    assert password not in await pool.fetchval("SELECT to_jsonb(s)::text FROM staff s")
    listed = await centre.run("user", "list")
    assert listed.out == "mona\tsupervisor\t-\tactive\tمنى\n"


async def test_a_person_is_added_with_a_password_from_standard_input(centre: Server) -> None:
    words = ("user", "add", "mona", "--password-stdin")
    weak = await centre.run(*words, stdin="short\n")
    assert weak.code == 1
    assert weak.err.strip() == "This password cannot be used: it needs at least 10 characters."
    assert (await centre.run(*words, stdin="kfs-hall-2026\n")).code == 0
    again = await centre.run(*words, stdin="kfs-hall-2026\n")
    assert again.code == 1
    assert again.err.strip() == 'The username "mona" is taken.'


async def test_a_person_is_shut_out_and_gets_another_password(centre: Server) -> None:
    await centre.run("user", "add", "mona", "--generate")
    assert (await centre.run("user", "password", "mona", "--generate")).code == 0
    assert (await centre.run("user", "disable", "mona")).code == 0
    assert "\tdisabled\t" in (await centre.run("user", "list")).out
    unknown = await centre.run("user", "disable", "nobody")
    assert (unknown.code, unknown.err.strip()) == (
        1,
        'No member of staff is known as "nobody".',
    )


async def test_a_key_is_printed_once_and_revoked_by_name(centre: Server, pool: Pool) -> None:
    added = await centre.run("key", "add", "--name", "bots", "--all-scopes")
    assert added.code == 0, added.err
    found = await ApiKeys(pool, ManualClock()).verify(added.out.strip())
    assert found is not None
    assert found.scopes == ALL_SCOPES
    assert (await centre.run("key", "revoke", "--name", "bots")).code == 0
    assert await ApiKeys(pool, ManualClock()).verify(added.out.strip()) is None
    again = await centre.run("key", "revoke", "--name", "bots")
    assert (again.code, again.err.strip()) == (1, 'No key in use is known as "bots".')


async def test_a_device_token_is_printed_once(centre: Server, pool: Pool) -> None:
    added = await centre.run("device", "add", "--kind", "kiosk", "--name", "K1")
    assert added.code == 0, added.err
    device = await verify_token(pool, added.out.strip())
    assert device is not None
    assert (device.kind, device.name) == ("kiosk", "K1")
    assert (await centre.run("device", "list")).out == "kiosk\tK1\tdown\tnever\n"
    assert (await centre.run("device", "revoke", "--name", "K1")).code == 0
    assert await verify_token(pool, added.out.strip()) is None


async def test_a_device_token_is_written_to_a_private_file(centre: Server, pool: Pool) -> None:
    path = centre.folder / "kiosk.token"
    words = ("device", "add", "--kind", "kiosk", "--token-file", str(path), "--name")
    added = await centre.run(*words, "K1")
    assert (added.code, added.out) == (0, ""), added.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token = path.read_text().strip()
    assert await verify_token(pool, token) is not None

    again = await centre.run(*words, "K2")
    assert again.code == 1
    assert "is there already; name a new file" in again.err
    assert path.read_text().strip() == token
    assert (await centre.run("device", "list")).out.count("\n") == 1

    path.unlink()
    taken = await centre.run(*words, "K1")
    assert taken.code == 1
    assert 'A device named "K1" is in use' in taken.err
    assert not path.exists()


async def test_an_emergency_book_is_written_and_recorded_and_the_next_one_goes_on(
    centre: Server, pool: Pool
) -> None:
    for name, numbers in (("one.pdf", "T101 to T120"), ("two.pdf", "T121 to T140")):
        out = centre.folder / name
        words = ("--day", "2026-11-29", "--count", "20", "--out", str(out))
        told = await centre.run("emergency-book", "print", *words)
        assert told.code == 0, told.err
        assert numbers in told.err
        assert out.read_bytes().startswith(b"%PDF-")
    rows = await pool.fetch("SELECT * FROM emergency_batch ORDER BY number")
    assert [(row["first_number"], row["printed_by_kind"]) for row in rows] == [
        (101, "system"),
        (121, "system"),
    ]
    assert {row["for_day"].isoformat() for row in rows} == {"2026-11-29"}
    nowhere = await centre.run("emergency-book", "print", "--out", "/nowhere/book.pdf")
    assert nowhere.code == 2
    assert "there is no folder /nowhere" in nowhere.err
    assert await pool.fetchval("SELECT count(*) FROM emergency_batch") == 2


async def test_a_whole_chain_is_said_to_be_whole(centre: Server, database: Database) -> None:
    await centre.run("device", "add", "--kind", "display", "--name", "D1")
    whole = await centre.run("audit", "verify")
    assert (whole.code, whole.err) == (0, "")
    assert whole.out.startswith("whole: 3 events, 3 links, head ")
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute("UPDATE device_event SET detail = '{}'")
    await owner.close()
    broken = await centre.run("audit", "verify")
    assert broken.code == 1
    assert "events 3 to 3: events or the link were changed" in broken.err
    assert "the chain is broken" in broken.err


async def test_past_numbers_are_written_as_files_that_the_backtest_reads(
    centre: Server, database: Database
) -> None:
    clock = ManualClock()
    pool = await open_pool(database.app_dsn, application_name="export")
    try:
        async with open_queue(pool, database.app_dsn, clock) as queue:
            window = (await queue.hall()).windows[0].number
            known = await read_services(pool, queue.centre.id)
            await open_windows(queue, window)
            ticket = await queue.issue(IssueRequest(KEY, "api"))
            await queue.call_next(window, actor=KEY, own_only=False)
            for act in ("start", "finish"):
                await clock.jump(90)
                await queue.act(ticket.id, act, actor=KEY, any_window=True)
    finally:
        await pool.close()
    visits, windows, services = (
        centre.folder / f"{name}.csv" for name in ("visits", "windows", "services")
    )
    ran = await centre.run(
        *("export", "visits", str(visits), "--windows", str(windows)),
        *("--services", str(services), "--from", "2026-11-20", "--to", "2026-11-23"),
    )
    assert ran.code == 0, ran.err
    with visits.open(encoding="utf-8-sig", newline="") as file:
        [visit] = read_visits(file, priorities=("none",))
    assert (visit.ticket, visit.outcome) == (str(ticket.id), "finished")
    with windows.open(encoding="utf-8-sig", newline="") as file:
        [span] = read_staffed(file)
    assert span.window == window
    with services.open(encoding="utf-8-sig", newline="") as file:
        targets = read_targets(file)
    assert {each.code: each.target_s for each in known} == targets
    for twice in (visits, windows):
        refused = await centre.run(
            *("export", "visits", str(visits)),
            *("--windows", str(windows), "--services", str(twice)),
        )
        assert refused.code == 2
        assert "name another" in refused.err
    nothing = await centre.run("export", "visits", str(visits), "--from", "yesterday")
    assert nothing.code == 2


async def test_without_a_centre_the_next_step_is_told(server: Server) -> None:
    told = await server.run("user", "add", "mona", "--generate")
    assert (told.code, told.out) == (1, "")
    assert told.err.strip() == "there is no centre yet; run: shubbak centre load FILE.toml"


async def test_with_several_centres_one_must_be_named(centre: Server) -> None:
    other = GOOD.replace("id = 1", "id = 2").replace('"KFS"', '"ZAG"')
    assert (await centre.load(other)).code == 0
    told = await centre.run("device", "list")
    assert told.code == 1
    assert "--centre KFS, ZAG" in told.err
    assert (await centre.run("device", "list", "--centre", "ZAG")).code == 0
    unknown = await centre.run("device", "list", "--centre", "XXX")
    assert 'there is no centre "XXX"; known are: KFS, ZAG' in unknown.err


async def test_an_unmigrated_database_is_told_and_migrated(
    tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    superuser = await asyncpg.connect(postgres.dsn("postgres", "postgres"))
    await superuser.execute("CREATE DATABASE bare OWNER shubbak_owner")
    try:
        server = Server(
            tmp_path, postgres.dsn("shubbak_app", "bare"), postgres.dsn("shubbak_owner", "bare")
        )
        told = await server.run("user", "list")
        assert told.code == 1
        assert "the database is not up to date" in told.err
        assert "run: shubbak migrate" in told.err
        migrated = await server.run("migrate")
        assert migrated.code == 0, migrated.err
        assert "applied 0001_roles.sql" in migrated.err
        again = await server.run("migrate")
        assert again.err.strip() == "the database is up to date"
        assert (await server.load()).code == 0
    finally:
        await superuser.execute("DROP DATABASE bare WITH (FORCE)")
        await superuser.close()


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        ("postgresql://shubbak_app@127.0.0.1:1/shubbak", "the database does not answer"),
        ("postgresql://shubbak_app@no-such-host.invalid/shubbak", "no-such-host.invalid"),
        ("postgresql://shubbak_app@/shubbak?host=/nowhere", "the database does not answer"),
    ],
)
async def test_a_database_that_is_not_there_is_told_without_a_traceback(
    tmp_path: Path, database: str, sentence: str
) -> None:
    told = await Server(tmp_path, database, database).run("user", "list")
    assert told.code == 1
    assert sentence in told.err
    assert "Traceback" not in told.err
    assert told.err.count("\n") == 1


async def test_a_missing_owner_is_told(tmp_path: Path, database: Database) -> None:
    server = Server(tmp_path, database.app_dsn, None)
    for told in (await server.run("migrate"), await server.load()):
        assert told.code == 1
        assert 'this needs "database_owner"' in told.err


async def test_a_server_without_its_needs_says_what_to_do(
    server: Server, database: Database
) -> None:
    no_owner = await Server(server.folder, database.app_dsn, None).run("serve")
    assert no_owner.code == 1
    assert 'this needs "database_owner"' in no_owner.err
    assert "Traceback" not in no_owner.err
    lan = await server.run("serve", "--listen", "0.0.0.0:8080")
    assert lan.code == 2
    assert "allow_plain_lan" in lan.err


async def test_a_port_that_is_taken_is_told_without_a_traceback(centre: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        told = await centre.run("serve", "--listen", listen)
    assert told.code == 1
    assert "already in use" in told.err
    assert "Traceback" not in told.err


async def test_a_further_key_of_personal_data_joins_the_file_and_others_may_not_read_it(
    server: Server,
) -> None:
    path = server.folder / "data" / "keys" / "persons.json"
    for count in (2, 3):
        told = await server.run("personal", "rekey")
        assert told.code == 0, told.err
        assert str(path) in told.err
        assert len(read_keys(path)) == count
    assert read_keys(path)[-1].id.hex() in told.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    refused = await server.run("personal", "rekey")
    assert refused.code == 2
    assert f"run: chmod 600 {path}" in refused.err
    assert "Traceback" not in refused.err


async def test_figures_are_held_against_the_events_and_made_again(
    centre: Server, pool: Pool
) -> None:
    """A number of 2025 is in a day that is over, whatever the clock of the machine says."""
    queue = await pool.fetchval("SELECT code FROM queue ORDER BY code LIMIT 1")
    centre_id = await pool.fetchval("SELECT id FROM centre")
    at = datetime(2025, 11, 23, 8, 0, tzinfo=UTC)
    request = issue_row(IssueRequest(KEY, "api"), uuid4(), scope=None)
    issued = await pool.fetchrow(
        "SELECT outcome, queue FROM issue_tickets($1, $2, $3, $4)",
        centre_id,
        at.date(),
        at,
        [request],
    )
    assert issued is not None
    assert tuple(issued) == ("issued", queue)
    missing = await centre.run("figures", "recompute", "--check")
    assert (missing.code, missing.out) == (
        1,
        "1 days, 1 numbers: 1 days differ from their events\n",
    )
    assert "2025-11-23: no figures were kept" in missing.err
    made = await centre.run("figures", "recompute", "--from", "2025-11-01")
    assert (made.code, made.out) == (0, "1 days, 1 numbers: 1 days were made again\n")
    whole = await centre.run("figures", "recompute", "--check")
    assert (whole.code, whole.out) == (0, "1 days, 1 numbers: all as the events say\n")
