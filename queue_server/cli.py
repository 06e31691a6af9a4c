"""The `shubbak` command: the server, its database, the centre's file, people, keys and devices.

Only this module's own imports are paid by every command; each command imports what it runs.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core_services.release import Version
from queue_server.cli_backup import backup_app
from queue_server.cli_devices import device_app
from queue_server.cli_doctor import EPILOG, doctor
from queue_server.cli_emergency import emergency_app
from queue_server.cli_estimate import estimate_backtest
from queue_server.cli_export import export_app
from queue_server.cli_figures import figures_app
from queue_server.cli_install import install
from queue_server.cli_people import key_app, user_app
from queue_server.cli_personal import personal_app
from queue_server.cli_power import power_app
from queue_server.cli_simulate import simulate
from queue_server.cli_tls import tls_app
from queue_server.cli_training import training_app
from queue_server.console import (
    DEMO_CENTRE,
    CentreCode,
    Config,
    exit_code_of,
    on_centre,
    run,
    say,
    settings_from,
    show_progress,
    telling_errors,
)

if TYPE_CHECKING:
    from core_services.database.pool import Pool
    from queue_server.store_centre import KnownCentre

app = typer.Typer(
    name="shubbak",
    epilog="Exit codes: 0 done, 1 could not be done, 2 wrong arguments, settings or file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
centre_app = typer.Typer(help="The centre's description.", no_args_is_help=True)
audit_app = typer.Typer(help="The chain of everything that happened.", no_args_is_help=True)
app.add_typer(centre_app, name="centre")
app.add_typer(backup_app, name="backup")
app.add_typer(user_app, name="user")
app.add_typer(key_app, name="key")
app.add_typer(device_app, name="device")
app.add_typer(emergency_app, name="emergency-book")
app.add_typer(figures_app, name="figures")
app.add_typer(power_app, name="power")
app.add_typer(personal_app, name="personal")
app.add_typer(audit_app, name="audit")
app.add_typer(export_app, name="export")
app.add_typer(tls_app, name="tls")
app.add_typer(training_app, name="training")
app.command("estimate-backtest")(estimate_backtest)
app.command()(install)
app.command()(simulate)
app.command(epilog=EPILOG)(doctor)


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(exit_code_of(app))


@app.callback()
def shubbak(_: Version = False) -> None:
    """Runs a technology centre: its server, database, people, keys and devices."""


@app.command()
def serve(
    config: Config = None,
    listen: Annotated[
        str | None, typer.Option(help="Address and port, such as 127.0.0.1:8080.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for the server's data.")] = None,
    processes: Annotated[
        int | None, typer.Option(help="So many processes share the port; from 2 on see `reload`.")
    ] = None,
) -> None:
    """Run the centre's server until it is told to stop."""
    settings = settings_from(
        config, logs_level=None, listen=listen, data_dir=data_dir, processes=processes
    )
    if settings.processes > 1:
        from queue_server.processes.supervisor import serve_together

        run(serve_together(settings, config))
    else:
        from queue_server.app import serve as serve_centre

        run(serve_centre(settings), is_server=True)


@app.command()
def reload(
    config: Config = None,
    listen: Annotated[
        str | None, typer.Option(help="As `serve` was given it, where it was.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="As `serve` was given it, where it was.")
    ] = None,
) -> None:
    """Renew the server's processes one by one, while the others serve; none of its work is lost.

    They begin with the program and the settings that are there now.
    """
    from queue_server.processes.reload import reload_server

    settings = settings_from(config, listen=listen, data_dir=data_dir)
    renewed = run(reload_server(settings))
    say(f"renewed: {len(renewed)} processes ({', '.join(map(str, renewed))})")


@app.command()
def demo(
    data: Annotated[
        Path, typer.Option("--data", help="Folder for everything the demo keeps.")
    ] = Path("shubbak-demo"),
    port: Annotated[
        int, typer.Option(min=1, max=65531, help="Server's port; the other programs' follow.")
    ] = 8080,
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="How fast the bots live.")] = 1.0,
    printer: Annotated[
        str | None, typer.Option(help="A real printer's URL instead of the virtual one.")
    ] = None,
    printer_profile: Annotated[
        str | None,
        typer.Option(
            help="What that printer is, as drivers/SUPPORTED.md names it; else epson-576."
        ),
    ] = None,
    bots: Annotated[
        bool, typer.Option("--bots/--no-bots", help="Let bots be citizens and clerks.")
    ] = True,
) -> None:
    """Start a whole centre on this machine: server, kiosk, hall display, printer, bots."""
    from core_services.logs import configure_logs
    from queue_server.demo.demo import run_demo

    if printer_profile is not None and printer is None:
        raise typer.BadParameter(
            "it tells what the printer at --printer is; give that too",
            param_hint="--printer-profile",
        )
    configure_logs("shubbak", level="warning")
    run(
        run_demo(
            data=data,
            port=port,
            speed=speed,
            printer=printer,
            printer_profile=printer_profile,
            bots=bots,
        )
    )


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the database's schema forward to this program."""
    from queue_server.administration import migrate_database

    applied = run(migrate_database(settings_from(config)))
    for name in applied:
        say(f"applied {name}")
    say("the database is up to date")


@app.command()
def openapi(
    output: Annotated[
        Path | None, typer.Option("--output", help="Write here instead of standard output.")
    ] = None,
) -> None:
    """Write the description of the HTTP interface (OpenAPI 3.1)."""
    from queue_server.web.api_document import api_document_text

    text = api_document_text()
    if output is None:
        sys.stdout.write(text)
    else:
        with telling_errors():
            output.write_text(text, encoding="utf-8")
        say(f"wrote {output}")


@centre_app.command("load")
def centre_load(
    file: Annotated[
        Path, typer.Argument(help=f"The centre's TOML file; {DEMO_CENTRE} is the packaged one.")
    ],
    config: Config = None,
    renew_key: Annotated[
        bool, typer.Option("--renew-key", help="Make another signing key and retire the present.")
    ] = False,
) -> None:
    """Make or update a centre, its queues, windows and services, and its signing key."""
    from core_services.clock import SystemClock
    from queue_server.administration import load_centre
    from queue_server.console import packaged_centre

    path = packaged_centre() if str(file) == DEMO_CENTRE else file
    done = run(
        load_centre(settings_from(config), path, renew_key=renew_key, at=SystemClock().now())
    )
    what = "made" if done.loaded.is_new else "updated" if done.loaded.is_changed else "unchanged"
    say(
        f"{done.code}: {what}; {done.windows} windows, {done.services} services, "
        f"configuration {done.loaded.config_version}"
    )
    if done.loaded.keeps_policy:
        say(
            "a policy is published: credit_minutes, priority_first and hours of this file were "
            "passed over; change them at /admin/policy"
        )
    if done.has_hours:
        say("its hours hold as the first policy; from now on /admin/policy decides them")
    if done.new_key is not None:
        say(f"signing key: {done.new_key} (keep a copy in a safe place)")


@centre_app.command("show")
def centre_show(centre: CentreCode = None, config: Config = None) -> None:
    """Print the centre's file as the centre is now, to be changed and loaded again."""
    from queue_server.centre_text import centre_text
    from queue_server.store_centre import describe_centre

    async def show(pool: "Pool", known: "KnownCentre") -> str:
        return centre_text(await describe_centre(pool, known.id))

    sys.stdout.write(run(on_centre(settings_from(config), centre, show)))


@audit_app.command("verify")
def audit_verify(centre: CentreCode = None, config: Config = None) -> None:
    """Walk the chain of events and say whether it is whole; exit code 1 when it is not."""
    from core_services.audit.verify import Verdict, verify

    async def walk(pool: "Pool", known: "KnownCentre") -> Verdict:
        with show_progress("events") as progress:
            return await verify(pool, known.id, on_progress=progress)

    verdict = run(on_centre(settings_from(config), centre, walk))
    for gap in verdict.breaks:
        say(f"events {gap.first} to {gap.last}: {gap.why}")
    if not verdict.is_whole:
        say("the chain is broken")
        raise typer.Exit(1)
    print(f"whole: {verdict.revision} events, {verdict.links} links, head {verdict.digest}")


if __name__ == "__main__":
    main()
