"""`shubbak-devices hall`: one of each device that a centre has, in one program."""

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.clock import SystemClock
from drivers.printers.profiles import PROFILES, Profile
from drivers.virtual.lines import RECEIVE_BUFFER_BYTES
from drivers.virtual.modem.command import virtual_modem
from drivers.virtual.panel.command import virtual_panels
from drivers.virtual.printer.command import virtual_printer
from drivers.virtual.printer.slips import Slips
from drivers.virtual.program import Device, listening_socket, run_together
from drivers.virtual.scanner.command import virtual_scanner

_ROWS_PER_S = 1200
_RECEIPT_PROFILE = "clone-576"
_SIM_PIN = "1234"


def hall(
    port: Annotated[
        int, typer.Option(min=1, max=65500, help="The first port; each device takes two from here.")
    ] = 9100,
    host: Annotated[str, typer.Option(help="The address that they listen on.")] = "127.0.0.1",
    profile: Annotated[
        str, typer.Option(help="Which printer the kiosk's plays: " + ", ".join(PROFILES))
    ] = "epson-576",
    output: Annotated[
        Path, typer.Option(help="The folder for paper: `slips` and `receipts` are made in it.")
    ] = Path("paper"),
    windows: Annotated[int, typer.Option(min=1, max=32, help="How many window panels.")] = 9,
) -> None:
    """Run one of each device that a centre has until it is told to stop.

    Each has its port and, on the next one, its page: the kiosk's printer, a window's receipt
    printer, the window panels (Modbus), a barcode scanner, an SMS modem. Each line on standard
    input changes a fault of one of them: NAME.FIELD=VALUE, as in printer.paper=out.
    """
    if profile not in PROFILES:
        raise typer.BadParameter(f"choose one of {', '.join(PROFILES)}", param_hint="--profile")
    try:
        devices = _devices(_pairs(host, port), PROFILES[profile], output, windows)
    except OSError as error:
        typer.echo(f"cannot start: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    run_together(devices)


def _pairs(host: str, first: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Open a device's port and its page's, one device after the other. Raises OSError."""
    for port in range(first, first + 100, 2):
        device = listening_socket(host, port, receive_buffer_bytes=RECEIVE_BUFFER_BYTES)
        yield device, listening_socket(host, port + 1)


def _devices(
    pairs: Iterator[tuple[socket.socket, socket.socket]],
    profile: Profile,
    output: Path,
    windows: int,
) -> Mapping[str, Device[Any]]:
    """Make the devices, in the order in which they take their ports."""

    def printer(profile: Profile, folder: str) -> Device[Any]:
        printing, browsing = next(pairs)
        return virtual_printer(
            profile,
            printing=printing,
            browsing=browsing,
            slips=Slips(output / folder, SystemClock()),
            rows_per_s=_ROWS_PER_S,
        )

    def panels() -> Device[Any]:
        writing, browsing = next(pairs)
        return virtual_panels("modbus", panels=windows, writing=writing, browsing=browsing)

    def scanner() -> Device[Any]:
        reading, browsing = next(pairs)
        return virtual_scanner(reading=reading, browsing=browsing)

    def modem() -> Device[Any]:
        speaking, browsing = next(pairs)
        return virtual_modem(speaking=speaking, browsing=browsing, pin=_SIM_PIN)

    return {
        "printer": printer(profile, "slips"),
        "receipts": printer(PROFILES[_RECEIPT_PROFILE], "receipts"),
        "panels": panels(),
        "scanner": scanner(),
        "modem": modem(),
    }
