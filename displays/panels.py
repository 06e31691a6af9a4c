"""The window panels of one display: every bus, and what each panel is to show."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core_services.clock import Clock
from core_services.link.status_frames import AttachedDevice
from core_services.pulse import Pulse
from displays.board import BoardState
from displays.panel_pictures import draw
from displays.panel_settings import PanelBusSettings
from displays.window_faces import PanelWords, unknown_face, window_faces
from drivers.panels.bus import PanelBus
from drivers.panels.model import PanelFace, PanelStatus

_LONGEST_REASON = 200 - len(", …")
"""A frame's `reason` has 200 signs at most."""


@dataclass(frozen=True, slots=True)
class _Wired:
    """One bus and whose panels it carries."""

    bus: PanelBus
    settings: PanelBusSettings
    words: PanelWords


class Panels:
    """Shows the hall on panels, whether or not a page of the board is open.

    `show` never waits. Each bus lives by itself: what becomes of one is nothing to the others.
    """

    def __init__(
        self,
        settings: Sequence[PanelBusSettings],
        clock: Clock,
        pulse: Pulse | None = None,
    ) -> None:
        self._wired = [
            _Wired(
                PanelBus(
                    each.url,
                    each.make_protocol(),
                    each.windows.values(),
                    clock,
                    baud=each.baud,
                    pulse=pulse,
                ),
                each,
                PanelWords(each.open, each.paused, each.closed),
            )
            for each in settings
        ]

    def show(self, state: BoardState, at: float) -> None:
        """Let every panel show its window, at `at` (monotonic seconds)."""
        for wired in self._wired:
            faces = window_faces(state, at, wired.words)
            for window, address in wired.settings.windows.items():
                face = faces.get(window) or unknown_face(state, at, wired.words)
                if face is not None:
                    wired.bus.show(address, _drawn(face, wired.settings.picture_width))

    def statuses(self) -> Sequence[tuple[int, PanelStatus]]:
        """Return how the panel of each window is."""
        return [
            (window, wired.bus.statuses[address])
            for wired in self._wired
            for window, address in sorted(wired.settings.windows.items())
        ]

    def tell(self) -> list[AttachedDevice]:
        """Return each bus as the supervisor hears of it, with what is wrong, by state and window:
        `silent: 3, 7`."""
        return [_told(number, wired) for number, wired in enumerate(self._wired, start=1)]

    async def run(self) -> None:
        """Keep every bus at work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for wired in self._wired:
                tasks.create_task(wired.bus.run())


def _drawn(face: PanelFace, width: int | None) -> PanelFace:
    return face if width is None else replace(face, picture=draw(face.text, width))


def _told(number: int, wired: _Wired) -> AttachedDevice:
    by_state: dict[str, list[str]] = {}
    for window, address in sorted(wired.settings.windows.items()):
        status = wired.bus.statuses[address]
        if not status.is_well and status.state != "untold":
            by_state.setdefault(status.state, []).append(str(window))
    troubles = _short("; ".join(f"{state}: {', '.join(each)}" for state, each in by_state.items()))
    return AttachedDevice(
        name=f"panels-{number}",
        kind="panels",
        state="not_ready" if troubles else "ready",
        reason=troubles or None,
    )


def _short(troubles: str) -> str:
    """Cut at a comma what is longer than a frame allows: half a number is another window's."""
    if len(troubles) <= _LONGEST_REASON:
        return troubles
    return troubles[: troubles.rindex(",", 0, _LONGEST_REASON)] + ", …"
