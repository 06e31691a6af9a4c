"""The command `shubbak-kiosk`: reads the settings, then serves one touch kiosk until stopped."""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import structlog
import typer

from core_services.clock import Clock, SystemClock
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
from core_services.settings import SettingsError, did_you_mean, load_settings, settings_file
from core_services.watchdog import Systemd, watched
from drivers.errors import DeviceError
from drivers.printers.profile_table import profile_of
from drivers.printers.profiles import PROFILES, Profile, with_baud
from drivers.scanners.options import read_framing
from drivers.scanners.scanner import Scanner
from drivers.transports.opening import check_url
from drivers.voices.espeak import Espeak
from drivers.voices.voice import Voice
from kiosk.agent import VERSION, Kiosk, hello
from kiosk.audience import Audience
from kiosk.offline import Outbox
from kiosk.printing import Printing
from kiosk.screen import create_screen, serving
from kiosk.seams import OpenPrinting, OpenScanner
from kiosk.settings import PROGRAM, KioskSettings
from kiosk.shell import load_shell
from kiosk.steps import Patience
from kiosk.view import Painter

logger = structlog.get_logger()

LOCALE = Path(__file__).parent / "locale"


async def serve(settings: KioskSettings, token: str) -> None:
    """Run the kiosk and its screen until cancelled.

    Raises SettingsError if the settings of the printer or the server's CA cannot be, OSError if the
    port is taken, DeviceError if the printer's journal is unusable, sqlite3.Error if the outbox is.
    """
    clock = SystemClock()
    systemd, pulse = Systemd.of(os.environ), Pulse(clock)
    trust = settings.read_trust()
    open_printer = open_printing(settings, clock, pulse)
    open_scan = open_scanner(settings, clock, pulse)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    font = await asyncio.to_thread(web_font, settings.data_dir / "cache")
    shell = await asyncio.to_thread(load_shell, font)
    voice = voice_of(settings, clock)
    painter = Painter(
        Messages.load(LOCALE), shell.templates, shell.version, listens=voice is not None
    )
    audience = Audience()
    with closing(Outbox.open(settings.data_dir / "outbox.sqlite3", clock)) as outbox:
        kiosk = Kiosk(
            link=Link(
                server=settings.server,
                token=token,
                hello=partial(hello, settings.name, outbox),
                clock=clock,
                pulse=pulse,
                trust=trust,
            ),
            outbox=outbox,
            open_printing=open_printer,
            open_scanner=open_scan,
            browser_scanner=settings.browser_scanner,
            audience=audience,
            glass_watch=GlassWatch(settings.data_dir / "lit"),
            clock=clock,
            name=settings.name,
            take_picture=None
            if settings.devtools is None
            else DevTools(settings.devtools, f"http://127.0.0.1:{settings.port}/"),
            patience=Patience(
                idle_s=settings.idle_s,
                answer_s=settings.idle_answer_s,
                roll_answer_s=settings.roll_check_s,
            ),
        )
        app = create_screen(
            kiosk=kiosk, audience=audience, shell=shell, painter=painter, voice=voice
        )

        async def is_ready() -> bool:
            return kiosk.machines.are_ready

        def status() -> str:
            heard, machines = "connected" if kiosk.connected else "no connection", kiosk.machines
            return f"server: {heard}; printer: {machines.printer}; scanner: {machines.scanner}"

        async with (
            serving(app, settings.port) as port,
            watched(systemd, pulse, is_ready=is_ready, status=status, clock=clock),
        ):
            logger.info("kiosk_started", version=VERSION, name=settings.name, port=port)
            await kiosk.run()


def voice_of(settings: KioskSettings, clock: SystemClock) -> Voice | None:
    """Return the voice; None where its program is not installed."""
    if shutil.which(settings.voice_program) is None:
        return None
    return Voice(clips=None, engine=Espeak(clock, settings.voice_program))


def open_printing(settings: KioskSettings, clock: Clock, pulse: Pulse) -> OpenPrinting | None:
    """Return what opens the printer; None for a kiosk without one. Raises SettingsError."""
    if settings.printer is None:
        return None
    profile = profile_in(settings)
    problems = []
    try:
        check_url(settings.printer)
    except DeviceError as error:
        problems.append(f'"printer": {error}')
    if settings.width_dots is not None and settings.width_dots > profile.width_dots:
        problems.append(
            f'"width_dots": {settings.width_dots} is more than the {profile.width_dots} dots that '
            f"{profile.name} can print; leave it out or give a smaller number"
        )
    if problems:
        raise SettingsError(problems)
    return partial(
        Printing,
        with_baud(settings.printer, profile),
        profile,
        width_dots=settings.width_dots,
        data_dir=settings.data_dir,
        cache_dir=settings.data_dir / "cache",
        clock=clock,
        roll_mm=settings.roll_m * 1000,
        pulse=pulse,
    )


def profile_in(settings: KioskSettings) -> Profile:
    """Return the profile that the settings name: one of theirs or of ours. Raises SettingsError."""
    problems, own = [], {}
    for name, table in settings.profiles.items():
        try:
            own[name] = profile_of(name, table)
        except ValueError as error:
            problems.append(f'"profiles.{name}": {error}')
    if problems:
        raise SettingsError(problems)
    known = {**PROFILES, **own}
    profile = known.get(settings.printer_profile)
    if profile is None:
        name = settings.printer_profile
        raise SettingsError(
            [f'"printer_profile": {name!r} is not known{did_you_mean(name, list(known))}']
        )
    return profile


def open_scanner(settings: KioskSettings, clock: Clock, pulse: Pulse) -> OpenScanner | None:
    """Return what opens the scanner; None for a kiosk without one. Raises SettingsError."""
    url = settings.scanner
    if url is None:
        return None
    try:
        check_url(url)
        framing = read_framing(
            url,
            prefix=settings.scanner_prefix,
            suffix=settings.scanner_suffix,
            gap_ms=settings.scanner_gap_ms,
            trigger_on=settings.scanner_trigger_on,
            trigger_off=settings.scanner_trigger_off,
            encodings=settings.scanner_encodings,
        )
    except (DeviceError, ValueError) as error:
        raise SettingsError([f'"scanner": {error}']) from error
    return partial(Scanner, url, clock, framing=framing, pulse=pulse)


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


cli.command("pair")(pair_command("kiosk", KioskSettings))


@cli.callback(
    invoke_without_command=True,
    help="Serve one touch kiosk: its screen, its slip printer, its line to the server.",
)
def kiosk(
    context: typer.Context,
    _: Version = False,
    config: Annotated[Path | None, typer.Option(help="The settings file, `kiosk.toml`.")] = None,
    server: Annotated[str | None, typer.Option(help="The address of the server.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="The file with the device's token, mode 0600.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port of the kiosk's page.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder for the journal, the outbox and generated files.")
    ] = None,
    printer: Annotated[
        str | None, typer.Option(help="The slip printer's URL, such as tcp://192.168.1.50:9100.")
    ] = None,
    printer_profile: Annotated[str | None, typer.Option(help="The printer's profile.")] = None,
    scanner: Annotated[
        str | None,
        typer.Option(help="The barcode scanner's URL, such as serial:///dev/ttyACM0."),
    ] = None,
) -> None:
    if context.invoked_subcommand is not None:
        return
    configure_logs("shubbak-kiosk")  # nothing is told before it is known what must not be told
    try:
        settings = load_settings(
            KioskSettings,
            settings_file(PROGRAM, config),
            server=server,
            token_file=token_file,
            port=port,
            data_dir=data_dir,
            printer=printer,
            printer_profile=printer_profile,
            scanner=scanner,
        )
        go_on_as_owner(settings.data_dir)
        configure_logs("shubbak-kiosk", json=settings.log_json, level=settings.log_level)
        token = settings.read_token()
        asyncio.run(until_stopped(serve(settings, token)))
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except Exception:
        logger.exception("kiosk_failed")
        raise typer.Exit(1) from None
    logger.info("kiosk_stopped")


@cli.command(epilog=EPILOG)
def doctor(
    config: Annotated[Path | None, typer.Option(help="The settings file, `kiosk.toml`.")] = None,
    as_json: AsJson = False,
    fix: Fix = False,
    language: InLanguage = None,
    bundle: Bundle = None,
) -> None:
    """Look at this machine as a kiosk: what is wrong, and what to do about it."""
    from core_services.doctor.running import tell
    from kiosk.doctor import examine_kiosk

    file = settings_file(PROGRAM, config)
    report = examine_kiosk(file, language=language, fix=fix)
    files = [] if file is None else [file]
    raise typer.Exit(tell(report, language=language, as_json=as_json, bundle=bundle, files=files))


def main() -> None:
    """Run the command."""
    cli()
