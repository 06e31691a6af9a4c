"""What `shubbak install` puts on a machine of a role: which files, where, and what is run then."""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, Literal, get_args

Role = Literal["server", "kiosk", "display", "workstation"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

PROGRAMS: Final = "/opt/shubbak/bin"
"""Where the units, as they are packed, look for our programs."""

_UNITS: Final = "etc/systemd/system"
_AGENTS: Final[tuple[Role, ...]] = ("kiosk", "display", "workstation")
_GLASS: Final[tuple[Role, ...]] = ("kiosk", "display")


@dataclass(frozen=True, slots=True)
class Item:
    """One file that is packed with us, and where it belongs."""

    source: str
    """Its name among the packed files."""
    target: str
    """Its path below the machine's root."""
    roles: tuple[Role, ...]
    is_settings: bool = False
    """The machine's own from then on: written where there is none, and never again."""
    is_command: bool = False
    """It is run, by whoever works on the machine."""

    def content(self, programs: Path) -> str:
        """Return its text; units run the programs of that folder."""
        text = _packed(self.source).read_text(encoding="utf-8")
        return text.replace(f"{PROGRAMS}/", f"{programs}/")


def items_for(roles: tuple[Role, ...]) -> list[Item]:
    """Return the files of a machine with these roles, in the order in which they are written."""
    return [each for each in _ITEMS if set(each.roles) & set(roles)]


def enabled_units(roles: tuple[Role, ...]) -> list[str]:
    """Return the units that a machine with these roles starts with, once its settings are right."""
    return [unit for role, units in _ENABLED.items() if role in roles for unit in units]


def packages_for(roles: tuple[Role, ...]) -> list[str]:
    """Return the packages of Debian that such a machine needs beside Python."""
    wanted = {package for role in roles for package in _PACKAGES[role]}
    return sorted(wanted)


def _packed(name: str) -> Traversable:
    return files("queue_server.installing").joinpath("material", *name.split("/"))


def _unit(name: str, *roles: Role) -> Item:
    return Item(name, f"{_UNITS}/{name}", roles)


def _command(name: str, *roles: Role) -> Item:
    return Item(f"commands/{name}", f"usr/local/bin/{name}", roles, is_command=True)


def _settings(role: Role) -> Item:
    return Item(f"settings/{role}.toml", f"etc/shubbak/{role}.toml", (role,), is_settings=True)


_ITEMS: Final[tuple[Item, ...]] = (
    Item("shubbak-sysusers.conf", "usr/lib/sysusers.d/shubbak.conf", ROLES),
    Item("shubbak-tmpfiles.conf", "usr/lib/tmpfiles.d/shubbak.conf", ROLES),
    Item("99-shubbak.rules", "etc/udev/rules.d/99-shubbak.rules", _AGENTS),
    _unit("shubbak-migrate.service", "server"),
    _unit("shubbak-server.service", "server"),
    _unit("shubbak-backup.service", "server"),
    _unit("shubbak-backup.timer", "server"),
    _unit("shubbak-tls-renew.service", "server"),
    _unit("shubbak-tls-renew.timer", "server"),
    _unit("shubbak-kiosk.service", "kiosk"),
    _unit("shubbak-kiosk-browser.service", "kiosk"),
    _unit("shubbak-display.service", "display"),
    _unit("shubbak-display-browser.service", "display"),
    _unit("shubbak-workstation.service", "workstation"),
    Item("chromium-policy.json", "etc/chromium/policies/managed/shubbak.json", _GLASS),
    *(_settings(role) for role in ROLES),
    _command("shubbak", *ROLES),
    *(_command(f"shubbak-{role}", role) for role in _AGENTS),
)

_ENABLED: Final[dict[Role, tuple[str, ...]]] = {
    "server": ("shubbak-server.service", "shubbak-backup.timer", "shubbak-tls-renew.timer"),
    "kiosk": ("shubbak-kiosk.service", "shubbak-kiosk-browser.service"),
    "display": ("shubbak-display.service", "shubbak-display-browser.service"),
    "workstation": ("shubbak-workstation.service",),
}

_BROWSER: Final = ("cage", "chromium", "seatd", "xwayland")
_PACKAGES: Final[dict[Role, tuple[str, ...]]] = {
    "server": (),
    "kiosk": (*_BROWSER, "libusb-1.0-0"),
    "display": (*_BROWSER, "espeak-ng"),
    "workstation": ("libusb-1.0-0",),
}
