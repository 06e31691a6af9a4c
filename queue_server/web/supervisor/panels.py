"""What a display says of its window panels, read back into windows and troubles; pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PanelTrouble:
    """Panels that share one trouble."""

    state: str
    """In the word of the panels' driver: `silent`, `garbled`, `refused` or `no_link`."""
    windows: tuple[int, ...]


def panel_troubles(reason: str | None) -> tuple[PanelTrouble, ...]:
    """Read `silent: 3, 7; garbled: 9`; what is not so is left out."""
    troubles = []
    for said in (reason or "").split(";"):
        state, colon, listed = said.partition(":")
        windows = tuple(int(each) for each in map(str.strip, listed.split(",")) if each.isdecimal())
        if colon and windows:
            troubles.append(PanelTrouble(state.strip(), windows))
    return tuple(troubles)
