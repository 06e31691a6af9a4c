"""What a set-up leaves in the data folder, removed once there is a centre."""

from pathlib import Path

from queue_server.setup.draft import forget_draft
from queue_server.setup.restoring import forget_restore


def forget_setup(data_dir: Path) -> None:
    """Remove the draft and the mark of a restore, where a kill has left them. Blocks."""
    forget_draft(data_dir)
    forget_restore(data_dir)
