"""`shubbak estimate-backtest`: how true the estimated waits would have been on a past history."""

import json
import sys
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO, TypeVar

import typer

from queue_server.console import CANNOT, WRONG_USE, say, show_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from rich.table import Table

    from queue_server.estimate.backtest import BacktestReport, Score
    from queue_server.tickets.model import Priority

_Known = TypeVar("_Known")

_PAGE_WIDTH: Final = 110
"""Of the table where it goes to no terminal."""
_SERVICES_SHOWN: Final = 15
"""JSON has them all."""


def estimate_backtest(
    events: Annotated[
        Path,
        typer.Argument(
            metavar="EVENTS.CSV",
            help="Columns: ticket,queue,service,priority,issued_at,called_at,started_at,"
            "finished_at,window,outcome. Times RFC 3339; outcome finished, no_show or left.",
        ),
    ],
    train_days: Annotated[
        int, typer.Option("--train-days", min=0, help="Days that only teach and are not judged.")
    ],
    credit: Annotated[
        list[str] | None,
        typer.Option(
            "--credit",
            metavar="CODE=SECONDS",
            help="By how much a priority came before others, where it was not 900. Repeat it.",
        ),
    ] = None,
    windows: Annotated[
        Path | None,
        typer.Option(
            "--windows",
            help="A log of windows: window,opened_at,closed_at,queues. Inferred if not given.",
        ),
    ] = None,
    services: Annotated[
        Path | None,
        typer.Option(
            "--services",
            help="What the catalogue gives each service: service,target_s. Tells of what the first "
            "days do not.",
        ),
    ] = None,
    zone: Annotated[
        str, typer.Option("--zone", help="Whose wall clock the business days follow.")
    ] = "Africa/Cairo",
    cut_over: Annotated[
        str, typer.Option("--cut-over", help="When a business day begins, HH:MM.")
    ] = "03:00",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Predict each number of a history from what was known at its issue, and say how true it was.

    The product's estimate stands beside the closed formulas of the literature. The days after
    training are judged.
    """
    from queue_server.estimate.backtest import BacktestError, backtest
    from queue_server.estimate.history import read_staffed, read_targets, read_visits

    days_of, turns_at = _zone(zone), _time(cut_over)
    credits_s = _credits(credit or [])
    visits = _read(
        events, partial(read_visits, priorities=credits_s, zone=days_of, cut_over=turns_at)
    )
    staffed = None if windows is None else _read(windows, read_staffed)
    targets = None if services is None else _read(services, read_targets)
    try:
        with show_progress("Predicting") as show:
            report = backtest(
                visits,
                staffed,
                train_days=train_days,
                credit_s=credits_s,
                priors=targets,
                zone=days_of,
                cut_over=turns_at,
                progress=show,
            )
    except BacktestError as error:
        say(f"{events}: {error}")
        raise typer.Exit(CANNOT) from None
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        _print(report)


def _read(path: Path, read: "Callable[[TextIO], _Known]") -> "_Known":
    """Read a file of the history, or say what is wrong in it."""
    from queue_server.estimate.history import HistoryError

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return read(file)
    except HistoryError as error:
        for line in str(error).splitlines():
            say(f"{path}: {line}")
    except OSError as error:
        say(f"{path}: {error.strerror}")
    raise typer.Exit(WRONG_USE)


def _zone(name: str) -> "ZoneInfo":
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is an OSError
        raise typer.BadParameter(f"there is no zone {name!r}", param_hint="--zone") from None


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no HH:MM", param_hint="--cut-over") from None


def _credits(given: list[str]) -> "Mapping[Priority, float]":
    from typing import cast

    from queue_server.estimate.backtest import DEFAULT_CREDIT_S

    credits_s: dict[str, float] = dict(DEFAULT_CREDIT_S.items())
    for each in given:
        code, is_pair, seconds = each.partition("=")
        try:
            credit_s = float(seconds)
        except ValueError:
            credit_s = -1.0
        if not is_pair or not code.strip() or not 0 <= credit_s < 86_400:
            raise typer.BadParameter(
                f"{each!r} is not CODE=SECONDS, such as age65=600", param_hint="--credit"
            )
        credits_s[code.strip()] = credit_s
    return cast("Mapping[Priority, float]", credits_s)


def _print(report: "BacktestReport") -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _PAGE_WIDTH)
    console.print(
        f"{report.days} days, of which {report.train_days} only taught; times in minutes:seconds"
    )
    whole = _table("All days after training", "predictor")
    _row(whole, "the product", report.product)
    for name, score in report.baselines.items():
        _row(whole, name.replace("_", " "), score)
    console.print(whole)
    by_day = _table("The product by day", "day")
    for day, score, _ in report.per_day:
        _row(by_day, day.isoformat(), score)
    console.print(by_day)
    by_service = _table("The product by service, the most frequent", "service")
    frequent = sorted(report.per_service.items(), key=lambda each: -each[1].n)
    for name, score in frequent[:_SERVICES_SHOWN]:
        _row(by_service, name or "not known", score)
    console.print(by_service)
    best = report.baselines[report.best_baseline]
    if best.mae_s > 0:
        lead = 1 - report.product.mae_s / best.mae_s
        console.print(
            f"The product's mean error is {abs(lead):.0%} {'below' if lead >= 0 else 'above'} that "
            f"of the best formula ({report.best_baseline.replace('_', ' ')})."
        )
    for note in report.notes:
        console.print(f"Note: {note}.")


def _table(title: str, first: str) -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in ("n", "mean error", "root mean square", "bias", "80 % held", "mean width"):
        table.add_column(name, justify="right")
    return table


def _row(table: "Table", name: str, score: "Score") -> None:
    table.add_row(
        name,
        str(score.n),
        _clock(score.mae_s),
        _clock(score.rmse_s),
        _clock(score.bias_s, sign=True),
        f"{score.coverage_80:.1%}",
        _clock(score.mean_width_80_s),
    )


def _clock(seconds: float, *, sign: bool = False) -> str:
    whole = round(abs(seconds))
    mark = ("-" if seconds < 0 else "+") if sign else ""
    return f"{mark}{whole // 60}:{whole % 60:02}"
