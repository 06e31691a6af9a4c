"""The values a panel driver speaks of: what a panel shows, what is sent to it, how it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

WindowState = Literal["open", "paused", "closed"]

PanelState = Literal["untold", "sent", "shown", "silent", "garbled", "refused", "no_link"]
"""`untold` nothing was to be shown yet · `sent` the bytes went out and this kind of panel does not
answer · `shown` the panel answered that it took them · `silent` it did not answer · `garbled` what
came back was no answer · `refused` it answered that it will not · `no_link` the bus is lost."""


@dataclass(frozen=True, slots=True)
class PanelFace:
    """What one panel shows; equal faces look the same."""

    text: str
    """Printable ASCII: `142`, `A17`, `---`; empty for a dark panel."""
    state: WindowState = "open"
    flash: bool = False
    """It has just been called."""
    dim: bool = False
    stale: bool = False
    """It may not be true any more; each protocol shows that as far as it can."""
    picture: tuple[str, ...] = ()
    """Rows of `0` and `1`, all equally long: shown instead of the text where a panel can."""


@dataclass(frozen=True, slots=True)
class Message:
    """One frame for one panel."""

    pieces: tuple[bytes, ...]
    """Sent one after the other with `PIECE_PAUSE_S` between: some commands need a breath inside."""
    is_answered: bool = False
    settle_s: float = 0.0
    """For so long the panel cannot be sent anything more; the others on its bus can."""

    @property
    def data(self) -> bytes:
        return b"".join(self.pieces)


PIECE_PAUSE_S = 0.1
"""Alpha protocol: 100 ms after the size of a DOTS picture."""

Verdict = Literal["accepted", "refused"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a panel said to one message."""

    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PanelStatus:
    """How one panel is."""

    address: int
    state: PanelState
    detail: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing is known to be wrong."""
        return self.state in ("sent", "shown")


@dataclass(frozen=True, slots=True)
class Patience:
    """How a bus is paced and how long its panels are waited for; seconds."""

    open_s: float = 5.0
    write_s: float = 5.0
    """A link that takes no byte for this long is lost."""
    answer_s: float = 0.3
    """Modbus over serial line leaves it to the application; a panel answers in 5 to 50 ms."""
    repaint_s: float = 30.0
    """A panel forgets what it showed when its power fails, and nobody tells us."""
    look_s: float = 5.0
    """The same for panels that answer: this is also how their absence is noticed in time."""
    set_up_s: float = 300.0
    """So often its memory is laid out anew, where a protocol has that: one short blink."""
    skip_first_s: float = 1.0
    skip_longest_s: float = 10.0
    """A panel that did not answer is left out for so long, doubling: asked in vain it costs the bus
    0.3 s, and one that is back must not show an old number for a minute."""
    all_silent_s: float = 60.0
    """With every panel of a bus silent for so long the link is opened anew."""
    lit_s: float = 1.0
    dark_s: float = 0.5
    """A call flashes once in a second and a half: slow enough to be read, and harmless."""
    backoff_first_s: float = 0.5
    backoff_longest_s: float = 30.0


class PanelProtocol(Protocol):
    """The bytes of one kind of panel; pure."""

    @property
    def flashes_by_itself(self) -> bool:
        """Whether the panel flashes when told to; else the writer shows it dark and lit in turn."""
        ...

    @property
    def answers(self) -> bool:
        """Whether the panel answers what it is sent, so that its absence can be noticed."""
        ...

    def check(self, address: int) -> None:
        """Raise ValueError, with a sentence, for an address that this protocol does not have."""
        ...

    def set_up(self, address: int) -> Sequence[Message]:
        """Return what must be sent before anything can be shown; empty where nothing must."""
        ...

    def paint(self, address: int, face: PanelFace, was: PanelFace | None) -> Sequence[Message]:
        """Return what makes a panel show a face.

        `was` is what it shows already, None when that is not known: then everything is sent.
        """
        ...

    def read(self, message: Message, heard: bytes) -> Answer | None:
        """Understand what was heard since a message; None when more must come."""
        ...


def fit(text: str, width: int) -> str:
    """Return the text, or as many dashes as there is room for: a cut number is another number."""
    return text if len(text) <= width else "-" * width
