"""What every command shares: settings, logs, the database, and errors told as sentences."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from core_services.database.pool import Pool
    from queue_server.settings import ServerSettings
    from queue_server.store_centre import KnownCentre

Answer = TypeVar("Answer")

DEMO_CENTRE: Final = "kafr_saqr.toml"
CANNOT, WRONG_USE = 1, 2

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The settings file; else SHUBBAK_SERVER_CONFIG, else /etc/shubbak/server.toml.",
    ),
]
CentreCode = Annotated[
    str | None, typer.Option("--centre", help="The centre's code; needed where there are several.")
]


def settings_from(
    config: Path | None,
    *,
    logs_level: str | None = "warning",
    model: "type[ServerSettings] | None" = None,
    **overrides: object,
) -> "ServerSettings":
    """Read the server's settings and set up the logs; leave with code 2 when they are wrong.

    As root the command goes on as the owner of the data folder; whom that shuts out leaves with 1.
    """
    from core_services.logs import configure_logs
    from core_services.owner import go_on_as_owner
    from core_services.settings import load_settings, settings_file
    from queue_server.settings import PROGRAM, ServerSettings

    with telling_errors():
        settings = load_settings(
            model or ServerSettings, settings_file(PROGRAM, config), **overrides
        )
        go_on_as_owner(settings.data_dir)
    configure_logs("shubbak", json=settings.log_json, level=logs_level or settings.log_level)
    return settings


def run(work: Coroutine[Any, Any, Answer], *, is_server: bool = False) -> Answer:
    """Run a command's work; tell an expected error as a sentence and leave with its code.

    A server runs on uvloop where there is one; a short command would only pay for loading it.
    SIGTERM ends what was begun as Ctrl-C does: a database of its own is no orphan.
    """
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        with (
            telling_errors(),
            asyncio.Runner(loop_factory=_server_loop() if is_server else None) as runner,
        ):
            return runner.run(work)
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def telling_errors() -> Iterator[None]:
    """Tell an expected error as a sentence and leave with its code."""
    try:
        yield
    except _wrong_use() as error:
        say(str(error))
        raise typer.Exit(WRONG_USE) from None
    except _failures() as error:
        say(_sentence(error))
        raise typer.Exit(CANNOT) from None


def _sentence(error: Exception) -> str:
    """Return an error as people read it: of a file its path and what the system says, no number."""
    if isinstance(error, OSError) and type(error).__str__ is OSError.__str__ and error.strerror:
        return ": ".join(str(each) for each in (error.filename, error.strerror) if each)
    return str(error) or type(error).__name__


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


async def on_centre(
    settings: "ServerSettings",
    code: str | None,
    work: "Callable[[Pool, KnownCentre], Awaitable[Answer]]",
) -> Answer:
    """Do the work on the centre with that code, or on the only one."""
    from queue_server.administration import choose_centre
    from queue_server.database import open_migrated, reach_database

    async with (
        reach_database(settings) as addresses,
        open_migrated(addresses.app, is_training=settings.training) as pool,
    ):
        return await work(pool, await choose_centre(pool, code))


def read_password(*, generate: bool, from_stdin: bool) -> str:
    """Make, read or prompt for a password, never echoing it."""
    if generate:
        from core_services.credentials import generate_password

        return generate_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "nobody to ask for a password: give --generate or --password-stdin"
        )
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


@contextmanager
def show_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that takes what is done and the whole, shown as a bar on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task(what, total=None)

        def show(done: int, whole: int) -> None:
            progress.update(bar, completed=done, total=whole)

        yield show


def packaged_centre() -> Path:
    """Return the packaged file of Kafr Saqr."""
    return Path(str(files("queue_server.demo") / DEMO_CENTRE))


def in_order(first: datetime | None, last: datetime | None) -> None:
    """Raise BadParameter where `--from` comes after `--to`."""
    if first is not None and last is not None and first > last:
        raise typer.BadParameter("the first day comes after the last", param_hint="--from")


def say(text: str) -> None:
    """Tell a person something; answers for programs go to standard output instead."""
    typer.echo(text, err=True)


def exit_code_of(app: typer.Typer) -> int:
    """Run the command line of this process and return its exit code."""
    try:
        app(standalone_mode=True)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else CANNOT
    return 0


def _server_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform != "linux":
        return None
    import uvloop

    return uvloop.new_event_loop


def _wrong_use() -> tuple[type[Exception], ...]:
    from core_services.settings import SettingsError
    from queue_server.centre_file import CentreFileError
    from queue_server.demo.errors import ProgramRefused
    from queue_server.tls.errors import BadHost

    return (BadHost, SettingsError, CentreFileError, ProgramRefused)


def _failures() -> tuple[type[Exception], ...]:
    from core_services.database.errors import DatabaseError
    from core_services.devices.errors import DevicesError
    from core_services.paper.drawing import DrawingError
    from core_services.people.errors import PeopleError
    from queue_server.administration import AdministrationError
    from queue_server.backup.errors import BackupError
    from queue_server.configuration import NoCentre
    from queue_server.demo.api import ApiFailed
    from queue_server.demo.errors import DemoFailed
    from queue_server.processes.errors import ProcessesError
    from queue_server.simulation.errors import SimulationFailed
    from queue_server.store_centre import CentreError
    from queue_server.tls.errors import TlsError
    from queue_server.training.errors import TrainingError

    return (
        AdministrationError,
        ApiFailed,
        BackupError,
        DrawingError,
        CentreError,
        DatabaseError,
        DemoFailed,
        DevicesError,
        NoCentre,
        PeopleError,
        ProcessesError,
        SimulationFailed,
        TlsError,
        TrainingError,
        OSError,
    )
