"""What a clerk sees before a window is open: which windows are free, and who has the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queue_server.tickets.model import Actor, Hall, Window, WindowState
from queue_server.web.desk.acts import ENTER, Key, digit_key
from queue_server.web.desk.view import HallSide, hall_side
from queue_server.web.people_names import opener
from queue_server.web.words import Words

LAST_DIGIT = 9


@dataclass(frozen=True, slots=True)
class WindowTile:
    """One window to choose, or the name of whoever has it."""

    number: int
    state: WindowState
    opened_by: Words | None
    priority_first: bool
    gives_way: bool
    """A program stands in: whoever opens the window takes it over."""
    is_usual: bool
    """The clerk's own place, or the one asked for."""
    once: str
    """The idempotency key of opening it."""

    @property
    def is_free(self) -> bool:
        return self.state == "closed" or self.gives_way

    @property
    def key(self) -> Key | None:
        """Enter for the usual window, its own digit for each of the others up to 9."""
        if self.is_usual:
            return ENTER
        return digit_key(self.number) if self.number <= LAST_DIGIT else None


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """All windows of the hall, for somebody who has none open."""

    clerk: Words
    at: datetime
    epoch: UUID
    revision: int
    tiles: tuple[WindowTile, ...]
    side: HallSide

    @property
    def usual(self) -> WindowTile | None:
        return next((tile for tile in self.tiles if tile.is_usual), None)

    @property
    def others(self) -> tuple[WindowTile, ...]:
        return tuple(tile for tile in self.tiles if not tile.is_usual)

    @property
    def stamp(self) -> str:
        """Changes when another window is free."""
        return "choice-" + "-".join(str(tile.number) for tile in self.tiles if tile.is_free)


def window_choice(
    hall: Hall, *, clerk: Words, usual: int | None, names: Mapping[UUID, Words]
) -> WindowChoice:
    """Make the choice; `usual` is the clerk's own place, or the window asked for."""
    return WindowChoice(
        clerk=clerk,
        at=hall.at,
        epoch=hall.epoch,
        revision=hall.revision,
        tiles=tuple(
            WindowTile(
                number=window.number,
                state=window.state,
                opened_by=opener(window, names),
                priority_first=window.priority_first,
                gives_way=window.gives_way,
                is_usual=window.number == usual,
                once=f"{hall.epoch}.{hall.revision}",
            )
            for window in hall.windows
        ),
        side=hall_side(hall),
    )


def own_windows(windows: Iterable[Window], actor: Actor) -> tuple[Window, ...]:
    """Return the windows that stand open or paused under the actor's name, the latest first."""
    own = [each for each in windows if each.state != "closed" and each.opened_by == actor]
    return tuple(sorted(own, key=_opened, reverse=True))


def _opened(window: Window) -> float:
    return 0.0 if window.state_since is None else window.state_since.timestamp()
