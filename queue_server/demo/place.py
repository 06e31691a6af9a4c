"""Where everything of one demonstration is: its folder, its addresses, its programs' ports."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
WINDOWS = 9
"""The windows of the demonstration's centre, each with a panel above it."""
_DEVICES = ("printer", "receipts", "panels", "scanner", "modem", "documents")
"""The virtual devices in the order of their ports: each has one, and the next for its page. The
document scanner speaks HTTP too, on the port of its page; its first stays free."""
_FIRST_DEVICE, _WORKSTATION = 3, 15
"""How far from the server's port."""
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
    def workstation(self) -> str:
        return f"http://{HOST}:{self.workstation_port}"

    @property
    def workstation_port(self) -> int:
        return self.port + _WORKSTATION

    @property
    def devices_port(self) -> int:
        """The first port of the virtual devices."""
        return self.port + _FIRST_DEVICE

    @property
    def printer_url(self) -> str:
        return self.printer or self.device_url("printer")

    @property
    def printer_page(self) -> str | None:
        """The virtual printer's page; None where a real printer is used."""
        return None if self.printer else self.device_page("printer")

    def device_url(self, name: str) -> str:
        """Return the address of a virtual device, as an agent's settings take it."""
        return f"tcp://{HOST}:{self._device_port(name)}"

    @property
    def documents_url(self) -> str:
        """Where the virtual document scanner speaks eSCL."""
        return f"{self.device_page('documents')}/eSCL"

    def device_page(self, name: str) -> str:
        """Return a virtual device's page, with the buttons that break it."""
        return f"http://{HOST}:{self._device_port(name) + 1}"

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
        programs = ["the server", "the kiosk", "the hall display"]
        ports = {self.port + place: name for place, name in enumerate(programs)}
        ports[self.workstation_port] = "the workstation"
        for name in _DEVICES:
            if name == "printer" and self.printer is not None:
                continue
            port = self._device_port(name)
            ports |= {port: f"the virtual {name}", port + 1: f"the page of the virtual {name}"}
        return ports

    def _device_port(self, name: str) -> int:
        return self.devices_port + 2 * _DEVICES.index(name)


def taken_ports(ports: Mapping[int, str]) -> dict[int, str]:
    """Return those of these ports that some other program holds."""
    return {port: name for port, name in ports.items() if not _is_free(port)}


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
