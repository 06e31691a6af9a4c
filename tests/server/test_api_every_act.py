"""Every act of the life through its own route: where it leads, and the event it leaves."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, get_args

import pytest

from queue_server.routes import OPERATIONS
from queue_server.tickets.model import TicketEventKind
from queue_server.web.api import journeys, tickets, windows
from queue_server.web.operations import operations_of
from tests.support.centre_server import CentreServer, Program

WINDOW: Final = 5
PATHS: Final = {each.name: each.path for each in OPERATIONS}
ACTS: Final = {
    each.name for each in operations_of(tickets, journeys, windows) if each.changes_state
}
NOT_OF_PROGRAMS: Final = frozenset(
    {"confirm", "paper", "given", "reprint", "release", "check_in", "set_priority"}
)
"""What machines, windows and people at their pages do to a ticket."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the morning, and the state of what it answers."""

    act: str
    state: str
    ticket: str = ""
    """Whose; for acts of a window, whom it hands over."""
    body: dict[str, Any] = field(default_factory=dict)


MORNING: Final = (
    Step("open_window", "open"),
    Step("issue_ticket", "waiting", "a"),
    Step("call_next", "called", "a"),
    Step("recall_ticket", "called", "a"),
    Step("start_ticket", "serving", "a"),
    Step("set_ticket_service", "serving", "a", {"service": "reconciliation"}),
    Step("park_ticket", "parked", "a", {"reason": "copy", "minutes": 10}),
    Step("resume_ticket", "waiting", "a"),
    Step("call_ticket", "called", "a", {"ticket": "{a}", "reason": "frail"}),
    Step("no_show_ticket", "no_show", "a"),
    Step("return_ticket", "waiting", "a"),
    Step("call_next", "called", "a"),
    Step("transfer_ticket", "waiting", "a", {"to": {"queue": "X"}, "reason": "other_service"}),
    Step("call_next", "called", "a"),
    Step("undo_ticket", "waiting", "a"),
    Step("cancel_ticket", "cancelled", "a"),
    Step("walk_direct", "serving", "b", {"service": "collection"}),
    Step("finish_ticket", "finished", "b", {"outcome": "done"}),
    Step("adopt_ticket", "serving", "d", {"label": "K101"}),
    Step("finish_ticket", "finished", "d", {"outcome": "done"}),
    Step("issue_ticket", "waiting", "c"),
    Step("void_ticket", "void", "c"),
    Step("reinstate_ticket", "waiting", "c"),
    Step("pause_window", "paused"),
    Step("close_window", "closed"),
    Step("carry_over", "", body={"to_day": "{tomorrow}"}),
)


def filled(body: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    return {
        name: value.format_map(known) if isinstance(value, str) else value
        for name, value in body.items()
    }


def test_the_morning_has_every_act() -> None:
    assert {step.act for step in MORNING} == ACTS


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    return await centre_server.program()


async def test_every_act_leads_where_the_table_says_and_leaves_its_event(
    centre_server: CentreServer, program: Program
) -> None:
    day = centre_server.queue.today()[0]
    known = {"tomorrow": (day + timedelta(days=1)).isoformat()}
    for step in MORNING:
        path = PATHS[step.act].replace("{number}", str(WINDOW))
        path = path.replace("{ticket_id}", known.get(step.ticket, ""))
        told = await program.post(path, filled(step.body, known))
        assert told.status == (201 if step.act == "issue_ticket" else 200), (step, told.raw)
        if step.ticket:
            assert known.setdefault(step.ticket, told.body["id"]) == told.body["id"], step
        assert told.body.get("state", "") == step.state, step
    assert told.body["kept"] == 1
    rows = await centre_server.pool.fetch("SELECT DISTINCT event FROM ticket_event")
    assert {row["event"] for row in rows} == {*get_args(TicketEventKind)} - NOT_OF_PROGRAMS
