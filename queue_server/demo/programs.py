"""The programs of a demonstration: their commands and their settings files."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from queue_server.demo.children import Program
from queue_server.demo.place import VIRTUAL_PRINTER, WINDOWS, Place
from queue_server.demo.private import write_private
from queue_server.settings import ServerSettings

STOPPING_ORDER = (("bots",), ("kiosk", "display", "workstation"), ("devices",), ("server",))
"""Who goes first: each still has whom it speaks to while it leaves."""


def programs_of(place: Place, settings: ServerSettings) -> list[Program]:
    """Write the settings files and return all programs but the bots."""
    folder = place.folder
    write_toml(
        folder / "server.toml",
        listen=settings.listen,
        data_dir=str(settings.data_dir),
        database=settings.database,
        database_owner=settings.database_owner,
    )
    write_toml(
        folder / "kiosk.toml",
        name="K1",
        server=place.server,
        token_file=str(folder / "K1.token"),
        port=place.port + 1,
        data_dir=str(folder / "kiosk"),
        printer=place.printer_url,
        printer_profile=place.printer_profile,
        scanner=place.device_url("scanner"),
    )
    write_toml(
        folder / "display.toml",
        name="D1",
        server=place.server,
        token_file=str(folder / "D1.token"),
        port=place.port + 2,
        data_dir=str(folder / "display"),
        panels=[
            {
                "url": place.device_url("panels"),
                "protocol": "modbus",
                "windows": {str(window): window for window in range(1, WINDOWS + 1)},
            }
        ],
    )
    write_toml(
        folder / "workstation.toml",
        name="W1",
        server=place.server,
        token_file=str(folder / "W1.token"),
        port=place.workstation_port,
        data_dir=str(folder / "workstation"),
        printers={"receipt": {"url": place.device_url("receipts"), "profile": "clone-576"}},
        modem={"url": place.device_url("modem")},
        document_scanners={"adf": {"url": place.documents_url}},
    )
    devices = (
        *("hall", "--port", place.devices_port, "--output", folder),
        *("--profile", VIRTUAL_PRINTER, "--windows", WINDOWS),
        *(() if place.printer is None else ("--without", "printer")),
    )
    return [
        program(place, "server", "shubbak", "serve", "--config", folder / "server.toml"),
        program(place, "kiosk", "shubbak-kiosk", "--config", folder / "kiosk.toml"),
        program(place, "display", "shubbak-display", "--config", folder / "display.toml"),
        program(
            place, "workstation", "shubbak-workstation", "--config", folder / "workstation.toml"
        ),
        program(place, "devices", "shubbak-devices", *devices),
    ]


def bots_of(place: Place) -> Program:
    """Return the bots; they read `demo.json`, so they start once it is there."""
    command = [
        *(sys.executable, "-m", "queue_server.demo.bots"),
        *("--demo", str(place.facts_file), "--speed", f"{place.speed:g}"),
    ]
    return Program("bots", command, place.logs / "bots.log")


def program(place: Place, name: str, script: str, *arguments: object) -> Program:
    """Return one of our programs with its arguments; its log is named after it."""
    command = [str(Path(sys.executable).parent / script), *map(str, arguments)]
    return Program(name, command, place.logs / f"{name}.log")


def write_toml(path: Path, **values: Any) -> None:
    """Write a settings file that only its owner can read; what is None is left out."""
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    write_private(path, "\n".join(lines) + "\n")


def _toml(value: Any) -> str:
    """Write a value as TOML: text, numbers, lists and tables on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return orjson.dumps(value).decode()
