"""Writes the documents that are made from the code: `make docs`.

`python -m tests.docs.generate [FOLDER]` writes into FOLDER, `docs/` by default. The tests beside
this file compare what is committed with what this makes.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, get_args

from core_services.link.asyncapi import asyncapi_text
from queue_server.faults.lifecycle import TRANSITIONS as FAULT_TRANSITIONS
from queue_server.faults.model import FaultAct
from queue_server.routes import OPERATIONS
from queue_server.tickets.lifecycle import (
    ACTS,
    ENDED,
    IN_HAND,
    IN_LINE,
    TRANSITIONS,
    WINDOW_TRANSITIONS,
    allowed_acts,
)
from queue_server.tickets.model import TicketEventKind, TicketState, WindowEventKind
from queue_server.web.api_document import api_document_text

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
_TABLE: Final = re.compile(r"(<!-- table: (\w+) -->\n)(?:(?!<!--).*\n)*(<!-- end -->)")


_BY_REPRINT: Final = "reception's and the supervisor's pages"
_DONE_BY: Final = {
    ("issue", "unconfirmed"): "a kiosk, or its word of a number that it gave while cut off",
    ("issue", "waiting"): "`POST /tickets`, `POST /windows/{n}/adopt`",
    ("confirm", "waiting"): "the kiosk, or 60 s of its silence",
    ("call", "called"): "`POST /windows/{n}/call-next`, `…/call`, `…/walk-direct`, `…/adopt`",
    ("lapse", "lapsed"): "the day's end",
    ("reprint", "unconfirmed"): _BY_REPRINT,
    ("reprint", "waiting"): _BY_REPRINT,
    ("reprint", "called"): _BY_REPRINT,
    ("reprint", "parked"): _BY_REPRINT,
    ("check_in", "waiting"): "`POST /tickets/{id}/check-in`, for a number of an earlier day",
    **{
        ("set_priority", state): "`POST /tickets/{id}/priority`"
        for state in ("unconfirmed", "waiting", "called", "serving", "parked")
    },
    (
        "release",
        "waiting",
    ): "the window that it waited for: it closed, or changed",
}
"""Who does what has no operation of its own; a new event asks for a line here."""


def write_documents(folder: Path) -> None:
    """Write every generated document into the folder (about 3 s: the schema needs a database)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_text(api_document_text(), encoding="utf-8")
    (folder / "asyncapi.json").write_text(asyncapi_text(), encoding="utf-8")
    page = (DOCS / "lifecycles.md").read_text(encoding="utf-8")
    (folder / "lifecycles.md").write_text(with_tables(page), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "core_services.database.schema", folder / "schema.sql"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def with_tables(page: str) -> str:
    """Return the page with each `<!-- table: NAME -->` filled from the code."""
    tables = {
        "states": _states(),
        "acts": _acts(),
        "paper": _unmoving("paper"),
        "windows": _windows(),
        "faults": _faults(),
    }
    return _TABLE.sub(lambda found: f"{found[1]}\n{tables[found[2]]}\n\n{found[3]}", page)


def _states() -> str:
    rows = []
    for state in get_args(TicketState):
        kind = "in line" if state in IN_LINE else "in hand" if state in IN_HAND else ""
        kind = kind or ("ended" if state in ENDED else "put aside")
        acts = ", ".join(f"`{act}`" for act in allowed_acts(state)) or "none"
        rows.append((f"`{state}`", kind, acts))
    return _table(("state", "", "acts that it allows"), rows)


def _acts() -> str:
    """One row for each event and state that it leads to; those that change none have lines."""
    names = {event: act for act, event in ACTS.items()}
    routes = {each.path.rpartition("/")[2] for each in OPERATIONS if "{ticket_id}/" in each.path}
    rows = []
    for event in get_args(TicketEventKind):
        if event in ("paper", "given"):
            continue
        for after in get_args(TicketState):
            before = [was for what, was, to in TRANSITIONS if (what, to) == (event, after)]
            if not before:
                continue
            act = "undo" if event == "undo" else names.get(event)
            by = f"`POST /tickets/{{id}}/{act}`" if act in routes else _DONE_BY[event, after]
            rows.append((f"`{event}`", _listed(before), f"`{after}`", by))
    return _table(("event", "from", "to", "done by"), rows)


def _unmoving(event: str) -> str:
    return _listed(before for what, before, _ in TRANSITIONS if what == event)


def _faults() -> str:
    acts = get_args(FaultAct)
    rows = [
        (f"`{act}`", f"`{before}`", f"`{after}`")
        for (before, act), after in sorted(
            FAULT_TRANSITIONS.items(), key=lambda each: acts.index(each[0][1])
        )
    ]
    return _table(("act", "from", "to"), rows)


def _windows() -> str:
    order = get_args(WindowEventKind)
    rows = [
        (f"`{event}`", f"`{before}`", f"`{after}`")
        for event, before, after in sorted(
            WINDOW_TRANSITIONS, key=lambda each: (order.index(each[0]), each[1])
        )
    ]
    return _table(("event", "from", "to"), rows)


def _listed(states: Iterable[str]) -> str:
    order = ("none", *get_args(TicketState))
    return ", ".join(f"`{state}`" for state in sorted(states, key=order.index))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    write_documents(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
