"""What somebody has typed into the set-up so far, kept in a file: it outlives browser and server.

It holds no secret: the code and the administrator's password are never in it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, get_args

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from core_services.files import write_durably

Step = Literal["centre", "hours", "windows", "services", "administrator"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)

FILE: Final = "setup-draft.json"

logger = structlog.get_logger()


class Draft(BaseModel):
    """The fields of each step as they were typed, right or wrong."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    typed: Mapping[Step, Mapping[str, str]] = {}

    def with_step(self, step: Step, fields: Mapping[str, str]) -> "Draft":
        """Return the draft with what was typed in that step now."""
        return Draft(typed={**self.typed, step: dict(fields)})


def read_draft(data_dir: Path) -> Draft:
    """Return what is kept; one that cannot be read is begun anew. Blocks."""
    try:
        return Draft.model_validate_json((data_dir / FILE).read_bytes())
    except FileNotFoundError:
        return Draft()
    except (OSError, ValidationError) as error:
        logger.warning("setup_draft_unreadable", why=type(error).__name__)
        return Draft()


def keep_draft(data_dir: Path, draft: Draft) -> None:
    """Put it on the disk. Blocks. Raises OSError."""
    write_durably(data_dir / FILE, draft.model_dump_json().encode(), mode=0o600)


def forget_draft(data_dir: Path) -> None:
    """Remove it: the centre is there. Blocks."""
    try:
        os.unlink(data_dir / FILE)
    except FileNotFoundError:
        return
    except OSError as error:
        logger.warning("setup_draft_stays", why=error.strerror)
