"""The programs of a demonstration: their commands and their settings files."""

import sys
from pathlib import Path

import orjson

from queue_server.demo.children import Program
from queue_server.demo.place import HOST, VIRTUAL_PRINTER, Place
from queue_server.demo.private import write_private
from queue_server.settings import ServerSettings

STOPPING_ORDER = (("bots",), ("kiosk", "display"), ("printer",), ("server",))
"""Who goes first: each still has whom it speaks to while it leaves."""


def programs_of(place: Place, settings: ServerSettings) -> list[Program]:
    """Write the settings files and return all programs but the bots."""
    folder = place.folder
    _write_toml(
        folder / "server.toml",
        listen=settings.listen,
        data_dir=str(settings.data_dir),
        database=settings.database,
        database_owner=settings.database_owner,
    )
    _write_toml(
        folder / "kiosk.toml",
        name="K1",
        server=place.server,
        token_file=str(folder / "K1.token"),
        port=place.port + 1,
        data_dir=str(folder / "kiosk"),
        printer=place.printer_url,
        printer_profile=place.printer_profile,
    )
    _write_toml(
        folder / "display.toml",
        name="D1",
        server=place.server,
        token_file=str(folder / "D1.token"),
        port=place.port + 2,
        data_dir=str(folder / "display"),
    )
    programs = [
        _program(place, "server", "shubbak", "serve", "--config", folder / "server.toml"),
        _program(place, "kiosk", "shubbak-kiosk", "--config", folder / "kiosk.toml"),
        _program(place, "display", "shubbak-display", "--config", folder / "display.toml"),
    ]
    if place.printer is None:
        words = (
            *("printer", "--listen", f"{HOST}:{place.port + 3}"),
            *("--http", f"{HOST}:{place.port + 4}", "--output", folder / "slips"),
            *("--profile", VIRTUAL_PRINTER),
        )
        programs.insert(0, _program(place, "printer", "shubbak-devices", *words))
    return programs


def bots_of(place: Place) -> Program:
    """Return the bots; they read `demo.json`, so they start once it is there."""
    command = [
        *(sys.executable, "-m", "queue_server.demo.bots"),
        *("--demo", str(place.facts_file), "--speed", f"{place.speed:g}"),
    ]
    return Program("bots", command, place.logs / "bots.log")


def _program(place: Place, name: str, script: str, *arguments: object) -> Program:
    command = [str(Path(sys.executable).parent / script), *map(str, arguments)]
    return Program(name, command, place.logs / f"{name}.log")


def _write_toml(path: Path, **values: str | int | None) -> None:
    lines = [
        f"{key} = {orjson.dumps(value).decode()}"
        for key, value in values.items()
        if value is not None
    ]
    write_private(path, "\n".join(lines) + "\n")
