"""Whether a machine's glass is lit: a page of its browser is open.

A glass on which no page was ever opened is missed by nobody. One that was lit once is missed from
then on, after a restart too: a browser that does not come up is as dark as one that has died.
"""

from pathlib import Path
from typing import Literal

import structlog

logger = structlog.get_logger()

Light = Literal["lit", "dark"]


class GlassWatch:
    """Remembers on the disk that a page was open once, in the file `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was_lit = path.exists()

    def light(self, pages: int) -> Light | None:
        """Return how the glass stands with so many pages open; None: it was never lit."""
        if pages and not self._was_lit:
            self._was_lit = True
            try:
                self._path.touch()
            except OSError as error:
                logger.warning("lit_glass_not_remembered", detail=str(error))
        if not self._was_lit:
            return None
        return "lit" if pages else "dark"
