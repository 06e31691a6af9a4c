"""The programs of a simulated centre on the real clock: those of the demonstration, more kiosks."""

import math
from dataclasses import dataclass, replace
from typing import Final

from core_services.devices.model import DeviceKind
from queue_server.demo.children import Program
from queue_server.demo.place import HOST, VIRTUAL_PRINTER, Place
from queue_server.demo.programs import program, programs_of, write_toml
from queue_server.settings import ServerSettings
from queue_server.simulation.model import World

MOST_KIOSKS: Final = 4
"""So many kiosk programs, each with its printer, are what two processors bear."""
VISIT_S: Final = 2.0
"""What a number takes at a kiosk in the machine's own seconds: a touch, the paper, a touch."""
_FIRST_PORT: Final = 20
"""How far from the server's port the further kiosks' ports begin; each has three."""


@dataclass(frozen=True, slots=True)
class Programs:
    """All programs of one centre, by where they are reached."""

    all: tuple[Program, ...]
    kiosks: tuple[str, ...]
    """The addresses of the kiosks' pages, K1 first."""
    printers: tuple[str, ...]
    """The pages of their printers, with the buttons that break them."""
    ports: dict[int, str]
    """The further ports that must be free, and whom each is for."""


def kiosks_for(world: World, speed: float) -> int:
    """Return how many kiosk programs give numbers about as fast as the world's kiosks do."""
    takes = sorted(citizen.takes_s for citizen in world.citizens if citizen.way == "kiosk")
    if not takes:
        return 1
    shrunk_s = sum(takes) / len(takes) / speed
    needed = math.ceil(world.kiosks * VISIT_S / max(shrunk_s, 0.01))
    return min(max(world.kiosks, needed), MOST_KIOSKS)


def at_programs(world: World, speed: float) -> World:
    """Return the world with its kiosks as programs; a fault of one that is none breaks nothing."""
    kiosks = kiosks_for(world, speed)
    faults = tuple(each for each in world.faults if each.kiosk is None or each.kiosk <= kiosks)
    return replace(world, kiosks=kiosks, faults=faults)


def devices_of(kiosks: int) -> list[tuple[DeviceKind, str]]:
    """Return the devices that must be registered; D2 is the one that only watches."""
    return [
        *(("kiosk", f"K{number}") for number in range(1, kiosks + 1)),
        ("display", "D1"),
        ("display", "D2"),
        ("workstation", "W1"),
    ]


def programs_for(place: Place, settings: ServerSettings, kiosks: int) -> Programs:
    """Write the settings files and return the programs; tokens lie in the folder already."""
    every = list(programs_of(place, settings))
    pages, printers = [place.kiosk], [place.device_page("printer")]
    ports: dict[int, str] = {}
    for number in range(2, kiosks + 1):
        first = place.port + _FIRST_PORT + 3 * number
        page, printer, browsing = first, first + 1, first + 2
        name = f"kiosk-{number}"
        ports |= {page: name, printer: f"the printer of {name}", browsing: "its page"}
        write_toml(
            place.folder / f"{name}.toml",
            name=f"K{number}",
            server=place.server,
            token_file=str(place.folder / f"K{number}.token"),
            port=page,
            data_dir=str(place.folder / name),
            printer=f"tcp://{HOST}:{printer}",
            printer_profile=VIRTUAL_PRINTER,
        )
        slips = place.folder / f"slips-{number}"
        every += [
            program(
                place,
                f"printer-{number}",
                "shubbak-devices",
                "printer",
                *("--listen", f"{HOST}:{printer}", "--http", f"{HOST}:{browsing}"),
                *("--profile", VIRTUAL_PRINTER, "--output", slips),
            ),
            program(place, name, "shubbak-kiosk", "--config", place.folder / f"{name}.toml"),
        ]
        pages.append(f"http://{HOST}:{page}")
        printers.append(f"http://{HOST}:{browsing}")
    return Programs(tuple(every), tuple(pages), tuple(printers), ports)
