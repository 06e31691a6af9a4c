"""Today's kiosk and display at the server of the first days, which says what it said then."""

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.shell import Shell
from tests.support.clock import ManualClock
from tests.support.display import paper_page, running_display
from tests.support.eventually import eventually
from tests.support.hall_server import NOON
from tests.support.kiosk_scene import CLOCK, until_printer
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_site import VirtualPrinter, looking_at, running_kiosk
from tests.support.recorded import always_said, recorded_of
from tests.support.scripted_server import ScriptedServer, scripted


def _lines(*frames: dict[str, Any]) -> list[str]:
    """Return them as messages of one server: one epoch, ever higher revisions."""
    epoch = frames[0]["epoch"]
    return [
        json.dumps(
            frame
            | ({"epoch": epoch} if "epoch" in frame else {})
            | ({"revision": 10_000 + nth} if "revision" in frame else {})
        )
        for nth, frame in enumerate(frames)
    ]


def _understood(server: ScriptedServer) -> set[str]:
    """Return the types that were said to the server, each with all that the first agents said."""
    said = [json.loads(text) for text in server.heard if text.startswith("{")]
    for frame in said:
        assert always_said("agent", frame["type"]) <= set(frame), frame
    return {frame["type"] for frame in said}


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_display_shows_the_board_of_the_first_server(language: Any, tmp_path: Path) -> None:
    boards = [each for each in recorded_of("server", "board") if each["calls"]]
    server = ScriptedServer(*_lines(recorded_of("server", "welcome")[0], boards[0]))
    server.reads = True
    label = boards[0]["calls"][0]["display_label" if language == "ar" else "label"]
    async with (
        scripted(server),
        running_display(server.url, tmp_path, ManualClock(NOON)) as running,
        paper_page(running.url, language=language) as page,
    ):
        await page.shows(label)

        async def has_said_all() -> bool:
            return {"hello", "status"} <= _understood(server)

        await eventually(has_said_all)


async def test_a_kiosk_asks_the_first_server_for_a_number(
    printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    halls = [each for each in recorded_of("server", "hall") if each["services"]]
    server = ScriptedServer(*_lines(recorded_of("server", "welcome")[0], halls[0]))
    server.reads = True
    async with (
        scripted(server),
        running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running,
        looking_at(running) as glass,
    ):
        await until_printer(running, "ready")
        await glass.until(lambda face: "take" in face.touches)
        await glass.touch("take")

        async def has_asked() -> bool:
            return {"hello", "status", "issue"} <= _understood(server)

        await eventually(has_asked)
