"""Looks at what stands between an agent and the people before it: its browser, its loudspeaker."""

import json
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from core_services.doctor.machine import Machine, in_thread
from core_services.doctor.model import N_, Check, Finding, broken, quoted, warning, well
from core_services.link.probe import ProbeFailed, ask

_BROWSERS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
    "firefox-esr",
    "firefox",
)


def browser_check(port: int, unit: str) -> Check:
    """Look for a browser on this machine, and whether it shows the page of that port; `unit` runs
    it.
    """
    return Check("browser", N_("Browser"), partial(_browser, port, unit))


def sound_check(machine: Machine) -> Check:
    """Look for a sound card."""
    return Check("sound", N_("Loudspeaker"), in_thread(lambda: _sound(machine.sound_cards)))


async def _browser(port: int, unit: str) -> Sequence[Finding]:
    found = next((name for name in _BROWSERS if shutil.which(name)), None)
    if found is None:
        return [
            broken(
                N_("no browser is installed"),
                N_("Install it with what shows it, and let its unit start it."),
                "apt-get install -y --no-install-recommends cage chromium seatd xwayland",
                f"systemctl enable --now {unit}",
            )
        ]
    pages = await _pages(port)
    if pages == 0:
        return [
            warning(
                N_("{browser} is installed, and shows no page of ours", browser=found),
                N_("Start it; if it ends again, see why."),
                f"systemctl enable --now {unit}",
                f"journalctl -u {unit} -n 50 --no-pager",
            )
        ]
    if pages is None:
        return [well(N_("{browser} is installed", browser=found))]
    return [
        well(N_("{browser} is installed, pages that it shows: {count}", browser=found, count=pages))
    ]


async def _pages(port: int) -> int | None:
    """Return how many browsers show the agent's page; None while it does not run."""
    try:
        answer = await ask(f"http://127.0.0.1:{port}", "/healthz")
        pages = json.loads(answer.body)["pages"]
    except (ProbeFailed, ValueError, KeyError, TypeError):
        return None
    return pages if isinstance(pages, int) else None


def _sound(cards: Path) -> Sequence[Finding]:
    try:
        text = cards.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    names = [line.partition("]:")[2].strip() for line in text.splitlines() if "]:" in line]
    if not names:
        return [
            warning(
                N_("this machine has no sound card"),
                N_("Plug a loudspeaker's adaptor in, or take the sound of the television."),
                "cat /proc/asound/cards",
                "aplay -l",
            )
        ]
    return [well(quoted(", ".join(names)))]
