"""`shubbak-devices hall`: one of each device that a centre has, in one program."""

import socket
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.clock import SystemClock
from drivers.printers.profiles import PROFILES, Profile
from drivers.virtual.escl.command import virtual_document_scanner
from drivers.virtual.lines import RECEIVE_BUFFER_BYTES
from drivers.virtual.modem.command import virtual_modem
from drivers.virtual.panel.command import virtual_panels
from drivers.virtual.places import socket_place
from drivers.virtual.printer.command import virtual_printer
from drivers.virtual.printer.slips import Slips
from drivers.virtual.program import Device, listening_socket, run_together, starting
from drivers.virtual.scanner.command import virtual_scanner

_ROWS_PER_S = 1200
_RECEIPT_PROFILE = "clone-576"
_SIM_PIN = "1234"
_Make = Callable[[socket.socket, socket.socket], Device[Any]]


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
    without: Annotated[
        list[str] | None,
        typer.Option(help="A device to leave out, as where a real one is there; may be repeated."),
    ] = None,
) -> None:
    """Run one of each device that a centre has until it is told to stop.

    Each has its port and, on the next one, its page: the kiosk's printer, a window's receipt
    printer, the window panels (Modbus), a barcode scanner, an SMS modem, a document scanner (eSCL,
    on the port of its page). Each line on standard input changes a fault of one of them:
    NAME.FIELD=VALUE, as in printer.paper=out.
    """
    if profile not in PROFILES:
        raise typer.BadParameter(f"choose one of {', '.join(PROFILES)}", param_hint="--profile")
    makers = _makers(PROFILES[profile], output, windows)
    left_out = set(without or [])
    if strange := left_out - makers.keys():
        raise typer.BadParameter(
            f"there is no {min(strange)}; choose from {', '.join(makers)}", param_hint="--without"
        )
    with starting():
        devices = {
            name: make(
                listening_socket(host, first, receive_buffer_bytes=RECEIVE_BUFFER_BYTES),
                listening_socket(host, first + 1),
            )
            for first, (name, make) in zip(count(port, 2), makers.items(), strict=False)
            if name not in left_out
        }
    run_together(devices)


def _makers(profile: Profile, output: Path, windows: int) -> Mapping[str, _Make]:
    """Return what makes each device of its port and its page's, in the order of ports."""

    def printer(profile: Profile, folder: str) -> _Make:
        return lambda listener, browsing: virtual_printer(
            socket_place(listener),
            profile,
            browsing=browsing,
            slips=Slips(output / folder, SystemClock()),
            rows_per_s=_ROWS_PER_S,
        )

    return {
        "printer": printer(profile, "slips"),
        "receipts": printer(PROFILES[_RECEIPT_PROFILE], "receipts"),
        "panels": lambda listener, browsing: virtual_panels(
            socket_place(listener), "modbus", panels=windows, browsing=browsing
        ),
        "scanner": lambda listener, browsing: virtual_scanner(
            socket_place(listener), browsing=browsing
        ),
        "modem": lambda listener, browsing: virtual_modem(
            socket_place(listener), browsing=browsing, pin=_SIM_PIN
        ),
        "documents": _documents,
    }


def _documents(spare: socket.socket, browsing: socket.socket) -> Device[Any]:
    """It speaks HTTP, as its page does: the port of its own is given back."""
    spare.close()
    return virtual_document_scanner(browsing)
