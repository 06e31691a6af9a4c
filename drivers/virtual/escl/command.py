"""`shubbak-devices document-scanner`."""

import socket
from typing import Annotated

import typer

from drivers.clock import SystemClock
from drivers.virtual.escl.faults import FaultChange
from drivers.virtual.escl.machine import Machine
from drivers.virtual.escl.page import create_scanner_page
from drivers.virtual.program import Device, address_of, listen, parse_faults, run_program, starting


def document_scanner(
    http: Annotated[
        str,
        typer.Option(help="Where it serves eSCL and its page, HOST:PORT; port 0 takes a free one."),
    ] = "127.0.0.1:9141",
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Begin with a fault, FIELD=VALUE, such as pages=10; may be repeated."),
    ] = None,
) -> None:
    """Run a virtual document scanner with a glass and a feeder until it is told to stop.

    Each line on its standard input changes something: pages=N in the feeder, blank=N (that page
    is), jam=N and cut=N (at that page), forgets=N (restarts there), busy=N (so many answers),
    location=relative|absolute|foreign, power=on|off. The same goes as JSON to POST /faults.
    """
    changes = parse_faults(fault or [], FaultChange)
    with starting():
        browsing = listen("--http", http)
    device = virtual_document_scanner(browsing)
    for change in changes:
        device.change(change)
    run_program(device)


def virtual_document_scanner(browsing: socket.socket) -> Device[FaultChange]:
    """Return a scanner that serves eSCL and its page on a socket."""
    machine = Machine(SystemClock())
    return Device(
        lives=[],
        page=lambda: create_scanner_page(machine),
        browsing=browsing,
        ready={"url": f"http://{address_of(browsing)}/eSCL"},
        kind=FaultChange,
        change=machine.change,
    )
