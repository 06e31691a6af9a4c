"""`shubbak-devices modem`."""

import errno
import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from drivers.clock import SystemClock
from drivers.virtual.lines import serve
from drivers.virtual.modem.faults import FaultChange
from drivers.virtual.modem.machine import Machine
from drivers.virtual.modem.page import create_modem_page
from drivers.virtual.modem.pseudo_terminal import serve_terminal
from drivers.virtual.program import Device, address_of, listen, parse_faults, run_program


def modem(
    listen_at: Annotated[
        str,
        typer.Option("--listen", help="Where it is spoken to, HOST:PORT; port 0 takes a free one."),
    ] = "127.0.0.1:9120",
    pty: Annotated[
        Path | None,
        typer.Option(
            help="Be a pseudo-terminal under this name instead, as a USB modem is; the name stays"
            " when it is unplugged and plugged in again."
        ),
    ] = None,
    http: Annotated[
        str, typer.Option(help="Where its page is, HOST:PORT; port 0 takes a free one.")
    ] = "127.0.0.1:9121",
    pin: Annotated[str, typer.Option(help="The PIN of its SIM, asked for with sim=pin.")] = "1234",
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Begin with a fault, FIELD=VALUE, such as sim=absent; may be repeated."),
    ] = None,
) -> None:
    """Run a virtual SMS modem until it is told to stop. No message reaches a real phone.

    Each line on its standard input changes a fault: sim=ready|absent|pin|puk,
    network=home|searching|denied, signal=N (0 to 31), prompt=at_once|slow|never,
    answers=at_once|slow|lost|never, cms=N (+CMS ERROR to each message, 0 none),
    reports=at_once|early|late|failed|never, noise=yes|no, replies=yes|no,
    restarts=never|before_sending|after_sending, power=on|off|cycle|restart.
    The same goes as JSON to POST /faults; POST /incoming {"sender", "text"} writes to it.
    """
    changes = parse_faults(fault or [], FaultChange)
    try:
        if pty is not None:
            pty = pty.absolute()
            if not os.access(pty.parent, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, f"{pty.parent} can't be written to")
            if pty.exists() and not pty.is_symlink():
                raise FileExistsError(errno.EEXIST, f"{pty} is there already")
        speaking = listen("--listen", listen_at) if pty is None else None
        browsing = listen("--http", http)
    except OSError as error:
        typer.echo(f"cannot start: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    device = virtual_modem(speaking=speaking, terminal=pty, browsing=browsing, pin=pin)
    for change in changes:
        device.change(change)
    run_program(device)


def virtual_modem(
    *,
    speaking: socket.socket | None,
    terminal: Path | None = None,
    browsing: socket.socket,
    pin: str,
) -> Device[FaultChange]:
    """Return a modem that is spoken to on a socket, or at the path of a pseudo-terminal."""
    machine = Machine(SystemClock(), pin=pin)

    async def speak() -> None:
        if speaking is not None:
            await serve(machine.attend, speaking, has_power=machine.has_power)
        elif terminal is not None:
            await serve_terminal(machine.attend, terminal, until_power=machine.power)

    if speaking is not None:
        address = address_of(speaking)
        ready = {"listen": address, "url": f"tcp://{address}"}
    else:
        ready = {"pty": str(terminal), "url": f"file://{terminal}"}
    return Device(
        lives=[machine.network.run, speak],
        page=lambda: create_modem_page(machine),
        browsing=browsing,
        ready=ready,
        kind=FaultChange,
        change=machine.change,
    )
