"""The one frame of pages in a browser: something changed, look again."""

from typing import Literal
from uuid import UUID

from core_services.link.frame import Frame


class Changed(Frame):
    """The centre stands at another revision; a page that shows an older one fetches its parts."""

    type: Literal["changed"] = "changed"
    epoch: UUID
    """New after a restore; a revision of another epoch says nothing."""
    revision: int
