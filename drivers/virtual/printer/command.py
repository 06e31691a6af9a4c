"""`shubbak-devices printer`."""

import socket
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from drivers.clock import SystemClock
from drivers.printers.profiles import PROFILES, Profile
from drivers.virtual.places import Place, SerialOption, chosen_place
from drivers.virtual.printer.faults import FaultChange
from drivers.virtual.printer.mechanism import Mechanism
from drivers.virtual.printer.page import create_printer_page
from drivers.virtual.printer.slips import Slips
from drivers.virtual.program import Device, HttpOption, listen, parse_faults, run_program, starting


def printer(
    listen_at: Annotated[
        str,
        typer.Option(
            "--listen", help="Where it is printed to, HOST:PORT; port 0 takes a free one."
        ),
    ] = "127.0.0.1:9100",
    serial: SerialOption = None,
    usbip: Annotated[
        str | None,
        typer.Option(help="Be a USB device instead, exported over USB/IP at HOST:PORT."),
    ] = None,
    http: HttpOption = "127.0.0.1:9101",
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
    reads=yes|no, echo=right|absent|wrong|split, echo_delay_ms=N, noise=none|xon|asb,
    cut_after_bytes=N, connections=accepted|refused, power=on|off|cycle. The same goes as JSON to
    POST /faults.
    """
    if profile not in PROFILES:
        raise typer.BadParameter(f"choose one of {', '.join(PROFILES)}", param_hint="--profile")
    changes = parse_faults(fault or [], FaultChange)
    with starting():
        device = virtual_printer(
            chosen_place(listen_at, serial, usbip),
            PROFILES[profile],
            browsing=listen("--http", http),
            slips=Slips(output, SystemClock()),
            rows_per_s=rows_per_s,
        )
    for change in changes:
        device.change(change)
    run_program(device)


def virtual_printer(
    place: Place,
    profile: Profile,
    *,
    browsing: socket.socket,
    slips: Slips,
    rows_per_s: float,
) -> Device[FaultChange]:
    """Return a printer that is printed to at a place and puts its paper in `slips`."""

    def keep(image: Image.Image) -> None:
        slips.add(image)

    mechanism = Mechanism(profile, SystemClock(), on_slip=keep, rows_per_s=rows_per_s)
    return Device(
        lives=[mechanism.run, lambda: place.serve(mechanism.attend, mechanism.takes_links)],
        page=lambda: create_printer_page(mechanism, slips, profile.name),
        browsing=browsing,
        ready=place.ready,
        kind=FaultChange,
        change=mechanism.change,
    )
