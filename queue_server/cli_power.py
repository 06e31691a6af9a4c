"""`shubbak power …`: what the battery's watcher (NUT's upsmon) calls when the power fails."""

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from queue_server.console import CentreCode, Config, on_centre, run, say, settings_from

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from core_services.database.pool import Pool
    from queue_server.settings import ServerSettings
    from queue_server.store_centre import KnownCentre

power_app = typer.Typer(
    help="What upsmon calls: the power fails, is back, the battery is nearly empty.",
    no_args_is_help=True,
)


@power_app.command("failing")
def power_failing(
    hall: Annotated[
        bool, typer.Option("--hall/--no-hall", help="Tell the hall too, by a message.")
    ] = True,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """The power is cut, the battery carries: the supervisor has an alarm."""
    from core_services.clock import SystemClock
    from queue_server.power.acts import note_failing

    async def note(pool: "Pool", known: "KnownCentre") -> None:
        await note_failing(pool, known.id, at=SystemClock().now(), tells_hall=hall)

    run(on_centre(settings_from(config), centre, note))
    say("noted: on battery")


@power_app.command("restored")
def power_restored(centre: CentreCode = None, config: Config = None) -> None:
    """The power is back: the alarm and the message to the hall end."""
    from core_services.clock import SystemClock
    from queue_server.power.acts import note_over

    async def note(pool: "Pool", known: "KnownCentre") -> None:
        await note_over(pool, known.id, at=SystemClock().now())

    run(on_centre(settings_from(config), centre, note))
    say("noted: the power is back")


@power_app.command("notify")
def power_notify(
    message: Annotated[str, typer.Argument(help="What upsmon says; only its type counts.")] = "",
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Do what NOTIFYTYPE says: ONBATT is failing, ONLINE restored, all else nothing."""
    kind = os.environ.get("NOTIFYTYPE", "")
    if kind == "ONBATT":
        power_failing(hall=True, centre=centre, config=config)
    elif kind == "ONLINE":
        power_restored(centre=centre, config=config)
    else:
        say(f"nothing to do for {kind or 'a call without NOTIFYTYPE'}: {message}")


@power_app.command("critical")
def power_critical(
    within: Annotated[
        float, typer.Option(min=5, help="Seconds for all of it, the backup included.")
    ] = 60.0,
    backup: Annotated[
        float, typer.Option(min=0, help="Seconds of these for a last backup; 0: none.")
    ] = 0.0,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """The battery is nearly empty: save, and stop this machine's server in order."""
    run(
        _save_and_stop(
            settings_from(config), centre, config_given=config, within=within, backup=backup
        )
    )


async def _save_and_stop(
    settings: "ServerSettings",
    centre: str | None,
    *,
    config_given: Config,
    within: float,
    backup: float,
) -> None:
    import asyncio

    from queue_server.power.running import running_servers, stop_servers

    ends = time.monotonic() + within
    if not await asyncio.to_thread(running_servers, settings.data_dir):
        say("no server runs here; there is nothing to stop")
        return
    noted_within_s, saved_within_s = within / 8, min(backup, within / 2)
    await _try("the alarm", noted_within_s, _note(settings, centre, is_over=False))
    if backup:
        saving = _back_up(settings, config_given, within_s=saved_within_s)
        await _try("the last backup", saved_within_s + noted_within_s, saving)
    await _try("the alarm's end", noted_within_s, _note(settings, centre, is_over=True))
    left = await stop_servers(settings.data_dir, within_s=max(2.0, ends - time.monotonic()))
    if left:
        say(f"still running after {within:.0f} s: {', '.join(map(str, left))}")
        raise typer.Exit(1)
    say("the server has stopped; everything is on the disk")


async def _try(what: str, within_s: float, work: "Coroutine[Any, Any, None]") -> None:
    """Do it if it can be done in time: the stop must come, whatever becomes of the rest."""
    import asyncio

    try:
        async with asyncio.timeout(within_s):
            await work
    except TimeoutError:
        say(f"{what}: not done within {within_s:.0f} s")
    except Exception as error:
        say(f"{what}: not done: {error}")


async def _note(settings: "ServerSettings", centre: str | None, *, is_over: bool) -> None:
    """Say it in the book of alarms; whoever starts after the cut begins without it."""
    from core_services.clock import SystemClock
    from queue_server.power.acts import note_critical, note_over

    act = note_over if is_over else note_critical

    async def note(pool: "Pool", known: "KnownCentre") -> None:
        await act(pool, known.id, at=SystemClock().now())

    await on_centre(settings, centre, note)


async def _back_up(settings: "ServerSettings", config: Config, *, within_s: float) -> None:
    from core_services.clock import SystemClock
    from queue_server.backup.create import create_backup
    from queue_server.backup.ordering import order_of
    from queue_server.database import OwnerUnknown, reach_database

    async with reach_database(settings) as addresses:
        if addresses.owner is None:
            raise OwnerUnknown
        order = order_of(settings, config, within_s=within_s)
        made = await create_backup(order, addresses.owner, clock=SystemClock())
    print(made.path)
