"""What workstations do by order of the server: pages, receipts, messages; their states, pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

WorkKind = Literal["page", "receipt", "message"]
WorkState = Literal["ordered", "sent", "held", "unknown", "failed", "done", "closed"]
"""`ordered` nothing heard yet · `sent` the network took the message · `held` the printer has it and
waits for a hand · `unknown` something left and nothing was heard: a person decides · `failed`
nothing left · `done` on paper, or delivered · `closed` a person needs it no more."""
MediaType = Literal["application/pdf", "image/png"]

TRANSITIONS: Final[Mapping[WorkState, frozenset[WorkState]]] = {
    "ordered": frozenset({"sent", "held", "unknown", "failed", "done", "closed"}),
    "sent": frozenset({"done", "failed"}),
    "held": frozenset({"unknown", "done", "closed"}),
    "unknown": frozenset({"sent", "failed", "done", "closed"}),
    "failed": frozenset({"closed"}),
    "done": frozenset(),
    "closed": frozenset(),
}
"""Where each state may lead. `unknown → done` is a late echo, or a person who looked at the tray;
`sent → failed` a report that the message was never delivered. Only messages are ever `sent`, and
only of a message may nothing have left after all (`unknown → failed`)."""

LAST_WORDS: Final[frozenset[WorkState]] = frozenset({"sent", "unknown", "failed", "done", "closed"})
"""States after which an order is not delivered again; what is `held` may still come out."""

WANTS_SOMEBODY: Final[frozenset[WorkState]] = frozenset({"held", "unknown", "failed"})

NEEDS_SEALED: Final[frozenset[WorkState]] = frozenset({"ordered", "unknown", "failed"})
"""States in which a message may still have to be sent, so that its phone and text are kept."""

LARGEST_DOCUMENT_BYTES: Final = 16 * 1024 * 1024


def origins(kind: WorkKind, to: WorkState) -> frozenset[WorkState]:
    """Return the states of an order of that kind from which `to` may be reached."""
    if kind != "message" and to == "sent":
        return frozenset()
    found = {state for state in get_args(WorkState) if to in TRANSITIONS[state]}
    if kind != "message" and to == "failed":
        found.discard("unknown")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed."""

    media_type: MediaType
    content: bytes


@dataclass(frozen=True, slots=True)
class NewWork:
    """An order about to be given."""

    id: UUID
    """Chosen by whoever orders, so that an order given twice is one."""
    device_id: UUID
    kind: WorkKind
    title_ar: str
    title_en: str
    attached: str | None = None
    """The device of the workstation that is to do it; None: any of its kind."""
    document: Document | None = None
    marked: Document | None = None
    """The same paper with the mark of a second print."""
    sealed: bytes | None = None
    ordered_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """An order as it stands; without what it prints or says."""

    id: UUID
    device_id: UUID
    kind: WorkKind
    title_ar: str
    title_en: str
    attached: str | None
    copy_of: UUID | None
    ordered_at: datetime
    ordered_by: UUID | None
    state: WorkState
    confirmed_by: str | None
    reason: str | None
    changed_at: datetime
    can_repeat: bool
    """What a second print or sending needs is still there."""
    document_sha256: bytes | None = None
    document_bytes: int | None = None
    media_type: MediaType | None = None
    sealed: bytes | None = None
