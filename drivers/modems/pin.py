"""Reads the SIM's PIN from a file that only the agent's user can read."""

import re
import stat
from pathlib import Path

from drivers.errors import PinUnreadable, reason_of
from drivers.modems.looking import SimPin


def read_pin(path: Path) -> SimPin:
    """Return the PIN, 4 to 8 digits, in a file of mode 0600 or 0400. Raises PinUnreadable."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii", "replace").strip()
    except OSError as error:
        raise PinUnreadable(str(path), reason_of(error)) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PinUnreadable(str(path), "others can read it; set its mode to 0600")
    if re.fullmatch(r"[0-9]{4,8}", text) is None:
        raise PinUnreadable(str(path), "it must hold 4 to 8 digits and nothing else")
    return SimPin(text)
