"""`shubbak simulate`: a day of a scenario through the real centre."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer

from queue_server.console import CANNOT, WRONG_USE, run, say

if TYPE_CHECKING:
    from queue_server.centre_file import CentreFile
    from queue_server.simulation.library import Scenario
    from queue_server.simulation.result import Simulated

MAX: Final = "max"
_PAGE_WIDTH: Final = 120
"""Of the tables where they go to no terminal."""
_LEAST_SPEED, _MOST_SPEED = 1.0, 200.0


def simulate(
    scenario: Annotated[
        str,
        typer.Argument(
            help="A scenario's TOML file, or the name of one of the library; `list` names those."
        ),
    ],
    speed: Annotated[
        str,
        typer.Option(
            help="max: on a virtual clock, as fast as it goes. A number: on the real clock, every "
            "span divided by it, with all programs as in a centre."
        ),
    ] = MAX,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Decides all chance; else the scenario's own.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=1000, help="So many open days in a row.")] = 1,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the centre; one that has a past goes on after it. Else a new centre "
            "that is removed afterwards."
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65500, help="The server's port where --speed is a number.")
    ] = 8080,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON instead of a table.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a report with plots into this folder.")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(help="Write what happened as CSV, as `shubbak estimate-backtest` reads it."),
    ] = None,
) -> None:
    """Live days of a scenario through the real server, its kiosks, windows and screens."""
    from core_services.logs import configure_logs
    from queue_server.simulation.library import library

    if scenario == "list":
        for name in library():
            print(name)
        return
    found = _scenario(scenario)
    times = _speed(speed)
    if times is not None and (events is not None or days > 1):
        raise typer.BadParameter(
            "--events and --days need --speed max: on the real clock a day is a few minutes",
            param_hint="--speed",
        )
    _check_output(events, report)
    configure_logs("shubbak", level="error" if times is None else "warning")
    chosen = found.plan.seed if seed is None else seed
    with _progress(days) as show:
        simulated = run(_simulated(found, times, chosen, days, data, port, show), is_server=True)
    _tell(simulated, as_json=as_json)
    try:
        _write(simulated, found.centre, events, report)
    except OSError as error:
        say(f"{error.filename}: {error.strerror}")
        raise typer.Exit(CANNOT) from None
    if simulated.errors:
        say("the centre refused what it should not have: " + _counts(simulated.errors))
        raise typer.Exit(CANNOT)


def _check_output(events: Path | None, report: Path | None) -> None:
    """Refuse what cannot be written before days are lived for it, not after them."""
    for option, path, folder in (
        ("--events", events, None if events is None else events.parent),
        ("--report", report, report),
    ):
        if path is None or folder is None:
            continue
        if path is events and path.is_dir():
            raise typer.BadParameter(f"{path} is a folder; name a file", param_hint=option)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise typer.BadParameter(f"{folder}: {error.strerror}", param_hint=option) from None
        if not os.access(path if path.exists() else folder, os.W_OK):
            raise typer.BadParameter(f"{path} cannot be written", param_hint=option)


def _write(
    simulated: "Simulated", centre: "CentreFile", events: Path | None, report: Path | None
) -> None:
    """Write the files that were asked for. Raises OSError."""
    if events is not None:
        from queue_server.simulation.written import write_events

        targets = {code: part.target_s for code, part in centre.services.items()}
        for path in write_events(events, simulated, targets):
            say(f"wrote {path}")
    if report is not None:
        from queue_server.simulation.report import write_report

        pages = [
            path
            for path in write_report(report, simulated, ZoneInfo(centre.centre.zone))
            if path.suffix == ".html"
        ]
        say("wrote " + ", ".join(map(str, pages)))


def _scenario(name: str) -> "Scenario":
    from queue_server.simulation.library import ScenarioError, load_scenario

    try:
        return load_scenario(name)
    except ScenarioError as error:
        say(str(error))
        raise typer.Exit(WRONG_USE) from None


def _speed(text: str) -> float | None:
    """Return the factor; None for the virtual clock."""
    if text == MAX:
        return None
    try:
        times = float(text)
    except ValueError:
        times = 0.0
    if not _LEAST_SPEED <= times <= _MOST_SPEED:
        raise typer.BadParameter(
            f'"max", or a number from {_LEAST_SPEED:g} to {_MOST_SPEED:g}', param_hint="--speed"
        )
    return times


async def _simulated(
    scenario: "Scenario",
    times: float | None,
    seed: int,
    days: int,
    data: Path | None,
    port: int,
    show: Callable[[int, int, int], None],
) -> "Simulated":
    if times is None:
        from queue_server.simulation.run import simulate_at_max

        return await simulate_at_max(scenario, seed=seed, days=days, data=data, on_progress=show)
    from queue_server.simulation.real_time import simulate_in_real_time

    return await simulate_in_real_time(
        scenario, speed=times, seed=seed, days=days, data=data, port=port, on_progress=show
    )


@contextmanager
def _progress(days: int) -> Iterator[Callable[[int, int, int], None]]:
    """Give a function that shows the day, and how many of its people have left, on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("Preparing the centre", total=None)

        def show(day: int, done: int, whole: int) -> None:
            progress.update(
                bar,
                description=f"Day {day + 1} of {days}",
                completed=day + (done / whole if whole else 0),
                total=days,
            )

        yield show


def _tell(simulated: "Simulated", *, as_json: bool) -> None:
    if as_json:
        import orjson

        print(orjson.dumps(simulated.as_json(), option=orjson.OPT_INDENT_2).decode())
        return
    from rich.console import Console

    from queue_server.simulation.result import tables

    console = Console(width=None if sys.stdout.isatty() else _PAGE_WIDTH)
    for table in tables(simulated):
        console.print(table)


def _counts(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{n} times {what}" for what, n in errors.items())
