"""`shubbak-devices printer`."""

import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from drivers.clock import SystemClock
from drivers.printers.profiles import PROFILES, Profile
from drivers.virtual.lines import RECEIVE_BUFFER_BYTES, Line, serve
from drivers.virtual.printer.faults import FaultChange
from drivers.virtual.printer.mechanism import Mechanism
from drivers.virtual.printer.page import create_printer_page
from drivers.virtual.printer.slips import Slips
from drivers.virtual.program import Device, address_of, listen, parse_faults, run_program
from drivers.virtual.serial_line import SerialLine, serve_serial

Attend = Callable[[Line], Awaitable[None]]


def printer(
    listen_at: Annotated[
        str,
        typer.Option(
            "--listen", help="Where it is printed to, HOST:PORT; port 0 takes a free one."
        ),
    ] = "127.0.0.1:9100",
    serial: Annotated[
        Path | None,
        typer.Option(
            help="Stand at a serial line instead: the name to give it, such as /tmp/printer."
        ),
    ] = None,
    usbip: Annotated[
        str | None,
        typer.Option(help="Be a USB device instead, exported over USB/IP at HOST:PORT."),
    ] = None,
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
    reads=yes|no, echo=right|absent|wrong|split, echo_delay_ms=N, noise=none|xon|asb,
    cut_after_bytes=N, connections=accepted|refused, power=on|off|cycle. The same goes as JSON to
    POST /faults.
    """
    if profile not in PROFILES:
        raise typer.BadParameter(f"choose one of {', '.join(PROFILES)}", param_hint="--profile")
    changes = parse_faults(fault or [], FaultChange)
    try:
        device = _device(
            PROFILES[profile],
            _end(listen_at, serial, usbip),
            listen("--http", http),
            Slips(output, SystemClock()),
            rows_per_s,
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
    return _device(profile, _socket_end(printing), browsing, slips, rows_per_s)


def _device(
    profile: Profile, end: "_End", browsing: socket.socket, slips: Slips, rows_per_s: float
) -> Device[FaultChange]:
    def keep(image: Image.Image) -> None:
        slips.add(image)

    mechanism = Mechanism(profile, SystemClock(), on_slip=keep, rows_per_s=rows_per_s)
    return Device(
        lives=[
            mechanism.run,
            lambda: end.serve(mechanism.attend, mechanism.takes_links),
        ],
        page=lambda: create_printer_page(mechanism, slips, profile.name),
        browsing=browsing,
        ready=end.ready,
        kind=FaultChange,
        change=mechanism.change,
    )


@dataclass(frozen=True, slots=True)
class _End:
    """Where it is printed to: what the ready line says of it, and what serves it."""

    ready: Mapping[str, str]
    serve: Callable[[Attend, Callable[[], bool]], Coroutine[object, object, None]]


def _end(listen_at: str, serial: Path | None, usbip: str | None) -> _End:
    """Open the socket, or take the name of the serial line. Raises BadParameter, OSError."""
    if serial is not None and usbip is not None:
        raise typer.BadParameter("choose one of --serial and --usbip")
    if serial is not None:
        if not serial.parent.is_dir() or (serial.exists() and not serial.is_symlink()):
            raise typer.BadParameter(
                "name a file that is not there yet, in a folder that is", param_hint="--serial"
            )
        line = SerialLine(serial.absolute())
        return _End(
            {"serial": str(line.name)},
            lambda attend, is_up: serve_serial(attend, line, has_power=is_up),
        )
    if usbip is not None:
        try:
            from drivers.virtual.usb_socket import serve_usb
        except ImportError as error:
            raise typer.BadParameter(
                "this needs the Python package usbip, which is not installed",
                param_hint="--usbip",
            ) from error
        bus = listen("--usbip", usbip)
        return _End(
            {"usbip": address_of(bus)},
            lambda attend, is_up: serve_usb(attend, bus, has_power=is_up),
        )
    return _socket_end(listen("--listen", listen_at, receive_buffer_bytes=RECEIVE_BUFFER_BYTES))


def _socket_end(printing: socket.socket) -> _End:
    return _End(
        {"listen": address_of(printing)},
        lambda attend, is_up: serve(attend, printing, has_power=is_up),
    )
