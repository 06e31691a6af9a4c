"""One sentence about what an act at reception did; its template chooses the words.

It travels in the address of the page that an act leads to, so that a reload never repeats the act.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import urlencode

from queue_server.tickets import errors
from queue_server.web.labels import is_label, label_words
from queue_server.web.words import Words

Done = Literal[
    "help-answered",
    "printer-chosen",
    "reprint-ordered",
    "reprint-ordered-before",
    "told-by-hand",
    "slip-printed",
    "returned",
    "keyed-in",
    "book-made",
]
Refusal = Literal[
    "help-answered-before",
    "printer-not-ready",
    "no-printer",
    "which-service",
    "service-closed",
    "service-full",
    "too-many-requests",
    "ticket-state",
    "return-refused",
    "changed",
    "scan-unknown",
    "check-in-refused",
]
Said = Done | Refusal

_DONE: Final = frozenset(get_args(Done))
_SAID: Final[Mapping[str, Said]] = {
    **{kind: kind for kind in get_args(Done)},
    **{kind: kind for kind in get_args(Refusal)},
}
_DEVICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_CODE: Final = re.compile(r"[a-z_]{1,24}")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said once, above everything else."""

    kind: Said
    label: Words | None = None
    device: str = ""
    state: str = ""

    @property
    def is_refusal(self) -> bool:
        return self.kind not in _DONE


def query_of(kind: Said, *, label: str | None = None, device: str = "", state: str = "") -> str:
    """Return the query with which a page says it."""
    fields = {"said": kind, "label": label or "", "device": device, "state": state}
    return urlencode({name: value for name, value in fields.items() if value})


def refusal_of(error: errors.Refused) -> Said:
    """Return what a refusal of the queue is called here."""
    if isinstance(error, errors.ServiceClosed):
        return "service-closed"
    if isinstance(error, errors.ServiceFull):
        return "service-full"
    if isinstance(error, errors.TooManyRequests):
        return "too-many-requests"
    if isinstance(error, errors.LimitReached | errors.TooLate):
        return "return-refused"
    return "ticket-state" if isinstance(error, errors.ActNotAllowed) else "changed"


def notice_from(query: Mapping[str, str]) -> Notice | None:
    """Read such a query back; what nobody of ours wrote is passed over."""
    kind = _SAID.get(query.get("said", ""))
    if kind is None:
        return None
    label, device, state = (query.get(name, "") for name in ("label", "device", "state"))
    return Notice(
        kind=kind,
        label=label_words(label) if is_label(label) else None,
        device=device if _DEVICE.fullmatch(device) else "",
        state=state if _CODE.fullmatch(state) else "",
    )
