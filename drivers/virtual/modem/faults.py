"""What is wrong with a virtual modem, its SIM and its network; pure."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from drivers.virtual.change import Change, changed

Sim = Literal["ready", "absent", "pin", "puk"]
NetworkState = Literal["home", "searching", "denied"]
Prompt = Literal["at_once", "slow", "never"]
Answers = Literal["at_once", "slow", "lost", "never"]
Reports = Literal["at_once", "early", "late", "failed", "never"]
Restarts = Literal["never", "before_sending", "after_sending"]


@dataclass(frozen=True, slots=True)
class Faults:
    """The modem's troubles; the defaults are none."""

    sim: Sim = "ready"
    network: NetworkState = "home"
    signal: int = 20
    """`+CSQ`, 0 to 31."""
    prompt: Prompt = "at_once"
    answers: Answers = "at_once"
    """To a message. `lost`: it is sent and no answer comes · `never`: neither."""
    cms: int = 0
    """`+CMS ERROR` to each message; 0: none."""
    reports: Reports = "at_once"
    """`early`: before the answer that tells the reference they speak of."""
    noise: bool = False
    """It speaks unasked in the middle of its answers."""
    replies: bool = True
    """False: it hears nothing and says nothing."""
    restarts: Restarts = "never"
    """Amid each message."""
    power: Literal["on", "off"] = "on"


class FaultChange(Change):
    """A change of these troubles."""

    sim: Sim | None = None
    network: NetworkState | None = None
    signal: int | None = Field(default=None, ge=0, le=31)
    prompt: Prompt | None = None
    answers: Answers | None = None
    cms: int | None = Field(default=None, ge=0, le=999)
    reports: Reports | None = None
    noise: bool | None = None
    replies: bool | None = None
    restarts: Restarts | None = None
    power: Literal["on", "off", "cycle", "restart"] | None = None
    """`off` is unplugged · `cycle`: out and in again · `restart`: it begins anew, still plugged."""

    def applied_to(self, faults: Faults) -> Faults:
        """Return the faults after this change."""
        return changed(faults, self)
