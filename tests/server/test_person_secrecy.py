"""A phone and an ID that went through every door stand nowhere but in the side table, sealed."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from core_services.logs import configure_logs
from tests.support.centre_server import CentreServer, Program, Shared
from tests.support.citizens import GROWN, OLD, OTHER_PHONE, PHONE, PHONE_AS_WRITTEN

SECRETS: Final = (
    *(GROWN, GROWN[:13], GROWN[1:], OLD, OLD[:13], OLD[1:]),
    *(PHONE, PHONE[3:], "0" + PHONE[3:], OTHER_PHONE, OTHER_PHONE[1:]),
)
"""All that names a citizen of these tests, whole and cut."""

_COLUMNS: Final = """
SELECT c.relname AS "table", a.attname AS "column"
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'm') AND a.attnum > 0
   AND NOT a.attisdropped
"""


def digits_of(text: str) -> str:
    """Return the text with Eastern digits as Western ones and nothing between digits."""
    western = text.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))
    return re.sub(r"(?<=\d)[\s\-.()]+(?=\d)", "", western)


def names_somebody(text: str) -> list[str]:
    """Return whatever of a citizen stands in a text."""
    plain = digits_of(text)
    return [secret for secret in SECRETS if secret in plain]


@pytest.fixture
def log(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Everything that this process logs, down to the least important."""
    configure_logs("shubbak", json=True, level="debug")
    yield capfd
    configure_logs("shubbak", json=True, level="info")


async def through_every_door(program: Program, stranger: Program) -> list[str]:
    """Send the phones and IDs wherever somebody may send one; return all answers."""
    said: list[str] = []

    async def post(path: str, body: Mapping[str, object], **headers: str) -> dict[str, object]:
        told = await program.post(path, body, **headers)
        said.append(f"{told.status} {dict(told.headers)} {told.raw.decode()}")
        return dict(told.body or {})

    for sent in (
        {"phone": PHONE_AS_WRITTEN},
        {"phone": PHONE[:-1]},
        {"phone": OTHER_PHONE, "service": GROWN},
    ):
        await post(
            "/appointments", {"starts_at": "2026-11-22T20:00:00Z", **sent}, Idempotency_Key="book"
        )
    await post("/windows/5/open", {})
    ticket = await post(
        "/tickets", {"phone": PHONE_AS_WRITTEN, "national_id": GROWN}, Idempotency_Key="first"
    )
    await post(
        "/tickets", {"phone": PHONE_AS_WRITTEN, "national_id": GROWN}, Idempotency_Key="first"
    )
    await post("/tickets", {"phone": OTHER_PHONE, "national_id": OLD}, Idempotency_Key="first")
    await post("/tickets", {"phone": PHONE[:-1], "national_id": GROWN[:13]})
    await post("/tickets", {"national_id": GROWN, "service": GROWN, "channel": GROWN})
    await post("/tickets", {"service": GROWN})
    await post("/windows/5/call-next", {})
    path = f"/tickets/{ticket['id']}"
    for body in (
        {"national_id": GROWN, "phone": OTHER_PHONE},
        {"national_id": OLD},
        {"national_id": OLD[1:]},
        {"phone": OTHER_PHONE[1:] + "1"},
        {"national_id": GROWN, "window": GROWN},
    ):
        await post(f"{path}/person", body, Idempotency_Key=f"bind-{len(said)}")
    for reader in (program, stranger):
        for place in (path, "/tickets", "/windows", "/queues", "/waits"):
            told = await reader.get(place)
            said.append(f"{told.status} {dict(told.headers)} {told.raw.decode()}")
    refused = await stranger.post(f"{path}/person", {"national_id": GROWN})
    said.append(refused.raw.decode())
    async with program._session.get(f"{program.url}/metrics") as answer:
        said.append(await answer.text())
    return said


@pytest.fixture
async def owner(shared_server: Shared) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(shared_server.database.owner_dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def test_no_answer_log_or_column_tells_who_stood_in_line(
    centre_server: CentreServer,
    owner: "asyncpg.Connection[asyncpg.Record]",
    log: pytest.CaptureFixture[str],
) -> None:
    program = await centre_server.program()
    said = await through_every_door(program, centre_server.stranger())
    assert sum(answer.startswith("20") for answer in said) >= 12, "the doors were open"
    assert [answer for answer in said if names_somebody(answer)] == []
    written = log.readouterr()
    assert names_somebody(written.out + written.err) == []
    assert await owner.fetchval("SELECT count(*) FROM ticket_person") == 1
    columns = await owner.fetch(_COLUMNS)
    assert len(columns) > 150
    found = []
    for each in columns:
        values = await owner.fetch(f'SELECT "{each["column"]}"::text AS v FROM "{each["table"]}"')
        as_bytes = [value["v"] for value in values if value["v"] is not None]
        for value in as_bytes:
            text = value
            if value.startswith("\\x"):
                text = bytes.fromhex(value[2:]).decode("latin-1")
            if names_somebody(text):
                found.append(f"{each['table']}.{each['column']}")
    assert found == []


async def test_the_search_of_the_columns_would_find_what_stood_there(
    centre_server: CentreServer, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await owner.execute("UPDATE centre SET short_en = $1", f"x {OLD} y")
    try:
        text = await owner.fetchval("SELECT short_en FROM centre")
        assert names_somebody(text)
        assert names_somebody("٠١٠ ٠٠٠٠ ٠٠١٧")
        assert not names_somebody("01000000000 29005171300017")
    finally:
        await owner.execute("UPDATE centre SET short_en = 'Kafr Saqr'")


async def test_a_command_with_an_id_in_it_is_known_again_by_no_plain_hash(
    centre_server: CentreServer, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    import hashlib

    import orjson

    program = await centre_server.program()
    await program.post("/windows/5/open")
    await program.post("/tickets")
    ticket = (await program.post("/windows/5/call-next")).body
    body = {"national_id": GROWN}
    await program.post(f"/tickets/{ticket['id']}/person", body, Idempotency_Key="k")
    kept = {
        row["fingerprint"] for row in await owner.fetch("SELECT fingerprint FROM command_claim")
    }
    tried = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
    assert len(kept) == 1
    assert tried not in kept


async def test_a_server_does_not_start_with_keys_that_others_may_read(
    shared_server: Shared, tmp_path: Path
) -> None:
    from core_services.settings import SettingsError
    from queue_server.app import open_server
    from queue_server.settings import ServerSettings

    keys = tmp_path / "persons.json"
    settings = ServerSettings(data_dir=tmp_path, person_keys_file=keys)
    keys.write_text("{}")
    keys.chmod(0o640)
    with pytest.raises(SettingsError, match="can be read by others"):
        async with open_server(settings, shared_server.database.app_dsn):
            pass
