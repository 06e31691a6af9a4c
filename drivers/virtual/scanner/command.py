"""`shubbak-devices scanner` and `shubbak-devices hid-scanner`."""

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from drivers.clock import SystemClock
from drivers.scanners.options import read_bytes
from drivers.virtual.lines import RECEIVE_BUFFER_BYTES, serve
from drivers.virtual.program import Device, Life, address_of, listen, parse_faults, run_program
from drivers.virtual.scanner.faults import FaultChange
from drivers.virtual.scanner.head import Head
from drivers.virtual.scanner.page import create_scanner_page
from drivers.virtual.scanner.ports import FifoLine, PathLine, PtyLine, stand_at
from drivers.virtual.scanner.speech import KeySpeech, LineSpeech

_Http = Annotated[str, typer.Option(help="Where its page is, HOST:PORT; port 0 takes a free one.")]
_Fault = Annotated[
    list[str] | None,
    typer.Option(help="Begin with a fault, FIELD=VALUE, such as doubled=yes; may be repeated."),
]


def scanner(
    listen_at: Annotated[
        str,
        typer.Option("--listen", help="Where it is read, HOST:PORT; port 0 takes a free one."),
    ] = "127.0.0.1:9110",
    pty: Annotated[
        Path | None,
        typer.Option(help="Stand at this path as a serial port instead, a pseudo-terminal."),
    ] = None,
    http: _Http = "127.0.0.1:9111",
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
    if pty is not None:
        _stand(head, pty, lambda: PtyLine.open(pty, SystemClock()), "file", http, changes)
        return
    try:
        reading = listen("--listen", listen_at, receive_buffer_bytes=RECEIVE_BUFFER_BYTES)
    except OSError as error:
        raise _cannot_start(error) from error
    _run(
        head,
        lambda: serve(head.attend, reading, has_power=head.is_plugged),
        f"tcp://{address_of(reading)}",
        http,
        changes,
    )


def hid_scanner(
    fifo: Annotated[Path, typer.Option(help="The path of the FIFO that stands for its device.")],
    http: _Http = "127.0.0.1:9111",
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
    _stand(head, fifo, lambda: FifoLine.open(fifo, SystemClock()), "hid", http, changes)


def _stand(
    head: Head,
    path: Path,
    open_line: Callable[[], PathLine],
    scheme: str,
    http: str,
    changes: Sequence[FaultChange],
) -> None:
    path = path.absolute()
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")
    if path.exists() and not path.is_symlink() and not path.is_fifo():
        raise typer.BadParameter(f"{path} is something else already")
    _run(head, lambda: stand_at(head, open_line), f"{scheme}://{path}", http, changes)


def _run(
    head: Head,
    life: Life,
    url: str,
    http: str,
    changes: Sequence[FaultChange],
) -> None:
    try:
        browsing = listen("--http", http)
    except OSError as error:
        raise _cannot_start(error) from error
    for change in changes:
        head.change(change)
    run_program(_device(head, life, url, browsing))


def virtual_scanner(*, reading: socket.socket, browsing: socket.socket) -> Device[FaultChange]:
    """Return a scanner whose codes are read on a socket, each with a CR behind it."""
    head = Head(SystemClock(), LineSpeech(b"", b"\r"))
    return _device(
        head,
        lambda: serve(head.attend, reading, has_power=head.is_plugged),
        f"tcp://{address_of(reading)}",
        browsing,
    )


def _device(
    head: Head,
    life: Life,
    url: str,
    browsing: socket.socket,
) -> Device[FaultChange]:
    return Device(
        lives=[head.run, life],
        page=lambda: create_scanner_page(head, url),
        browsing=browsing,
        ready={"url": url},
        kind=FaultChange,
        change=head.change,
    )


def _cannot_start(error: OSError) -> typer.Exit:
    typer.echo(f"cannot start: {error.strerror}", err=True)
    return typer.Exit(1)
