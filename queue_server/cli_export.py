"""`shubbak export …`: a centre's own facts as files."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Write past numbers as `shubbak estimate-backtest` reads them: no names, no phones."""
    in_order(first, last)
    if windows is not None and windows.resolve() == file.resolve():
        raise typer.BadParameter("is the file of the numbers; name another", param_hint="--windows")
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
            visits_file = files.enter_context(file.open("w", encoding="utf-8", newline=""))
            windows_file = None
            if windows is not None:
                windows_file = files.enter_context(windows.open("w", encoding="utf-8", newline=""))
            return await write_history(
                pool,
                known.id,
                days=days,
                zone=described.zone,
                cut_over=described.cut_over,
                visits=visits_file,
                windows=windows_file,
                progress=progress,
            )

    written = run(on_centre(settings_from(config), centre, write))
    say(f"wrote {written} stays to {file}" + (f", windows to {windows}" if windows else ""))
