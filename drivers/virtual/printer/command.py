"""`shubbak-devices printer`."""

import socket
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from drivers.clock import SystemClock
from drivers.printers.profiles import PROFILES, Profile
from drivers.virtual.lines import RECEIVE_BUFFER_BYTES, serve
from drivers.virtual.printer.faults import FaultChange
from drivers.virtual.printer.mechanism import Mechanism
from drivers.virtual.printer.page import create_printer_page
from drivers.virtual.printer.slips import Slips
from drivers.virtual.program import Device, address_of, listen, parse_faults, run_program


def printer(
    listen_at: Annotated[
        str,
        typer.Option(
            "--listen", help="Where it is printed to, HOST:PORT; port 0 takes a free one."
        ),
    ] = "127.0.0.1:9100",
    http: Annotated[
        str, typer.Option(help="Where its page is, HOST:PORT; port 0 takes a free one.")
    ] = "127.0.0.1:9101",
    profile: Annotated[
        str, typer.Option(help="Which printer it plays: " + ", ".join(PROFILES))
    ] = "epson-576",
    output: Annotated[Path, typer.Option(help="The folder for its slips, one PNG each.")] = Path(
        "slips"
    ),
    rows_per_s: Annotated[
        float, typer.Option(min=0, help="How fast it prints; 1200 is 150 mm/s, 0 is at once.")
    ] = 1200,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Begin with a fault, FIELD=VALUE, such as paper=out; may be repeated."),
    ] = None,
) -> None:
    """Run a virtual ESC/POS printer until it is told to stop.

    Each line on its standard input changes a fault: paper=ok|near_end|out, cover=closed|open,
    online=yes|no, cutter=ok|stuck, replies=yes|no, bytes_per_s=N (0 is full speed),
    power=on|off|cycle. The same goes as JSON to POST /faults.
    """
    if profile not in PROFILES:
        raise typer.BadParameter(f"choose one of {', '.join(PROFILES)}", param_hint="--profile")
    changes = parse_faults(fault or [], FaultChange)
    try:
        device = virtual_printer(
            PROFILES[profile],
            printing=listen("--listen", listen_at, receive_buffer_bytes=RECEIVE_BUFFER_BYTES),
            browsing=listen("--http", http),
            slips=Slips(output, SystemClock()),
            rows_per_s=rows_per_s,
        )
    except OSError as error:
        typer.echo(f"cannot start: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    for change in changes:
        device.change(change)
    run_program(device)


def virtual_printer(
    profile: Profile,
    *,
    printing: socket.socket,
    browsing: socket.socket,
    slips: Slips,
    rows_per_s: float,
) -> Device[FaultChange]:
    """Return a printer that is printed to on `printing` and puts its paper in `slips`."""

    def keep(image: Image.Image) -> None:
        slips.add(image)

    mechanism = Mechanism(profile, SystemClock(), on_slip=keep, rows_per_s=rows_per_s)
    return Device(
        lives=[
            mechanism.run,
            lambda: serve(mechanism.attend, printing, has_power=mechanism.has_power),
        ],
        page=lambda: create_printer_page(mechanism, slips, profile.name),
        browsing=browsing,
        ready={"listen": address_of(printing)},
        kind=FaultChange,
        change=mechanism.change,
    )
