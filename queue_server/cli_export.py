"""`shubbak export …`: a centre's own facts as files."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from queue_server.console import (
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
    from queue_server.store_centre import KnownCentre

export_app = typer.Typer(help="The centre's own facts as files.", no_args_is_help=True)

_DAY = ["%Y-%m-%d"]


@export_app.callback()
def _group() -> None:
    """Keep the command's name while it is the only one."""


@export_app.command("visits")
def export_visits(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Where the numbers are written.")
    ],
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, help="The first business day; else 30 days back."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="The last; else yesterday.")
    ] = None,
    windows: Annotated[
        Path | None, typer.Option("--windows", help="Write the log of windows here.")
    ] = None,
    services: Annotated[
        Path | None, typer.Option("--services", help="Write the catalogue's times here.")
    ] = None,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Write past numbers as `shubbak estimate-backtest` reads them: no names, no phones."""
    in_order(first, last)
    taken = {file.resolve(): "the numbers"}
    for option, path, what in (
        ("--windows", windows, "the windows"),
        ("--services", services, "the services"),
    ):
        if path is None:
            continue
        if path.resolve() in taken:
            told = f"is the file of {taken[path.resolve()]}; name another"
            raise typer.BadParameter(told, param_hint=option)
        taken[path.resolve()] = what
    from contextlib import ExitStack
    from datetime import timedelta

    from core_services.calendar import business_day
    from core_services.clock import SystemClock
    from queue_server.administration import AdministrationError
    from queue_server.estimate.exporting import write_history
    from queue_server.estimate.store_visits import days_with_calls
    from queue_server.tickets.store_reading import read_centre

    async def write(pool: "Pool", known: "KnownCentre") -> int:
        described = await read_centre(pool, known.id)
        if described is None:
            raise AdministrationError(f"centre {known.code} is gone")
        today = business_day(SystemClock().now(), described.zone, described.cut_over)
        end = today - timedelta(days=1) if last is None else last.date()
        begin = end - timedelta(days=29) if first is None else first.date()
        days = await days_with_calls(pool, known.id, since=begin, before=end + timedelta(days=1))
        with ExitStack() as files, show_progress("days") as progress:

            def opened(path: Path) -> TextIO:
                return files.enter_context(path.open("w", encoding="utf-8", newline=""))

            return await write_history(
                pool,
                known.id,
                days=days,
                zone=described.zone,
                cut_over=described.cut_over,
                visits=opened(file),
                windows=None if windows is None else opened(windows),
                services=None if services is None else opened(services),
                progress=progress,
            )

    written = run(on_centre(settings_from(config), centre, write))
    said = [f"wrote {written} stays to {file}"]
    said += [f"windows to {windows}"] if windows else []
    said += [f"services to {services}"] if services else []
    say(", ".join(said))
