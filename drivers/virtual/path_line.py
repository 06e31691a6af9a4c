"""A virtual device at a path: there while it has power, gone when its plug is pulled."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, Self, TypeVar

from drivers.virtual.lines import Line

_LOOK_S = 0.02
"""Between looks whether the device has its power again."""


class PathLine(Line, Protocol):
    """The device's end of a path that somebody else opens.

    `drop` takes the path away, as pulling a plug does.
    """

    @property
    def name(self) -> Path:
        """The path."""
        ...

    def throw_away(self) -> None:
        """Lose what was sent and nobody has read."""
        ...

    def anew(self) -> Self:
        """Return another line under the same name. Raises OSError."""
        ...


AnyLine = TypeVar("AnyLine", bound=PathLine)


async def serve_path(
    attend: Callable[[AnyLine], Awaitable[None]],
    line: AnyLine,
    *,
    has_power: Callable[[], bool] = lambda: True,
) -> None:
    """Stand the device at a path until cancelled; a dropped line is made anew under its name."""
    while True:
        try:
            if has_power():
                await attend(line)
        finally:
            line.drop()
        while not has_power():  # noqa: ASYNC110 - a person switches it on
            await asyncio.sleep(_LOOK_S)
        line = line.anew()
