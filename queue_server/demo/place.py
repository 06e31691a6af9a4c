"""Where everything of one demonstration is: its folder, its addresses, its programs' ports."""

import socket
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
VIRTUAL_PRINTER = "epson-576"
"""What the virtual printer plays, and what a real one is taken for unless told."""


@dataclass(frozen=True, slots=True)
class Place:
    """One demonstration's folder, ports and wishes."""

    folder: Path
    port: int
    printer: str | None
    """A real printer's URL; None for the virtual one."""
    speed: float
    bots: bool
    printer_profile: str = VIRTUAL_PRINTER
    """What the printer is, by the name of its driver's profile."""

    @property
    def server(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def kiosk(self) -> str:
        return f"http://{HOST}:{self.port + 1}"

    @property
    def display(self) -> str:
        return f"http://{HOST}:{self.port + 2}"

    @property
    def printer_url(self) -> str:
        return self.printer or f"tcp://{HOST}:{self.port + 3}"

    @property
    def printer_page(self) -> str | None:
        """The virtual printer's page; None where a real printer is used."""
        return None if self.printer else f"http://{HOST}:{self.port + 4}"

    @property
    def facts_file(self) -> Path:
        """What tells other programs everything; there while everything answers."""
        return self.folder / "demo.json"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def ports(self) -> dict[int, str]:
        """The ports that must be free, and whom each is for."""
        names = ["the server", "the kiosk", "the hall display"]
        if self.printer is None:
            names += ["the virtual printer", "the virtual printer's page"]
        return {self.port + place: name for place, name in enumerate(names)}


def taken_ports(place: Place) -> dict[int, str]:
    """Return those of the place's ports that some other program holds."""
    return {port: name for port, name in place.ports.items() if not _is_free(port)}


def _is_free(port: int) -> bool:
    """Try the port as the programs will: one that only lingers after a kill counts as free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
            tried.listen(1)
        except OSError:
            return False
    return True
