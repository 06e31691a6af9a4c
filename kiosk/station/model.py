"""What a workstation knows of jobs and devices, and which word is owed about a job; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, runtime_checkable

from core_services.link.status_frames import AttachedDevice
from core_services.link.work_frames import OutcomeState, WorkMessage
from core_services.paper.slip import SlipFacts

WorkKind = Literal["page", "receipt", "message"]

Fate = Literal["open", "held", "unknown", "failed", "sent", "done"]
"""How far a device has come with a job: `open` in line or on its way; the others are told."""


@dataclass(frozen=True, slots=True)
class JobNews:
    """A device tells of one of its jobs."""

    job: str
    fate: Fate
    confirmed_by: str | None = None
    reason: str | None = None
    """One word: why it failed."""


class Attached(Protocol):
    """One device of a workstation. All methods are called in the loop that runs `run`."""

    @property
    def name(self) -> str: ...

    def tell(self) -> AttachedDevice:
        """Return the device as it stands now."""
        ...

    async def run(self) -> None:
        """Own the device until cancelled; what it raises has it run again later."""
        ...


class Worker(Attached, Protocol):
    """A device that does jobs, each once by its id, and remembers them over a crash."""

    @property
    def does(self) -> WorkKind: ...

    @property
    def is_ready(self) -> bool:
        """A job given now would be done now."""
        ...

    @property
    def journal_id(self) -> str | None:
        """Names the journal's file; None while it is not open, and no job may be given."""
        ...

    def news(self, job: str) -> JobNews | None:
        """Return how far a job has come; None for one that never reached the journal."""
        ...

    def cancel(self, job: str) -> bool:
        """Take a job back; True: not one byte of it left, and none will."""
        ...

    def purge(self) -> None:
        """Forget old finished jobs."""
        ...


@runtime_checkable
class PaperWorker(Worker, Protocol):
    """A printer."""

    def print_document(self, job: str, content: bytes) -> None:
        """Print a document of the server's once."""
        ...


@runtime_checkable
class SlipWorker(PaperWorker, Protocol):
    """A receipt printer, which prints slips as well."""

    def print_slip(self, job: str, facts: SlipFacts) -> None:
        """Compose a slip and print it once."""
        ...


@runtime_checkable
class MessageWorker(Worker, Protocol):
    """A modem."""

    @property
    def dropped_incoming(self) -> int:
        """How many parts of messages came in and were deleted unread."""
        ...

    def send(self, job: str, message: WorkMessage) -> None:
        """Send a message once."""
        ...


OnNews = Callable[[JobNews], None]
OnState = Callable[[], None]
"""The device stands otherwise than before."""
OnOpen = Callable[[Worker], None]
"""The device's journal was opened: what it left undone can be told now."""
OnScan = Callable[[str, int, str, str | None], None]
"""A scanner's name, its window, the text it read, and its symbology where that is known."""
OnUnreadable = Callable[[str], None]
"""A scanner of that name read something that makes no code."""

_MAY_FOLLOW: Final[Mapping[OutcomeState | None, frozenset[Fate]]] = {
    None: frozenset({"held", "unknown", "failed", "sent", "done"}),
    "held": frozenset({"unknown", "done"}),
    "unknown": frozenset({"held", "failed", "sent", "done"}),
    "sent": frozenset({"failed", "done"}),
    "failed": frozenset(),
    "done": frozenset(),
}


def word_for(said: OutcomeState | None, fate: Fate) -> OutcomeState | None:
    """Return what is to be said of a job of which `said` was said last; None: nothing new."""
    if fate == "open" or fate not in _MAY_FOLLOW[said]:
        return None
    return fate
