"""Tells everything about a running demonstration: `demo.json` for programs, a table for people."""

from collections.abc import Mapping
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from queue_server.demo.place import Place
from queue_server.demo.private import write_private
from queue_server.demo.setup import PEOPLE, Secrets


def write_facts(place: Place, secrets: Secrets, owner_dsn: str, pids: Mapping[str, int]) -> None:
    """Write `demo.json`, mode 0600, whole or not at all."""
    facts: dict[str, Any] = {
        "server": place.server,
        "kiosk": place.kiosk,
        "display": place.display,
        "workstation": place.workstation,
        "database": owner_dsn,
        "api_key": secrets.api_key,
        "bots_key": secrets.bots_key,
        "staff": [
            {
                "username": person.username,
                "password": secrets.passwords[person.username],
                "role": person.role,
                "window": person.window,
            }
            for person in PEOPLE
        ],
        "devices": {
            "printer": place.printer_url,
            "printer_page": place.printer_page,
            "panels": [place.device_url("panels")],
            "panels_page": place.device_page("panels"),
            "receipts": place.device_url("receipts"),
            "receipts_page": place.device_page("receipts"),
            "scanner": place.device_url("scanner"),
            "scanner_page": place.device_page("scanner"),
            "modem": place.device_url("modem"),
            "modem_page": place.device_page("modem"),
            "documents": place.documents_url,
            "documents_page": place.device_page("documents"),
        },
        "pids": _with_printer(place, pids),
    }
    text = orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode() + "\n"
    write_private(place.facts_file, text)


def _with_printer(place: Place, pids: Mapping[str, int]) -> dict[str, int]:
    """Name the virtual printer too: it lives among the devices."""
    if place.printer is None and "devices" in pids:
        return {**pids, "printer": pids["devices"]}
    return dict(pids)


def show_facts(place: Place, secrets: Secrets) -> None:
    """Print the same as a table."""
    table = Table(title="شُبّاك · Shubbak", show_header=False, title_style="bold")
    table.add_row("Kiosk", place.kiosk)
    table.add_row("Hall display", place.display)
    table.add_row("Windows and supervisor", place.server)
    if place.printer_page is not None:
        table.add_row("Virtual printer", place.printer_page)
    table.add_row("Window panels", place.device_page("panels"))
    table.add_row("Receipt printer (W1)", place.device_page("receipts"))
    table.add_row("Barcode scanner (K1)", place.device_page("scanner"))
    table.add_row("SMS modem (W1)", place.device_page("modem"))
    table.add_row("Document scanner (W1)", place.device_page("documents"))
    table.add_row("Devices of W1", place.workstation)
    for person in PEOPLE:
        window = "" if person.window is None else f", window {person.window}"
        table.add_row(
            f"Sign in ({person.role}{window})",
            f"{person.username}  {secrets.passwords[person.username]}",
        )
    table.add_row("Everything else", str(place.facts_file))
    console = Console(soft_wrap=True)
    console.print(table)
    console.print("Ctrl-C stops the centre.")
