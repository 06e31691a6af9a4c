"""A busy day on which programs are killed at random moments; at its end every promise is kept.

The chance that picks moments and victims comes from a seed that is printed, so that a day can be
lived again: `SHUBBAK_KILL_SEED=… python -m pytest tests/system/test_kill_moments.py`.
"""

import asyncio
import json
import os
import random
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from tests.support.broken_promises import broken_promises, gather_evidence
from tests.support.busy_day import BusyDay
from tests.support.command import shubbak
from tests.support.eventually import eventually
from tests.support.mortal_demo import SLOWER, Demo, demo_running

MORTALS: Final = ("server", "database", "kiosk", "display", "workstation", "devices")
BOARD_S: Final = 2.0 * SLOWER
QUIET_S: Final = 100.0
"""The server takes a kiosk's silence of 60 s for paper of which nobody knows."""
LAST_CALLS_S: Final = 75.0
"""A call waits at most 60 s for its turn on the glass."""
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """When what was killed, and how long it was gone."""

    at_s: float
    victims: tuple[str, ...]
    back_s: float
    board_s: float

    def __str__(self) -> str:
        names = " + ".join(self.victims)
        return (
            f"{self.at_s:7.1f} s  {names:40} back {self.back_s:4.1f} s, board {self.board_s:4.1f} s"
        )


def seed_of_this_run() -> int:
    return int(os.environ.get("SHUBBAK_KILL_SEED") or secrets.randbelow(1_000_000))


def victims_of(chance: random.Random, count: int) -> Iterator[tuple[str, ...]]:
    """Yield whom to kill: first each alone, then any one to three at once."""
    alone = [(name,) for name in MORTALS]
    chance.shuffle(alone)
    for number in range(count):
        if number < len(alone):
            yield alone[number]
        else:
            yield tuple(chance.sample(MORTALS, chance.choice((1, 1, 2, 2, 3))))


async def live_and_die(demo: Demo, seed: int, moments: int) -> None:
    """Live a day with so many kills, then look for broken promises. Fails with all of them."""
    chance = random.Random(f"{seed}:moments")
    day = BusyDay(demo.session, demo.facts, seed)
    began = time.monotonic()
    story: list[Moment] = []
    async with day.lived():
        for victims in victims_of(chance, moments):
            await asyncio.sleep(chance.uniform(0.5, 3.5))
            at_s = time.monotonic() - began
            took = await demo.until_back(demo.kill(victims))
            board_s = await board_is_right(demo, day)
            story.append(Moment(at_s, victims, max(took.values()), board_s))
        await many_have_numbers(day, moments)
        await day.go_home()
        await until_quiet(demo)
        await newest_calls_are_shown(demo, day)
    evidence = await gather_evidence(demo.facts["database"], demo.folder)
    audit = await shubbak("audit", "verify", "--config", str(demo.folder / "server.toml"))
    promises = day.promises
    print(f"\nseed {seed}: {moments} moments in {time.monotonic() - began:.0f} s")
    print(*story, sep="\n")
    print(
        f"{len(promises.numbers)} numbers on the glass, {len(promises.issued)} by the API, "
        f"{len(promises.acts)} acts; {len(evidence.slips)} papers; {evidence.counts()}; "
        f"{day.tally.outages} silences; {audit.out.strip()}"
    )
    print(*(f"{n:4} {trouble}" for trouble, n in troubles(demo).most_common(12)), sep="\n")
    assert broken_promises(promises, evidence) == []
    assert day.tally.errors == {}
    assert (audit.code, audit.out.split(":")[0]) == (0, "whole")


def troubles(demo: Demo) -> Counter[str]:
    """Count what the programs' logs call errors, by event and the last line of its traceback."""
    found: Counter[str] = Counter()
    for log in (demo.folder / "logs").glob("*.log"):
        for text in log.read_text().splitlines():
            try:
                line = json.loads(text)
            except json.JSONDecodeError:  # a last line that a kill cut short, or no line of ours
                line = {"event": text, "level": "error"}
            if line.get("level") == "error":
                reason = line.get("exception", "").strip().rpartition("\n")[2]
                found[f"{log.stem}: {line['event']} {reason}"[:200]] += 1
    return found


async def board_is_right(demo: Demo, day: BusyDay) -> float:
    """Wait until the display holds all that had happened by now; return how long that took."""
    wanted = await ask(demo, "SELECT revision FROM centre_head")
    began = time.monotonic()

    async def is_right() -> bool:
        async with demo.session.get(demo.health("display")) as answer:
            health = await answer.json()
        knows = health["connected"] and not health["stale"] and health["revision"] >= wanted
        return bool(knows and day.board and not day.board["stale"])

    await eventually(is_right, within_s=BOARD_S)
    took = time.monotonic() - began
    shown = {face["label"]: face["window"] for face in faces_of(day.board)}
    rows = await ask_rows(demo, "SELECT label, window_number FROM ticket WHERE called_at NOTNULL")
    called = {eastern(row["label"]): eastern(str(row["window_number"])) for row in rows}
    assert shown.items() <= called.items()
    return took


async def many_have_numbers(day: BusyDay, count: int) -> None:
    """Let the day go on until so many came home with a number, from the glass and by the API."""

    async def have_they() -> bool:
        return min(len(day.promises.numbers), len(day.promises.issued)) >= count

    await eventually(have_they, within_s=QUIET_S)


async def until_quiet(demo: Demo) -> None:
    """Wait until no ticket, word or paper is on its way."""

    async def is_quiet() -> bool:
        open_tickets = await ask(
            demo, "SELECT count(*) FROM ticket WHERE state IN ('unconfirmed', 'called', 'serving')"
        )
        return open_tickets == 0 and kiosk_owes(demo.folder / "kiosk") == 0

    await eventually(is_quiet, within_s=QUIET_S)


def kiosk_owes(folder: Path) -> int:
    """Count the kiosk's open commands, words and jobs."""
    with closing(sqlite3.connect(f"file:{folder}/outbox.sqlite3?mode=ro", uri=True)) as outbox:
        [words] = outbox.execute("SELECT count(*) FROM word WHERE settled_epoch IS NULL").fetchone()
        [keys] = outbox.execute("SELECT count(*) FROM command WHERE outcome IS NULL").fetchone()
    journal_url = f"file:{folder}/print-journal.sqlite3?mode=ro"
    with closing(sqlite3.connect(journal_url, uri=True)) as journal:
        [jobs] = journal.execute(
            "SELECT count(*) FROM jobs WHERE state IN ('queued', 'sending', 'sent', 'held')"
        ).fetchone()
    return int(words + keys + jobs)


async def newest_calls_are_shown(demo: Demo, day: BusyDay) -> None:
    """Wait until the glass shows the newest calls of the hall, each at its window."""
    rows = await ask_rows(
        demo,
        "SELECT label, window_number FROM ticket WHERE call_revision IS NOT NULL"
        " AND state NOT IN ('no_show', 'cancelled') ORDER BY call_revision DESC LIMIT 5",
    )
    newest = {(eastern(row["label"]), eastern(str(row["window_number"]))) for row in rows}

    async def are_shown() -> bool:
        return {(face["label"], face["window"]) for face in faces_of(day.board)} == newest

    await eventually(are_shown, within_s=LAST_CALLS_S)


def faces_of(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the calls on a board, the current one first."""
    if not board:
        return []
    return [face for face in (board["current"], *board["previous"]) if face is not None]


def eastern(text: str) -> str:
    """Write digits, and the label of a number that the kiosk gave by itself (`K101`), as a board
    does."""
    return text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")).replace("K", "ك-")


async def ask(demo: Demo, query: str) -> Any:
    [row] = await ask_rows(demo, query)
    return row[0]


async def ask_rows(demo: Demo, query: str) -> list[Any]:
    """Ask the database, which may just be coming back."""
    async with asyncio.timeout(30):
        while True:
            try:
                connection = await asyncpg.connect(demo.facts["database"])
                try:
                    rows: list[Any] = await connection.fetch(query)
                    return rows
                finally:
                    await connection.close()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.05)


@pytest.mark.timeout(400)
async def test_six_kills_at_random_moments_break_no_promise(short_dir: Path) -> None:
    async with demo_running(short_dir / "d", "--no-bots") as demo:
        await live_and_die(demo, seed_of_this_run(), moments=6)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_sixty_kills_at_random_moments_break_no_promise(short_dir: Path) -> None:
    async with demo_running(short_dir / "d", "--no-bots") as demo:
        await live_and_die(demo, seed_of_this_run(), moments=60)
