"""`shubbak emergency-book …`: numbers on paper for the day on which nothing works."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from queue_server.console import CentreCode, Config, on_centre, run, say, settings_from

if TYPE_CHECKING:
    from core_services.database.pool import Pool
    from queue_server.store_centre import KnownCentre

emergency_app = typer.Typer(help="The emergency book.", no_args_is_help=True)


@emergency_app.callback()
def emergency() -> None:
    """Keep the name of the one command: others may join it."""


@emergency_app.command("print")
def emergency_print(
    out: Annotated[Path, typer.Option("--out", help="Write the book here, as a PDF on A4.")],
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="For which day; today if not said."),
    ] = None,
    count: Annotated[
        int, typer.Option("--count", min=10, max=1000, help="How many numbers.")
    ] = 100,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Set the next numbers of the emergency book aside and write them as a PDF.

    A book is good until it is used; every call makes another one with numbers of its own.
    """
    import asyncio

    from core_services.calendar import business_day
    from core_services.clock import SystemClock
    from core_services.paper.emergency import BookFacts, draw_book
    from queue_server.administration import SYSTEM
    from queue_server.configuration import NoCentre
    from queue_server.emergency_book import book_facts
    from queue_server.tickets.store_emergency import insert_batch
    from queue_server.tickets.store_reading import read_centre

    settings = settings_from(config)
    if not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")

    async def make(pool: "Pool", known: "KnownCentre") -> BookFacts:
        at = SystemClock().now()
        whole = await read_centre(pool, known.id)
        if whole is None:
            raise NoCentre
        for_day = business_day(at, whole.zone, whole.cut_over) if day is None else day.date()
        batch = await insert_batch(
            pool, known.id, at=at, for_day=for_day, count=count, actor=SYSTEM
        )
        facts = book_facts(whole, batch)
        cache_dir = settings.data_dir / "cache"
        out.write_bytes(await asyncio.to_thread(draw_book, facts, cache_dir))
        return facts

    facts = run(on_centre(settings, centre, make))
    say(
        f"wrote {out}: the book {facts.code}, numbers {facts.series}{facts.first} to "
        f"{facts.series}{facts.last} for {facts.for_day}, {facts.pages} pages"
    )
