"""`shubbak-devices panel`."""

from typing import Annotated, Literal

import typer

from drivers.clock import SystemClock
from drivers.virtual.lines import serve
from drivers.virtual.panel.alpha import AlphaReader
from drivers.virtual.panel.faults import FaultChange
from drivers.virtual.panel.modbus import ModbusReader
from drivers.virtual.panel.page import create_panel_page
from drivers.virtual.panel.pty import PtyLine
from drivers.virtual.panel.reading import Reader
from drivers.virtual.panel.template import TemplateReader
from drivers.virtual.panel.wall import Wall
from drivers.virtual.program import address_of, listen, parse_faults, run_program

Kind = Literal["alpha", "modbus", "template"]


def panel(
    protocol: Annotated[Kind, typer.Option(help="Which kind of panels it plays.")] = "modbus",
    listen_at: Annotated[
        str,
        typer.Option(
            "--listen", help="Where it is written to, HOST:PORT; port 0 takes a free one."
        ),
    ] = "127.0.0.1:9200",
    pty: Annotated[
        bool, typer.Option(help="Play a serial port instead, and tell its path.")
    ] = False,
    http: Annotated[
        str, typer.Option(help="Where its page is, HOST:PORT; port 0 takes a free one.")
    ] = "127.0.0.1:9201",
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
    clock = SystemClock()

    def make(wall: Wall) -> Reader:
        match protocol:
            case "alpha":
                return AlphaReader(wall.addresses, wall.is_dead)
            case "modbus":
                return ModbusReader(wall.addresses, wall.is_dead, refuses=wall.refuses)
            case "template":
                return TemplateReader(template, wall.addresses, wall.is_dead)

    try:
        wall = Wall(range(1, panels + 1), clock).mount(make)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--template") from error
    try:
        writing = None if pty else listen("--listen", listen_at)
        browsing = listen("--http", http)
    except OSError as error:
        typer.echo(f"cannot start: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    for change in changes:
        wall.change(change)
    if writing is None:
        line = PtyLine()
        life, ready = (lambda: line.serve(wall, clock)), {"file": line.path}
    else:
        life = lambda: serve(wall.attend, writing, has_power=wall.is_plugged)  # noqa: E731
        ready = {"listen": address_of(writing)}
    run_program(
        lives=[life],
        page=lambda: create_panel_page(wall, protocol),
        browsing=browsing,
        ready=ready,
        kind=FaultChange,
        change=wall.change,
    )
