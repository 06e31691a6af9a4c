"""Whoever changes what happened is found out, whatever rights he took to do it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from core_services.audit import verify as audit
from core_services.audit.verify import Verdict, verify
from core_services.database.pool import Connection, Pool
from core_services.people.api_keys import add_key
from core_services.people.permissions import ALL_SCOPES
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from tests.support.clock import ManualClock
from tests.support.command import shubbak
from tests.support.database import Database
from tests.support.queue import KEY, open_windows
from tests.support.seeding import seed_tickets
from tests.support.site import By


@asynccontextmanager
async def an_intruder(database: Database) -> AsyncIterator[Connection]:
    """Work as the owner of all tables with every trigger and constraint trigger disabled."""
    connection = await asyncpg.connect(database.owner_dsn.replace("shubbak_owner", "postgres"))
    try:
        await connection.execute("SET session_replication_role = replica")
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def morning(pool: Pool, queue: Queue, clock: ManualClock) -> int:
    """A morning of several event tables; the revision where it ends.

    Revisions 1 to 3 open windows, 4 adds a key, 5 to 24 issue, one link of many events among them,
    and the rest are visits.
    """
    await open_windows(queue, 5, 6, 7)
    await add_key(pool, centre_id=1, name="panel", scopes=ALL_SCOPES, actor=By(), at=clock.now())
    await asyncio.gather(*(queue.issue(IssueRequest(KEY, "api")) for _ in range(20)))
    for window in (5, 6, 7, 5, 6, 7):
        await clock.advance(61)
        await queue.call_next(window, actor=KEY, own_only=False, finish=True, outcome="done")
    verdict = await verify(pool, 1)
    assert verdict.is_whole, verdict.breaks
    return verdict.revision


def told(verdict: Verdict) -> list[tuple[int, int, str]]:
    return [(each.first, each.last, each.why) for each in verdict.breaks]


CHANGED: Final = "events or the link were changed"


async def test_the_whole_chain_is_walked_link_by_link(pool: Pool, morning: int) -> None:
    seen: list[tuple[int, int]] = []
    verdict = await verify(pool, 1, on_progress=lambda done, whole: seen.append((done, whole)))
    assert verdict.is_whole
    assert verdict.revision == morning == 36
    assert seen[-1] == (morning, morning)
    assert verdict.links == await pool.fetchval("SELECT count(*) FROM chain_entry")
    head = await pool.fetchval("SELECT digest FROM centre_head")
    assert verdict.digest == head.hex()


async def test_a_centre_without_events_is_whole(pool: Pool, queue: Queue) -> None:
    verdict = await verify(pool, 1)
    assert (verdict.is_whole, verdict.revision, verdict.links) == (True, 0, 0)
    with pytest.raises(LookupError):
        await verify(pool, 99)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(
            "UPDATE ticket_event SET reason = 'gone' WHERE revision = 30", 30, id="reason"
        ),
        pytest.param(
            "UPDATE ticket_event SET at = at + interval '1 microsecond' WHERE revision = 30",
            30,
            id="a microsecond",
        ),
        pytest.param(
            "UPDATE ticket_event SET detail = jsonb_set(detail, '{position}', '999')"
            " WHERE revision = 5",
            5,
            id="a position told",
        ),
        pytest.param(
            "UPDATE ticket_event SET window_number = 7 WHERE revision = 25", 25, id="window"
        ),
        pytest.param(
            "UPDATE ticket_event SET actor_id = gen_random_uuid() WHERE revision = 25",
            25,
            id="who",
        ),
        pytest.param("UPDATE window_event SET actor_id = NULL WHERE revision = 2", 2, id="opener"),
        pytest.param(
            "UPDATE people_event SET detail = '{}' WHERE revision = 4", 4, id="scopes of a key"
        ),
        pytest.param(
            "UPDATE chain_entry SET source = 'people_event' WHERE last_revision = 2",
            2,
            id="a link's table",
        ),
    ],
)
async def test_one_changed_value_is_found_where_it_is(
    database: Database, pool: Pool, morning: int, statement: str, expected: int
) -> None:
    async with an_intruder(database) as intruder:
        assert (await intruder.execute(statement)).startswith("UPDATE 1")
    broken = told(await verify(pool, 1))
    assert broken
    assert all(first <= expected <= last for first, last, _ in broken), broken


async def test_one_deleted_event_is_found(database: Database, pool: Pool, morning: int) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute("DELETE FROM ticket_event WHERE revision = 27")
    [(first, last, why)] = told(await verify(pool, 1))
    assert first <= 27 <= last
    assert why == "events are missing"


async def test_two_events_that_changed_places_are_found(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute(
            "UPDATE ticket_event SET revision = -revision WHERE revision IN (25, 26);"
            "UPDATE ticket_event SET revision = 51 + revision WHERE revision < 0"
        )
    assert told(await verify(pool, 1)) == [(25, 25, CHANGED), (26, 26, CHANGED)]


async def test_two_events_of_one_link_that_changed_places_are_found(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute(
            "UPDATE ticket_event SET revision = -revision WHERE revision IN (15, 16);"
            "UPDATE ticket_event SET revision = 31 + revision WHERE revision < 0"
        )
    [(first, last, why)] = told(await verify(pool, 1))
    assert first < 15 < 16 < last
    assert why == CHANGED


async def test_an_event_put_into_another_table_under_a_used_revision_is_found(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute(
            "INSERT INTO ticket_event SELECT centre_id, 2, ticket_id, at, event, from_state,"
            " to_state, queue, window_number, actor_kind, actor_id, reason, detail"
            " FROM ticket_event WHERE revision = 25"
        )
    assert told(await verify(pool, 1)) == [(2, 2, "events are in no link")]


async def test_an_event_added_behind_the_head_is_found(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute(
            "INSERT INTO window_event SELECT centre_id, 37, window_number, at, event, from_state,"
            " to_state, actor_kind, actor_id, reason FROM window_event WHERE revision = 1"
        )
    assert told(await verify(pool, 1)) == [(37, 37, "events are in no link")]


async def test_an_edited_link_breaks_itself_and_the_one_after_it(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute(
            "UPDATE chain_entry SET digest = set_byte(digest, 31, get_byte(digest, 31) # 1)"
            " WHERE last_revision = 3"
        )
    assert told(await verify(pool, 1)) == [(3, 3, CHANGED), (4, 4, CHANGED)]


async def test_an_event_and_its_link_forged_together_break_the_next_link(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute(
            """
            UPDATE window_event SET reason = 'forged' WHERE revision = 2;
            UPDATE chain_entry c SET digest = sha256(p.digest || convert_to(
                   E'window_event\\n' || jsonb_strip_nulls(to_jsonb(e))::text, 'UTF8'))
              FROM chain_entry p, window_event e
             WHERE c.last_revision = 2 AND p.last_revision = 1 AND e.revision = 2
            """
        )
    assert told(await verify(pool, 1)) == [(3, 3, CHANGED)]


async def test_a_deleted_link_is_found(database: Database, pool: Pool, morning: int) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute("DELETE FROM chain_entry WHERE last_revision = 3")
    assert told(await verify(pool, 1)) == [(3, 3, "links are missing")]


async def test_a_deleted_last_link_is_found(database: Database, pool: Pool, morning: int) -> None:
    async with an_intruder(database) as intruder:
        last = await intruder.fetchval(
            "DELETE FROM chain_entry WHERE last_revision = 36 RETURNING first_revision"
        )
    assert told(await verify(pool, 1)) == [
        (last, 36, "the head does not end the chain"),
        (last, 36, "events are in no link"),
    ]


async def test_a_link_that_covers_what_another_covers_is_found(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute("UPDATE chain_entry SET first_revision = 2 WHERE last_revision = 3")
    assert told(await verify(pool, 1)) == [(2, 3, "the link covers events of the one before")]


async def test_a_rewound_head_is_found_even_with_the_digest_of_its_time(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute(
            "UPDATE centre_head SET revision = 3,"
            " digest = (SELECT digest FROM chain_entry WHERE last_revision = 3)"
        )
    assert told(await verify(pool, 1)) == [(4, 36, "the head does not end the chain")]


async def test_a_head_set_forward_or_with_another_digest_is_found(
    database: Database, pool: Pool, morning: int
) -> None:
    async with an_intruder(database) as intruder:
        await intruder.execute("UPDATE centre_head SET digest = '\\x00'")
        assert told(await verify(pool, 1)) == [(36, 36, "the head's digest is not the last link's")]
        await intruder.execute("UPDATE centre_head SET revision = 40")
        assert told(await verify(pool, 1)) == [(37, 40, "the head does not end the chain")]


async def test_a_cut_tail_does_not_show_in_the_chain_but_in_a_head_noted_elsewhere(
    database: Database, pool: Pool, morning: int
) -> None:
    """What the module's first lines own up to: this is why the day-close sheet bears the head."""
    noted = await verify(pool, 1)
    async with an_intruder(database) as intruder:
        await intruder.execute(
            "DELETE FROM ticket_event WHERE revision > 24;"
            "DELETE FROM chain_entry WHERE last_revision > 24;"
            "UPDATE centre_head SET revision = 24,"
            " digest = (SELECT digest FROM chain_entry WHERE last_revision = 24)"
        )
    cut = await verify(pool, 1)
    assert cut.is_whole
    assert (cut.revision, cut.digest) != (noted.revision, noted.digest)


async def test_one_byte_in_ten_thousand_events_is_found_where_it_is(
    database: Database, pool: Pool, queue: Queue
) -> None:
    day, at = queue.today()
    await seed_tickets(database.app_dsn, 10_000, day=day, at=at)
    await open_windows(queue, *range(2, 12))
    for window in (*range(2, 12),) * 30:
        await queue.call_next(window, actor=KEY, own_only=False, finish=True)
    whole = await verify(pool, 1)
    assert whole.is_whole, whole.breaks
    assert whole.revision > 10_500
    async with an_intruder(database) as intruder:
        await intruder.execute(
            "UPDATE ticket_event SET reason = 'x' WHERE revision = 10400;"
            "UPDATE ticket_event SET queue = 'X' WHERE revision = 4321"
        )
    broken = told(await verify(pool, 1))
    assert len(broken) == 2
    assert broken[0][0] <= 4321 <= broken[0][1]
    assert broken[1][0] <= 10400 <= broken[1][1]


async def test_a_centre_at_work_is_not_taken_for_a_broken_one(
    pool: Pool, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "STEP", 3)
    for _ in range(10):
        await queue.issue(IssueRequest(KEY, "api"))
    async with asyncio.TaskGroup() as tasks:
        walking = tasks.create_task(verify(pool, 1))
        while not walking.done():
            await queue.issue(IssueRequest(KEY, "api"))
    verdict = walking.result()
    assert verdict.is_whole, verdict.breaks
    assert await pool.fetchval("SELECT revision FROM centre_head") > verdict.revision
    assert (await verify(pool, 1)).is_whole


async def test_every_table_that_records_events_is_walked(database: Database, pool: Pool) -> None:
    tables = await pool.fetch(
        "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'record'"
    )
    source = Path(audit.__file__).with_name("store.py").read_text()
    for table in tables:
        name = table["name"]
        assert f"max(revision) FROM {name} " in source, name
        assert f"'{name}'" in source, name
        assert f"FROM {name} e WHERE" in source, name


async def test_the_command_tells_the_verdict_with_its_exit_code(
    tmp_path: Path, database: Database, pool: Pool, morning: int
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(f'data_dir = "{tmp_path}"\ndatabase = "{database.app_dsn}"\n')
    whole = await shubbak("audit", "verify", "--config", str(config))
    assert whole.code == 0, whole.err
    assert whole.out.startswith("whole: 36 events, ")
    async with an_intruder(database) as intruder:
        await intruder.execute("UPDATE ticket_event SET reason = 'x' WHERE revision = 30")
    broken = await shubbak("audit", "verify", "--config", str(config))
    assert broken.code == 1
    assert f"events 28 to 30: {CHANGED}" in broken.err
    assert "the chain is broken" in broken.err
