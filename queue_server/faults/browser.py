"""Which browser a page is read in, as far as its repair needs it; pure."""

import re
from dataclasses import dataclass
from typing import Any, Final

_FAMILIES: Final = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d{1,4})")),
    ("Opera", re.compile(r"OPR/(\d{1,4})")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/(\d{1,4})")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d{1,4})")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS)/(\d{1,4})")),
    ("Safari", re.compile(r"Version/(\d{1,4}).* Safari/")),
)
"""In this order: each browser also says what it wants to be taken for."""
_SYSTEMS: Final = (
    ("Windows 7", re.compile(r"Windows NT 6\.1")),
    ("Windows 8", re.compile(r"Windows NT 6\.[23]")),
    ("Windows", re.compile(r"Windows NT")),
    ("Android", re.compile(r"Android")),
    ("iOS", re.compile(r"iPhone|iPad")),
    ("macOS", re.compile(r"Mac OS X")),
    ("Linux", re.compile(r"Linux|X11")),
)
_SIZE: Final = re.compile(r"([1-9]\d{1,4})x([1-9]\d{1,4})")


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser: its family, the system below it, the size of its page in CSS pixels."""

    family: str
    release: str
    system: str
    size: str
    """`1366x768`; empty where the page told none, as without JavaScript."""

    @property
    def facts(self) -> dict[str, Any]:
        """Return it for the diagnosis."""
        return {
            "family": self.family,
            "release": self.release,
            "system": self.system,
            "size": self.size,
        }


def browser_of(user_agent: str, size: str = "") -> Browser:
    """Read what a browser says of itself; nothing else of its sentence is kept."""
    agent = user_agent[:500]
    family, release = "", ""
    for name, pattern in _FAMILIES:
        found = pattern.search(agent)
        if found is not None:
            family, release = name, found[1]
            break
    system = next((name for name, pattern in _SYSTEMS if pattern.search(agent)), "")
    return Browser(family, release, system, size if _SIZE.fullmatch(size) else "")
