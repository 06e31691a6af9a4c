"""`shubbak figures …`: figures of past days, compared with the events that they are made of."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from queue_server.console import (
    CANNOT,
    CentreCode,
    Config,
    in_order,
    on_centre,
    run,
    say,
    settings_from,
    show_progress,
)

if TYPE_CHECKING:
    from core_services.database.pool import Pool
    from queue_server.figures.rollup import Compared
    from queue_server.store_centre import KnownCentre

figures_app = typer.Typer(help="Figures of past days.", no_args_is_help=True)


@figures_app.callback()
def _group() -> None:
    """Keep the command's name though it is the only one."""


@figures_app.command("recompute")
def figures_recompute(
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; else the first of all."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="The last day; else yesterday."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 where a figure differs.")
    ] = False,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Work out the figures of closed days again from their events, and keep what is so."""
    in_order(first, last)
    settings = settings_from(config)

    async def compare(pool: "Pool", known: "KnownCentre") -> "list[Compared]":
        from queue_server.figures.alone import open_rollup

        rollup = await open_rollup(pool, known.id)
        days = await rollup.closed_days(_day(first), _day(last))
        compared: list[Compared] = []
        with show_progress("days") as progress:
            for day in days:
                compared.append(await rollup.compare(day, repairs=not check))
                progress(len(compared), len(days))
        return compared

    compared = run(on_centre(settings, centre, compare))
    for each in compared:
        if not each.is_kept:
            say(f"{each.day}: no figures were kept")
        for (of, key, hour), figure, kept, true in each.differences if each.is_kept else ():
            where = " ".join(part for part in (of, key, f"{hour}:00" if hour >= 0 else "") if part)
            say(f"{each.day}: {where}: {figure} is kept as {kept}, the events say {true}")
    wrong = sum(not each.is_true for each in compared)
    numbers = sum(each.numbers for each in compared)
    told = f"{len(compared)} days, {numbers} numbers"
    if wrong and check:
        print(f"{told}: {wrong} days differ from their events")
        raise typer.Exit(CANNOT)
    print(f"{told}: {wrong} days were made again" if wrong else f"{told}: all as the events say")


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
