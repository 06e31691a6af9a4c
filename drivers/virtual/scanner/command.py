"""`shubbak-devices scanner` and `shubbak-devices hid-scanner`."""

import socket
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated

import typer

from drivers.clock import SystemClock
from drivers.scanners.options import read_bytes
from drivers.virtual.path_line import PathLine, serve_path
from drivers.virtual.places import Attend, Place, SerialOption, chosen_place, free_name, path_url
from drivers.virtual.program import Device, HttpOption, listen, parse_faults, run_program, starting
from drivers.virtual.scanner.faults import FaultChange
from drivers.virtual.scanner.fifo import FifoLine
from drivers.virtual.scanner.head import Head
from drivers.virtual.scanner.page import create_scanner_page
from drivers.virtual.scanner.speech import KeySpeech, LineSpeech
from drivers.virtual.scanner.spilling import attend_spilling
from drivers.virtual.serial_line import SerialLine

_Fault = Annotated[
    list[str] | None,
    typer.Option(help="Begin with a fault, FIELD=VALUE, such as doubled=yes; may be repeated."),
]


def scanner(
    listen_at: Annotated[
        str,
        typer.Option("--listen", help="Where it is read, HOST:PORT; port 0 takes a free one."),
    ] = "127.0.0.1:9110",
    serial: SerialOption = None,
    http: HttpOption = "127.0.0.1:9111",
    prefix: Annotated[str, typer.Option(help="Sent before each code: a name or hex bytes.")] = "",
    suffix: Annotated[
        str, typer.Option(help="Sent behind each code: cr, lf, crlf, tab or hex bytes.")
    ] = "cr",
    trigger_on: Annotated[
        str, typer.Option(help="Read only after this order, hex bytes such as '16 54 0D'.")
    ] = "",
    trigger_off: Annotated[str, typer.Option(help="The order to look no longer.")] = "",
    fault: _Fault = None,
) -> None:
    """Run a virtual barcode scanner on a line until it is told to stop.

    Each line on its standard input is `scan=TEXT`, `pick=biscuits|menu|card|licence`, or a fault:
    sends=code|garbage|endless, suffix=yes|no, doubled=yes|no, identifier=yes|no, per_s=N (bytes a
    second, 0 is all at once), plug=in|out|cycle. The same goes as JSON to POST /faults.
    """
    try:
        head = Head(
            SystemClock(),
            LineSpeech(read_bytes(prefix), read_bytes(suffix)),
            trigger_on=read_bytes(trigger_on),
            trigger_off=read_bytes(trigger_off),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    changes = parse_faults(fault or [], FaultChange)
    with starting():
        if serial is None:
            place = chosen_place(listen_at)
        else:
            place = _path_place("serial", SerialLine(free_name("--serial", serial)))
        browsing = listen("--http", http)
    _run(head, place, browsing, changes)


def hid_scanner(
    fifo: Annotated[Path, typer.Option(help="The path of the FIFO that stands for its device.")],
    http: HttpOption = "127.0.0.1:9111",
    suffix: Annotated[str, typer.Option(help="The key behind each code: cr or tab.")] = "cr",
    fault: _Fault = None,
) -> None:
    """Run a virtual scanner that plays a US keyboard until it is told to stop.

    It writes the kernel's input events to a FIFO, which can't be grabbed as a device can. Standard
    input takes what `shubbak-devices scanner` takes; per_s counts keys.
    """
    if suffix not in ("cr", "tab"):
        raise typer.BadParameter("choose cr or tab", param_hint="--suffix")
    head = Head(SystemClock(), KeySpeech(read_bytes(suffix)))
    changes = parse_faults(fault or [], FaultChange)
    with starting():
        place = _path_place("hid", FifoLine(free_name("--fifo", fifo)))
        browsing = listen("--http", http)
    _run(head, place, browsing, changes)


def virtual_scanner(place: Place, *, browsing: socket.socket) -> Device[FaultChange]:
    """Return a scanner whose codes are read at a place, each with a CR behind it."""
    return _device(Head(SystemClock(), LineSpeech(b"", b"\r")), place, browsing)


def _path_place(scheme: str, line: PathLine) -> Place:
    """Return the place of a scanner at a path, where what nobody takes is lost."""

    def serve(attend: Attend, has_power: Callable[[], bool]) -> Coroutine[object, object, None]:
        clock = SystemClock()
        return serve_path(
            lambda line: attend_spilling(attend, line, clock), line, has_power=has_power
        )

    return Place({"url": path_url(scheme, line.name)}, serve)


def _run(head: Head, place: Place, browsing: socket.socket, changes: Sequence[FaultChange]) -> None:
    device = _device(head, place, browsing)
    for change in changes:
        device.change(change)
    run_program(device)


def _device(head: Head, place: Place, browsing: socket.socket) -> Device[FaultChange]:
    return Device(
        lives=[head.run, lambda: place.serve(head.attend, head.is_plugged)],
        page=lambda: create_scanner_page(head, place.url),
        browsing=browsing,
        ready=place.ready,
        kind=FaultChange,
        change=head.change,
    )
