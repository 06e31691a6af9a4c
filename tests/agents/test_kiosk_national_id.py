"""A whole kiosk that asks for the national ID: it goes to the server, to no disk and no log."""

from pathlib import Path

import structlog

from core_services.l10n import western
from core_services.link.citizen_frames import Issue
from tests.support.kiosk import hall
from tests.support.kiosk_scene import glass as glass
from tests.support.kiosk_scene import kiosk as kiosk
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import Glass

NUMBER = "29801011301234"


async def test_the_id_goes_to_the_server_alone(
    server: KioskServer, glass: Glass, tmp_path: Path
) -> None:
    await server.show(hall(2, asks_national_id=True))
    with structlog.testing.capture_logs() as logs:
        await glass.until(lambda face: "يُطلب رقمك القومي أولًا" in face.html)
        await glass.touch("take")
        await glass.until_step("idpad")
        for count, digit in enumerate(NUMBER, 1):
            await glass.touch(f"digit:{digit}")
            words = f"{count} من"
            await glass.until(lambda face, words=words: words in western(face.html))  # type: ignore[misc]
        await glass.touch("id-done")
        await glass.until_paper("printed")
    (frame,) = server.frames(Issue)
    assert isinstance(frame, Issue)
    assert frame.national_id == NUMBER
    assert NUMBER not in repr(frame) + repr(logs)
    assert all(NUMBER[:6] not in western(face.html) for face in glass.faces)
    kept = kept_in(tmp_path)
    assert any(name == "outbox.sqlite3" for name, _ in kept)
    assert [name for name, held in kept if NUMBER.encode() in held] == []


def kept_in(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
