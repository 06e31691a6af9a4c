"""The fonts of a demonstration: cut once, beside the start of its database, for all programs.

Each program alone would cut its own, three at once on two processors.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from core_services.look.font import FontUnavailableError, web_font
from core_services.paper.fonts import static_fonts
from queue_server.demo.place import Place

logger = structlog.get_logger()

PROGRAMS = ("server", "kiosk", "display", "workstation")
"""Those with a folder of their own, named after them, and a `cache` in it."""


async def cut_fonts(place: Place, programs: Sequence[str] = PROGRAMS) -> None:
    """Link the programs' caches to one, and fill it unless it is full. Never raises.

    What cannot be made here is made, or complained of, by the program that needs it.
    """
    try:
        await asyncio.to_thread(_cut, place, programs)
    except (OSError, FontUnavailableError) as error:
        logger.warning("fonts_not_cut", why=str(error))


def _cut(place: Place, programs: Sequence[str]) -> None:
    shared = place.folder / "cache"
    shared.mkdir(mode=0o700, exist_ok=True)
    for program in programs:
        cache = place.folder / program / "cache"
        cache.parent.mkdir(mode=0o700, exist_ok=True)
        if not cache.exists():
            cache.symlink_to("../cache")
    with ThreadPoolExecutor(2) as both:
        for made in [both.submit(web_font, shared), both.submit(static_fonts, shared)]:
            made.result()
