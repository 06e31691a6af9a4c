"""Looks, when all is quiet again, for promises that were not kept: in the database and on paper."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.support.busy_day import Promises
from tests.support.slip_trail import Job, Printed, read_jobs, read_own_numbers, read_slips

ONCE: Final = ("issue", "call", "start", "finish", "no_show", "void")
LISTED: Final = ("held", "unknown")
"""Marks of slips that a person is asked to look after."""
_SLIP_ROWS: Final = 300
"""A paper of so many rows holds a number."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the database and the printer's folder hold."""

    tickets: dict[str, dict[str, Any]]
    events: list[tuple[str, str]]
    """(ticket, event), in the order of their revisions."""
    jobs: dict[str, Job]
    slips: list[Printed]
    own: dict[str, str] = field(default_factory=dict)
    """The server's id of each number that the kiosk gave by itself, by the id on its glass."""

    def seen_as(self, ticket: str, promises: Promises) -> set[str]:
        """Return what the glass said of a ticket's slip."""
        return {
            words
            for on_glass, said in promises.papers.items()
            if self.own.get(on_glass, on_glass) == ticket
            for words in said
        }

    @property
    def whole(self) -> set[str]:
        """Tickets of which a whole slip came out of the printer."""
        return {slip.job for slip in self.slips if slip.whole is not None and slip.job is not None}

    def counts(self) -> dict[str, int]:
        """Return how many tickets stand in each state, by channel and paper."""
        return dict(
            Counter(
                f"{ticket['channel']}/{ticket['state']}/{ticket['paper']}"
                for ticket in self.tickets.values()
            )
        )


async def gather_evidence(dsn: str, folder: Path) -> Evidence:
    """Read everything that a quiet demonstration holds."""
    connection = await asyncpg.connect(dsn)
    try:
        tickets = await connection.fetch(
            "SELECT id, label, business_day, state, paper, channel, call_revision, window_number"
            " FROM ticket"
        )
        events = await connection.fetch(
            "SELECT ticket_id, event FROM ticket_event ORDER BY revision"
        )
    finally:
        await connection.close()
    jobs = read_jobs(folder / "kiosk")
    own = read_own_numbers(folder / "kiosk")
    slips = read_slips(folder / "slips", jobs)
    return Evidence(
        {str(row["id"]): dict(row) for row in tickets},
        [(str(row["ticket_id"]), row["event"]) for row in events],
        jobs,
        [replace(slip, job=own.get(slip.job or "", slip.job)) for slip in slips],
        own,
    )


def broken_promises(promises: Promises, evidence: Evidence) -> list[str]:
    """Return a sentence for each promise that was not kept."""
    return [
        *_lost_tickets(promises, evidence),
        *_double_acts(promises, evidence),
        *_ghosts(promises, evidence),
        *_wrong_papers(evidence),
    ]


def _lost_tickets(promises: Promises, evidence: Evidence) -> Iterator[str]:
    for source in (promises.numbers, promises.issued):
        for ticket, label in source.items():
            kept = evidence.tickets.get(evidence.own.get(ticket, ticket))
            if kept is None:
                yield f"ticket {label} ({ticket}) was promised and is not there"
            elif kept["label"] != label:
                yield f"ticket {ticket} was promised as {label} and is {kept['label']}"
    labels = Counter((row["business_day"], row["label"]) for row in evidence.tickets.values())
    yield from (f"label {label} is there {n} times" for (_, label), n in labels.items() if n > 1)
    for ticket, label in promises.issued.items():
        if evidence.tickets.get(ticket, {}).get("state") == "void":
            yield f"ticket {label} was promised by the API and is void"


def _double_acts(promises: Promises, evidence: Evidence) -> Iterator[str]:
    happened = Counter(evidence.events)
    for (ticket, event), times in happened.items():
        if event in ONCE and times > 1:
            yield f"{event} happened {times} times to {evidence.tickets[ticket]['label']}"
    for (ticket, act), times in Counter(promises.acts).items():
        least = 1 if act == "call" else times
        if happened[(ticket, act)] < least:
            yield f"{act} of {ticket} was acknowledged and did not happen"


def _ghosts(promises: Promises, evidence: Evidence) -> Iterator[str]:
    """Nobody's number may be called, and nobody's number may be void."""
    whole = evidence.whole
    for ticket, row in evidence.tickets.items():
        if row["channel"] not in ("kiosk", "kiosk_offline"):
            continue
        label, state, paper = row["label"], row["state"], row["paper"]
        seen = evidence.seen_as(ticket, promises)
        if state == "unconfirmed":
            yield f"{label} is still unconfirmed"
        elif state == "void":
            if ticket in whole:
                yield f"{label} is void and its slip was printed"
            if seen & {"kept", "printed"}:
                yield f"{label} is void and the glass said {seen}"
        elif not (ticket in whole or paper == "kept" or paper in LISTED):
            yield f"{label} is {state}, but nobody has its paper ({paper}) and nobody is asked"
        if paper == "printed" and ticket not in whole:
            yield f"{label} is marked printed and there is no slip"


def _wrong_papers(evidence: Evidence) -> Iterator[str]:
    originals = Counter(slip.job for slip in evidence.slips if slip.whole == "original")
    yield from (
        f"the slip of {evidence.tickets[job]['label']} was printed {n} times without its mark"
        for job, n in originals.items()
        if n > 1 and job is not None
    )
    for slip in evidence.slips:
        if slip.whole is not None or slip.rows < _SLIP_ROWS:
            continue
        if slip.job is None:
            yield f"{slip.file} ({slip.rows} rows) is no job's paper"
        elif evidence.tickets[slip.job]["state"] == "void":
            label = evidence.tickets[slip.job]["label"]
            yield f"{label} is void and {slip.rows} rows of its slip were printed"
