"""The form by which staff report a fault: what it carries, what it offers, what is to be mended."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal
from uuid import UUID

from core_services.devices.model import DeviceKind, DeviceState
from queue_server.faults.faults import words_of
from queue_server.faults.model import BROKEN, HINDRANCES, KINDS, WORDS_LENGTH, FaultKind
from queue_server.web.faults.view import FaultRow
from queue_server.web.redirects import local_path

HALL: Final = "hall"
_WINDOW: Final = re.compile(r"window:([1-9][0-9]?)")
_DEVICE: Final = re.compile(r"device:([A-Za-z0-9][A-Za-z0-9_-]{0,31})")
_KEY: Final = re.compile(r"[\x21-\x7e]{1,80}")

Mistake = Literal["lacks-kind", "lacks-place", "too-long", "sent-before"]
Choice = tuple[str, str]
"""A value of the list of places and, of a machine, its name."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a fault may be: what stands in the list, by kind."""

    own_windows: tuple[int, ...] = ()
    """The windows that the reporter has open: they stand first."""
    windows: tuple[int, ...] = ()
    machines: tuple[tuple[DeviceKind, tuple[str, ...]], ...] = ()

    def has(self, value: str) -> bool:
        """Say whether a value stands in the list."""
        window, device = _WINDOW.fullmatch(value), _DEVICE.fullmatch(value)
        if window is not None:
            return int(window[1]) in (*self.own_windows, *self.windows)
        if device is not None:
            return any(device[1] in names for _, names in self.machines)
        return value == HALL


@dataclass(frozen=True, slots=True)
class Draft:
    """What is chosen and typed; kept whatever becomes of it."""

    key: str
    back: str = ""
    """Path and query of the screen from which the form was opened; empty: none of ours."""
    kind: FaultKind | None = None
    place: str = ""
    words: str = ""
    stops_work: bool = False
    size: str = ""
    screen: str = ""
    """The template of the route of that screen: paths hold ids and tokens."""

    @property
    def window(self) -> int | None:
        found = _WINDOW.fullmatch(self.place)
        return None if found is None else int(found[1])

    @property
    def device(self) -> str | None:
        found = _DEVICE.fullmatch(self.place)
        return None if found is None else found[1]

    def mistakes(self, places: Places) -> tuple[Mistake, ...]:
        """Return what keeps it from being sent."""
        found: list[Mistake] = []
        if self.kind is None:
            found.append("lacks-kind")
        if not places.has(self.place):
            found.append("lacks-place")
        if len(self.words) > WORDS_LENGTH:
            found.append("too-long")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class FaultPage:
    """The page of the form, with what its reader has reported of late."""

    template: ClassVar[str] = "fault.html"

    draft: Draft
    places: Places
    own: tuple[FaultRow, ...] = ()
    reported: FaultRow | None = None
    """What has just been reported."""
    is_joined: bool = False
    mistakes: tuple[Mistake, ...] = ()
    is_away: bool = False
    """The database did not answer: nothing was kept, the words stand here."""
    csrf: str | None = None
    """The token that the form had, where nobody can be asked for it now."""
    broken: tuple[FaultKind, ...] = field(default=BROKEN)
    hindrances: tuple[FaultKind, ...] = field(default=HINDRANCES)
    words_length: int = WORDS_LENGTH

    @property
    def may_act(self) -> bool:
        return not self.is_away


def draft_of(fields: Mapping[str, str], *, key: str) -> Draft:
    """Read a form or an address; what nobody of ours wrote counts as not chosen.

    `key` names the press where the form brings no name of its own.
    """
    kind = fields.get("kind", "")
    once = fields.get("key", "")
    place = fields.get("place", "")
    if not place and "machine" in fields:
        place = f"device:{fields['machine']}"
    return Draft(
        key=once if _KEY.fullmatch(once) else key,
        back=local_path(fields.get("from", "")[:400]),
        kind=next((each for each in KINDS if each == kind), None),
        place=place[:80],
        words=words_of(fields.get("words", "")),
        stops_work=fields.get("stops_work") == "yes",
        size=fields.get("size", "")[:20],
        screen=fields.get("screen", "")[:120],
    )


def places_of(
    machines: Iterable[DeviceState],
    windows: Iterable[int],
    own_windows: Iterable[int],
) -> Places:
    """Make the list: the reporter's windows, then machines by kind, then all other windows."""
    own = tuple(own_windows)
    by_kind: dict[DeviceKind, list[str]] = {"kiosk": [], "display": [], "workstation": []}
    for each in machines:
        by_kind[each.device.kind].append(each.device.name)
    return Places(
        own_windows=own,
        windows=tuple(number for number in windows if number not in own),
        machines=tuple((kind, tuple(names)) for kind, names in by_kind.items() if names),
    )


def device_id_of(machines: Iterable[DeviceState], name: str) -> UUID | None:
    """Return the id of a machine in use by its name."""
    return next((each.device.id for each in machines if each.device.name == name), None)
