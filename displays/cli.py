"""The command `shubbak-display`: reads the settings, then serves one hall screen until stopped."""

import asyncio
import os
import signal
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated

import structlog
import typer

from core_services.clock import SystemClock
from core_services.doctor.options import EPILOG, AsJson, Bundle, Fix, InLanguage
from core_services.l10n import Messages
from core_services.link.client import Link
from core_services.link.glass_picture import DevTools
from core_services.link.glass_watch import GlassWatch
from core_services.link.pair_command import pair_command
from core_services.logs import configure_logs
from core_services.look.font import web_font
from core_services.owner import go_on_as_owner
from core_services.pulse import Pulse
from core_services.release import Version
from core_services.settings import SettingsError, load_settings, settings_file
from core_services.watchdog import Systemd, watched
from displays.agent import VERSION, Display, hello
from displays.announcer import Pace
from displays.audience import Audience
from displays.memory import Memory
from displays.panels import Panels
from displays.screen import create_screen, serving
from displays.settings import PROGRAM, DisplaySettings
from displays.shell import load_shell
from displays.voice_command import app as voice_app
from displays.voicing import loudness_of, recordings_of, speaker_of

logger = structlog.get_logger()

LOCALE = Path(__file__).parent / "locale"


async def serve(settings: DisplaySettings, token: str) -> None:
    """Run the display and its screen until cancelled. Raises OSError if the port is taken.

    Until the page's files are read nothing is served, so reading them may block.
    """
    clock = SystemClock()
    systemd, pulse = Systemd.of(os.environ), Pulse(clock)
    memory = Memory(settings.data_dir)
    shell = load_shell(web_font(settings.data_dir / "cache"))
    messages = Messages.load(LOCALE)
    audience = Audience()
    recordings = recordings_of(settings)
    display = Display(
        link=Link(
            server=settings.server,
            token=token,
            hello=hello(settings.name, memory),
            clock=clock,
            pulse=pulse,
            trust=settings.read_trust(),
        ),
        audience=audience,
        glass_watch=GlassWatch(settings.data_dir / "lit"),
        memory=memory,
        pace=Pace(
            minimum_s=settings.minimum_call_s,
            crowded_s=settings.crowded_call_s,
            age_limit_s=settings.call_age_limit_s,
            voice=settings.voice,
        ),
        clock=clock,
        panels=Panels(settings.panels, clock, pulse) if settings.panels else None,
        speaker=speaker_of(settings, recordings, clock, pulse),
        loudness=loudness_of(settings),
        take_picture=None
        if settings.devtools is None
        else DevTools(settings.devtools, f"http://127.0.0.1:{settings.port}/"),
    )
    app = create_screen(
        display=display,
        audience=audience,
        shell=shell,
        messages=messages,
        clock=clock,
        languages=settings.languages,
        chime=settings.chime,
        volume=settings.volume,
        recordings=recordings if settings.voice else None,
    )

    async def is_ready() -> bool:
        return True  # the page is served, and waits for the server by itself

    def status() -> str:
        heard = "connected" if display.connected else "no connection"
        return f"server: {heard}; {display.trouble or 'seen and heard'}"

    async with (
        serving(app, settings.port) as port,
        watched(systemd, pulse, is_ready=is_ready, status=status, clock=clock),
    ):
        logger.info("display_started", version=VERSION, name=settings.name, port=port)
        await display.run()


async def until_stopped(work: Awaitable[None]) -> None:
    """Await `work`, cancelling it at SIGTERM or SIGINT; a stop that was asked for is no error."""
    task = asyncio.current_task()
    asked = False

    def stop() -> None:
        nonlocal asked
        asked = True
        if task is not None:
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await work
    except asyncio.CancelledError:
        if not asked:
            raise


cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


cli.add_typer(voice_app, name="voice")
cli.command("pair")(pair_command("display", DisplaySettings))


@cli.callback(
    invoke_without_command=True,
    help="Serve one hall screen: the board that this machine's browser shows.",
)
def display(
    context: typer.Context,
    _: Version = False,
    config: Annotated[Path | None, typer.Option(help="The settings file, `display.toml`.")] = None,
    server: Annotated[str | None, typer.Option(help="The address of the server.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="The file with the device's token, mode 0600.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port of the board's page.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for generated files.")] = None,
) -> None:
    if context.invoked_subcommand is not None:
        return
    configure_logs("shubbak-display")  # nothing is told before it is known what must not be told
    try:
        settings = load_settings(
            DisplaySettings,
            settings_file(PROGRAM, config),
            server=server,
            token_file=token_file,
            port=port,
            data_dir=data_dir,
        )
        go_on_as_owner(settings.data_dir)
        configure_logs("shubbak-display", json=settings.log_json, level=settings.log_level)
        token = settings.read_token()
        settings.read_trust()  # told as the settings' other mistakes are
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    try:
        asyncio.run(until_stopped(serve(settings, token)))
    except Exception:
        logger.exception("display_failed")
        raise typer.Exit(1) from None
    logger.info("display_stopped")


@cli.command(epilog=EPILOG)
def doctor(
    config: Annotated[Path | None, typer.Option(help="The settings file, `display.toml`.")] = None,
    as_json: AsJson = False,
    fix: Fix = False,
    language: InLanguage = None,
    bundle: Bundle = None,
) -> None:
    """Look at this machine as a hall screen: what is wrong, and what to do about it."""
    from core_services.doctor.running import tell
    from displays.doctor import examine_display

    file = settings_file(PROGRAM, config)
    report = examine_display(file, language=language, fix=fix)
    files = [] if file is None else [file]
    raise typer.Exit(tell(report, language=language, as_json=as_json, bundle=bundle, files=files))


def main() -> None:
    """Run the command."""
    cli()
