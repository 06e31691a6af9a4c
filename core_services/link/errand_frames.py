"""The frames of errands: what one machine is told to do for its own care, and its picture."""

import base64
from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from core_services.link.frame import Frame

LARGEST_PICTURE_BYTES: Final = 45_000
"""A picture fits into one frame of an agent, which is base64 and at most 64 KiB."""


class OutOfService(Frame):
    """What stands on the glass of a kiosk that gives no numbers."""

    text_ar: str
    text_en: str = ""
    """Empty: the Arabic stands alone."""


class DeviceNotice(Frame):
    """A line for whoever stands before one machine."""

    text_ar: str
    text_en: str = ""
    """Empty: the Arabic is shown to everybody."""
    until: datetime
    """It is taken away by the machine itself, also without a line."""


class Errand(Frame):
    """Do this for your own care, once however often it comes; `outcome` about `job` says how it
    went."""

    type: Literal["errand"] = "errand"
    job: str
    do: str
    """`trial` print a trial slip · `restart` end the program, which is brought back; the new run
    answers · `duty` go out of service or back · `notice` show a line or take it away · `picture`
    tell what the glass looks like; one not known here has failed (`unknown_kind`)."""
    out_of_service: OutOfService | None = None
    """Of `duty`; None: back in service."""
    notice: DeviceNotice | None = None
    """Of `notice`; None: none any more."""


class PictureTaken(Frame):
    """What stands on the glass, as its browser shows it; the answer to an errand `picture`.

    No picture is taken of a page on which something of a citizen's stands.
    """

    type: Literal["picture"] = "picture"
    job: str = Field(min_length=8, max_length=64)
    webp: str = Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=60_000, repr=False)
    """WebP as base64, at most 45,000 bytes."""

    @property
    def content(self) -> bytes:
        """The picture itself. Raises ValueError."""
        return base64.b64decode(self.webp, validate=True)
