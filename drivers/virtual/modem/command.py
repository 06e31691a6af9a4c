"""`shubbak-devices modem`."""

import socket
from typing import Annotated

import typer

from drivers.clock import SystemClock
from drivers.virtual.modem.faults import FaultChange
from drivers.virtual.modem.machine import Machine
from drivers.virtual.modem.page import create_modem_page
from drivers.virtual.places import Place, SerialOption, chosen_place
from drivers.virtual.program import Device, HttpOption, listen, parse_faults, run_program, starting


def modem(
    listen_at: Annotated[
        str,
        typer.Option("--listen", help="Where it is spoken to, HOST:PORT; port 0 takes a free one."),
    ] = "127.0.0.1:9120",
    serial: SerialOption = None,
    http: HttpOption = "127.0.0.1:9121",
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
    with starting():
        place = chosen_place(listen_at, serial)
        device = virtual_modem(place, browsing=listen("--http", http), pin=pin)
    for change in changes:
        device.change(change)
    run_program(device)


def virtual_modem(place: Place, *, browsing: socket.socket, pin: str) -> Device[FaultChange]:
    """Return a modem that is spoken to at a place."""
    machine = Machine(SystemClock(), pin=pin)
    return Device(
        lives=[machine.network.run, lambda: place.serve(machine.attend, machine.has_power)],
        page=lambda: create_modem_page(machine),
        browsing=browsing,
        ready=place.ready,
        kind=FaultChange,
        change=machine.change,
    )
