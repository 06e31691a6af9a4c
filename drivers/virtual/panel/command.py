"""`shubbak-devices panel`."""

import socket
from typing import Annotated, Literal

import typer

from drivers.clock import SystemClock
from drivers.virtual.panel.alpha import AlphaReader
from drivers.virtual.panel.faults import FaultChange
from drivers.virtual.panel.modbus import ModbusReader
from drivers.virtual.panel.page import create_panel_page
from drivers.virtual.panel.reading import Reader
from drivers.virtual.panel.template import TemplateReader
from drivers.virtual.panel.wall import Wall
from drivers.virtual.places import Place, SerialOption, chosen_place
from drivers.virtual.program import Device, HttpOption, listen, parse_faults, run_program, starting

Kind = Literal["alpha", "modbus", "template"]


def panel(
    protocol: Annotated[Kind, typer.Option(help="Which kind of panels it plays.")] = "modbus",
    listen_at: Annotated[
        str,
        typer.Option(
            "--listen", help="Where it is written to, HOST:PORT; port 0 takes a free one."
        ),
    ] = "127.0.0.1:9130",
    serial: SerialOption = None,
    http: HttpOption = "127.0.0.1:9131",
    panels: Annotated[int, typer.Option(min=1, max=32, help="How many panels: 1 to this.")] = 9,
    template: Annotated[
        str, typer.Option(help="The line that a panel of the kind template reads.")
    ] = r"\x02{addr:02d}{number:>4}\x03{xor}",
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Begin with a fault, FIELD=VALUE, such as dead=3; may be repeated."),
    ] = None,
) -> None:
    """Run a wall of virtual window panels on one bus until it is told to stop.

    Each line on its standard input changes a fault: power=on|off|cycle, plug=in|out, deaf=yes|no,
    answers=true|garbled|refused, bytes_per_s=N (0 is full speed), dead=ADDRESS (0 is none). The
    same goes as JSON to POST /faults; GET /state tells what each panel shows.
    """
    changes = parse_faults(fault or [], FaultChange)
    try:
        wall = _wall(protocol, panels, template)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--template") from error
    with starting():
        place = chosen_place(listen_at, serial)
        device = _device(wall, protocol, place, listen("--http", http))
    for change in changes:
        device.change(change)
    run_program(device)


def virtual_panels(
    place: Place,
    protocol: Literal["alpha", "modbus"],
    *,
    panels: int,
    browsing: socket.socket,
) -> Device[FaultChange]:
    """Return a wall of panels 1 to `panels` on one bus, which is written to at a place."""
    return _device(_wall(protocol, panels, ""), protocol, place, browsing)


def _wall(protocol: Kind, panels: int, template: str) -> Wall:
    """Hang the panels up. Raises ValueError for a template that can't be read."""

    def make(wall: Wall) -> Reader:
        match protocol:
            case "alpha":
                return AlphaReader(wall.addresses, wall.is_dead)
            case "modbus":
                return ModbusReader(wall.addresses, wall.is_dead, refuses=wall.refuses)
            case "template":
                return TemplateReader(template, wall.addresses, wall.is_dead)

    return Wall(range(1, panels + 1), SystemClock()).mount(make)


def _device(
    wall: Wall, protocol: Kind, place: Place, browsing: socket.socket
) -> Device[FaultChange]:
    return Device(
        lives=[lambda: place.serve(wall.attend, wall.is_plugged)],
        page=lambda: create_panel_page(wall, protocol),
        browsing=browsing,
        ready=place.ready,
        kind=FaultChange,
        change=wall.change,
    )
