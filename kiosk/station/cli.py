"""The command `shubbak-workstation`: reads the settings, then serves one machine until stopped."""

import asyncio
import os
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import structlog
import typer

from core_services.clock import SystemClock
from core_services.doctor.options import EPILOG, AsJson, Bundle, Fix, InLanguage
from core_services.l10n import Messages
from core_services.link.client import Link
from core_services.link.documents import fetch_document
from core_services.link.pair_command import pair_command
from core_services.logs import configure_logs
from core_services.look.font import web_font
from core_services.owner import go_on_as_owner
from core_services.pulse import Pulse
from core_services.release import Version
from core_services.settings import SettingsError, load_settings, settings_file
from core_services.watchdog import Systemd, watched
from kiosk.cli import LOCALE, until_stopped
from kiosk.screen import serving
from kiosk.station.ledger import Ledger
from kiosk.station.opening import open_devices
from kiosk.station.screen import create_station_screen, load_station_shell
from kiosk.station.settings import PROGRAM, WorkstationSettings
from kiosk.station.workstation import VERSION, Workstation, hello

logger = structlog.get_logger()


async def serve(settings: WorkstationSettings, token: str) -> None:
    """Run the workstation and its page until cancelled.

    Raises SettingsError if the settings of a device or the server's CA cannot be, OSError if the
    port is taken, sqlite3.Error if the ledger is unusable.
    """
    clock = SystemClock()
    systemd, pulse = Systemd.of(os.environ), Pulse(clock)
    trust = settings.read_trust()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    font = await asyncio.to_thread(web_font, settings.data_dir / "cache")
    shell = await asyncio.to_thread(load_station_shell, font)
    with closing(Ledger.open(settings.data_dir / "ledger.sqlite3", clock)) as ledger:
        station = Workstation(
            link=Link(
                server=settings.server,
                token=token,
                hello=hello(settings.name, ledger),
                clock=clock,
                pulse=pulse,
                trust=trust,
            ),
            ledger=ledger,
            fetch=partial(fetch_document, settings.server, token, trust=trust),
            clock=clock,
        )
        devices = open_devices(
            settings,
            clock,
            pulse,
            on_news=station.on_news,
            on_state=station.on_state,
            on_open=station.on_open,
            on_scan=station.on_scan,
            on_unreadable=station.on_unreadable,
        )
        station.attach(workers=devices.workers, others=devices.others)
        app = create_station_screen(station, settings.name, shell, Messages.load(LOCALE))

        async def is_ready() -> bool:
            return station.is_ready

        def status() -> str:
            heard = "connected" if station.connected else "no connection"
            well = sum(each.state == "ready" for each in station.devices())
            return f"server: {heard}; devices ready: {well} of {len(station.devices())}"

        async with (
            serving(app, settings.port) as port,
            watched(systemd, pulse, is_ready=is_ready, status=status, clock=clock),
        ):
            logger.info("workstation_started", version=VERSION, name=settings.name, port=port)
            await station.run()


cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


cli.command("pair")(pair_command("workstation", WorkstationSettings))


@cli.callback(
    invoke_without_command=True,
    help="Serve one workstation: its devices and its line to the server.",
)
def workstation(
    context: typer.Context,
    _: Version = False,
    config: Annotated[
        Path | None, typer.Option(help="The settings file, `workstation.toml`.")
    ] = None,
    server: Annotated[str | None, typer.Option(help="The address of the server.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="The file with the device's token, mode 0600.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port of the machine's page.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder for the journals, the ledger and generated files.")
    ] = None,
) -> None:
    if context.invoked_subcommand is not None:
        return
    configure_logs(
        "shubbak-workstation"
    )  # nothing is told before it is known what must not be told
    try:
        settings = load_settings(
            WorkstationSettings,
            settings_file(PROGRAM, config),
            server=server,
            token_file=token_file,
            port=port,
            data_dir=data_dir,
        )
        go_on_as_owner(settings.data_dir)
        configure_logs("shubbak-workstation", json=settings.log_json, level=settings.log_level)
        token = settings.read_token()
        asyncio.run(until_stopped(serve(settings, token)))
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except Exception:
        logger.exception("workstation_failed")
        raise typer.Exit(1) from None
    logger.info("workstation_stopped")


@cli.command(epilog=EPILOG)
def doctor(
    config: Annotated[
        Path | None, typer.Option(help="The settings file, `workstation.toml`.")
    ] = None,
    as_json: AsJson = False,
    fix: Fix = False,
    language: InLanguage = None,
    bundle: Bundle = None,
) -> None:
    """Look at this machine as a workstation: what is wrong, and what to do about it."""
    from core_services.doctor.running import tell
    from kiosk.station.doctor import examine_workstation

    file = settings_file(PROGRAM, config)
    report = examine_workstation(file, language=language, fix=fix)
    files = [] if file is None else [file]
    raise typer.Exit(tell(report, language=language, as_json=as_json, bundle=bundle, files=files))


def main() -> None:
    """Run the command."""
    cli()
