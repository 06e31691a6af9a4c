"""How an agent and the server begin a connection, and what keeps it alive."""

from datetime import datetime, time
from typing import Literal
from uuid import UUID

from pydantic import Field

from core_services.link.errand_frames import OutOfService
from core_services.link.frame import Frame

PROTOCOLS = (1,)
"""Protocol versions this program speaks, newest last."""


class HeldSeries(Frame):
    """The series that a kiosk's disk holds for the time when it is cut off."""

    letter: str = Field(max_length=8)
    first: int


class Hello(Frame):
    """The first frame of an agent."""

    type: Literal["hello"] = "hello"
    protocol: list[int] = Field(default=list(PROTOCOLS))
    version: str
    device: str
    journal_id: str
    """Names the agent's journal on disk; a new disk has a new one."""
    series: HeldSeries | None = None
    """Of a kiosk: what `welcome.offline` gave to this disk, said at every connection, so that a
    server restored from before that gives it to no other."""


class CentreNames(Frame):
    """Who we are, for the head of slips and screens."""

    code: str
    name_ar: str
    name_en: str
    unit_ar: str = ""
    unit_en: str = ""
    governorate_ar: str = ""
    governorate_en: str = ""
    short_ar: str = ""
    short_en: str = ""
    training: bool = False
    """A centre to learn on, which every screen and slip says: no number of it is called in a hall,
    and no voice of it is heard."""


class OfflineSeries(Frame):
    """The numbers that a kiosk gives while no server answers: its own, again on every day."""

    letter: str
    """Its API form: `K`."""
    display_letter: str
    """As it is printed: `ك`."""
    first: int
    last: int
    """After this the kiosk has none left for the day."""


class Welcome(Frame):
    """The server's first frame."""

    type: Literal["welcome"] = "welcome"
    protocol: int
    epoch: UUID
    revision: int
    server_time: datetime
    config_version: str
    """Changes when the centre's names, services or queues change."""
    centre: CentreNames | None = None
    public_url: str | None = None
    zone: str = "Africa/Cairo"
    cut_over: time = time(3)
    """When, by the wall of that zone, one business day ends and the next begins."""
    offline: OfflineSeries | None = None
    """Of a kiosk: the series for this `journal_id`, the same at every connection; None: it gives no
    numbers while it is cut off, as all letters have gone to other kiosks."""
    out_of_service: OutOfService | None = None
    """Of a kiosk: it gives no numbers, and these words stand on its glass; None: it is in service,
    whatever it was told before."""


class Ping(Frame):
    """Sent every 5 s when nothing else is, so that a screen knows it is not stale."""

    type: Literal["ping"] = "ping"
    server_time: datetime
