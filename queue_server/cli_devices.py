"""`shubbak device …`: the machines that may connect."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from queue_server.console import CentreCode, Config, on_centre, run, say, settings_from

if TYPE_CHECKING:
    from core_services.database.pool import Pool
    from queue_server.store_centre import KnownCentre

device_app = typer.Typer(help="Kiosks, displays and workstations.", no_args_is_help=True)


@device_app.command("add")
def device_add(
    kind: Annotated[
        Literal["kiosk", "display", "workstation"], typer.Option(help="What the machine is.")
    ],
    name: Annotated[str, typer.Option(help="Its name, such as K1.")],
    token_file: Annotated[
        Path | None, typer.Option(help="Write the token to this new file (mode 0600).")
    ] = None,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Add a device and print its token, once, or write it to a file."""
    from core_services.clock import SystemClock
    from core_services.devices.model import NewDevice
    from queue_server.administration import add_device_with_file

    async def add(pool: "Pool", known: "KnownCentre") -> NewDevice:
        return await add_device_with_file(
            pool, known, kind=kind, name=name, token_file=token_file, at=SystemClock().now()
        )

    new = run(on_centre(settings_from(config), centre, add))
    if token_file is not None:
        say(f"added the {kind} {name}; its token is in {token_file}")
    else:
        say(f"added the {kind} {name}; its token, shown this once:")
        print(new.token)


@device_app.command("pair")
def device_pair(
    kind: Annotated[
        Literal["kiosk", "display", "workstation"], typer.Option(help="What the machine is.")
    ],
    name: Annotated[str, typer.Option(help="Its name, such as K1; a known one gets a new token.")],
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Open a code of six digits, valid 10 minutes and once, by which a machine is paired."""
    from core_services.clock import SystemClock
    from core_services.devices.pairing import NewPairing, open_pairing
    from queue_server.administration import SYSTEM

    async def open_one(pool: "Pool", known: "KnownCentre") -> NewPairing:
        return await open_pairing(
            pool,
            centre_id=known.id,
            kind=kind,
            name=name,
            actor=SYSTEM,
            at=SystemClock().now(),
        )

    settings = settings_from(config)
    new = run(on_centre(settings, centre, open_one))
    until = new.pairing.expires_at
    server = f"{'http' if settings.tls_files is None else 'https'}://ADDRESS:{settings.port}"
    say(f"valid until {until:%H:%M} UTC, once; on the machine, as root:")
    say(f"shubbak-{kind} pair --server {server} --code {new.code} --name {name}")
    print(new.code)


@device_app.command("revoke")
def device_revoke(
    name: Annotated[str, typer.Option(help="Which device.")],
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Shut a device out for ever; its name is free again."""
    from core_services.clock import SystemClock
    from core_services.devices.register import find_device, revoke_device
    from queue_server.administration import SYSTEM

    async def revoke(pool: "Pool", known: "KnownCentre") -> None:
        device = await find_device(pool, centre_id=known.id, name=name)
        await revoke_device(
            pool, centre_id=known.id, device_id=device.id, actor=SYSTEM, at=SystemClock().now()
        )

    run(on_centre(settings_from(config), centre, revoke))
    say(f"revoked {name}")


@device_app.command("list")
def device_list(centre: CentreCode = None, config: Config = None) -> None:
    """List the devices in use: kind, name, whether they answer, a kiosk's offline numbers."""
    from core_services.clock import SystemClock
    from core_services.devices.model import DeviceState
    from core_services.devices.register import list_devices

    async def everyone(pool: "Pool", known: "KnownCentre") -> tuple[DeviceState, ...]:
        return await list_devices(pool, centre_id=known.id, at=SystemClock().now())

    for state in run(on_centre(settings_from(config), centre, everyone)):
        seen = state.presence.seen_at.isoformat(timespec="seconds") if state.presence else "never"
        up = "up" if state.is_up else "down"
        line = f"{state.device.kind}\t{state.device.name}\t{up}\t{seen}"
        if state.offline is not None:
            held = state.offline
            line += f"\toffline {held.letter}{held.first}-{held.letter}{held.last}"
        elif state.has_no_letter:
            line += "\tno offline letter left"
        print(line)
