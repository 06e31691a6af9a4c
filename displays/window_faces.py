"""What the panel above each window shows; pure, from the hall as the display knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core_services.link.board_frames import BoardWindow
from displays.board import STALE_AFTER_S, BoardState
from drivers.panels.model import PanelFace

FLASH_S = 10.0
"""For so long a number flashes after a call, and after each call again."""


@dataclass(frozen=True, slots=True)
class PanelWords:
    """What a panel shows while its window holds no number."""

    open: str = "0"
    paused: str = "--"
    closed: str = "---"

    def of(self, state: str) -> str:
        return {"open": self.open, "paused": self.paused}.get(state, self.closed)


def window_faces(
    state: BoardState, at: float, words: PanelWords = PanelWords()
) -> Mapping[int, PanelFace]:
    """Return the face of each window by its number, at `at` (monotonic seconds).

    A number stands for as long as its window holds it, called or served. Empty while nothing is
    known of the hall, which after `STALE_AFTER_S` of silence is a reason to say so: see
    `unknown_face`. Empty in a centre to learn on, whose numbers must not hang above a window.
    """
    if state.is_training:  # a panel has no room for the mark
        return MappingProxyType({})
    stale = state.is_stale(at)
    return MappingProxyType(
        {window.window: _face(state, window, at, words, stale=stale) for window in state.windows}
    )


def unknown_face(
    state: BoardState, at: float, words: PanelWords = PanelWords()
) -> PanelFace | None:
    """Return what a window shows of which nothing is known.

    None at the start, when the server's word is about to come and the panel may keep what it has;
    dashes after that, since an old number is worse than none.
    """
    if state.epoch is None and at - state.contact < STALE_AFTER_S:
        return None
    return PanelFace(words.closed, state="closed", dim=True, stale=state.is_stale(at))


def _face(
    state: BoardState, window: BoardWindow, at: float, words: PanelWords, *, stale: bool
) -> PanelFace:
    label = _label(state, window)
    if label is None:
        return PanelFace(
            words.of(window.state),
            state=window.state,
            dim=window.state == "closed",
            stale=stale,
        )
    newest = max(
        (call for call in state.calls if call.window == window.window and call.label == label),
        key=lambda call: call.id,
        default=None,
    )
    has_just_been_called = newest is not None and newest.age_s(at) < FLASH_S
    return PanelFace(
        label, state=window.state, flash=has_just_been_called and not stale, stale=stale
    )


def _label(state: BoardState, window: BoardWindow) -> str | None:
    """Return the number at a window, the single calls counted that are newer than the board."""
    label = window.label
    windows_of = {call.id: call.window for call in state.listed}
    for change in state.later:
        if change.call is not None:
            windows_of[change.call_id] = change.call.window
            if change.call.window == window.window:
                label = change.call.label
            elif change.call.label == label:
                label = None  # called to another window meanwhile
        elif windows_of.get(change.call_id) == window.window:
            label = None
    return label
