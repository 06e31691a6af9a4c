"""`shubbak training …`: a centre of its own to learn on, set up as the real one is."""

from pathlib import Path
from typing import Annotated

import typer

from queue_server.console import CentreCode, Config, read_password, run, say, settings_from

training_app = typer.Typer(
    help="A centre to learn on: set up as the real one, apart from it, marked on every screen.",
    no_args_is_help=True,
)


@training_app.command("init")
def training_init(
    folder: Annotated[
        Path | None,
        typer.Option(help="Its folder; else the real one's with -training at its end."),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(help="Where its server listens; else the real one's address, 100 ports on."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="The DSN of a database of its own (shubbak_app); else an embedded one."),
    ] = None,
    database_owner: Annotated[
        str | None, typer.Option(help="The DSN of that database's owner (shubbak_owner).")
    ] = None,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read the accounts' password instead of making it."),
    ] = False,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Make a training centre of the real one's set-up. The real one is read and never written.

    Copied are hours, windows, services, policy, plans of appointments, and the accounts by their
    names, all with one password for training. No number, no citizen, no machine, no key.
    """
    from core_services.clock import SystemClock
    from queue_server.settings import EMBEDDED
    from queue_server.training.settings_file import training_folder, training_listen
    from queue_server.training.start import Wish, make_training

    if (database is None) != (database_owner is None):
        raise typer.BadParameter(
            "a database of its own needs both DSNs", param_hint="--database, --database-owner"
        )
    settings = settings_from(config)
    password = read_password(generate=not password_stdin, from_stdin=password_stdin)
    wish = Wish(
        folder=folder or training_folder(settings),
        listen=listen or training_listen(settings),
        password=password,
        database=database or EMBEDDED,
        database_owner=database_owner,
        centre=centre,
    )
    made = run(make_training(settings, wish, clock=SystemClock()))
    say(
        f"{made.code}, for training: {made.windows} windows, {made.services} services, "
        f"accounts: {', '.join(made.accounts)}"
    )
    say(f"start its server: shubbak serve --config {made.settings}")
    say(f"people to call:   shubbak training crowd --config {made.settings}")
    say(f"back to the start: shubbak training reset --config {made.settings}")
    if not password_stdin:
        say("all accounts begin with this password, which opens nothing of the real centre:")
        print(password)


@training_app.command("reset")
def training_reset(config: Config = None) -> None:
    """Empty a training centre and put it back to how it was made; its server must be stopped.

    Machines that were paired with it stay so.
    """
    from core_services.clock import SystemClock
    from queue_server.training.start import reset_training

    run(reset_training(settings_from(config), clock=SystemClock()))
    say("the training centre is as it was made: no numbers, every account with its first password")


@training_app.command("crowd")
def training_crowd(
    speed: Annotated[
        float, typer.Option(min=0.1, max=100, help="How fast people come; 1 as in a real hall.")
    ] = 1.0,
    waiting: Annotated[
        int, typer.Option(min=1, max=120, help="Nobody more comes while so many wait.")
    ] = 20,
    seed: Annotated[
        int | None, typer.Option(help="Decides all that chance decides; else a new one.")
    ] = None,
    config: Config = None,
) -> None:
    """Let people come and take numbers in a running training centre, until Ctrl-C.

    They do what citizens do at reception; whoever learns calls and serves them.
    """
    from core_services.clock import SystemClock
    from queue_server.training.crowd import run_crowd

    run(
        run_crowd(
            settings_from(config),
            speed=speed,
            waiting=waiting,
            seed=seed,
            clock=SystemClock(),
            say=say,
        )
    )
