"""A folder on the disk for the drivers' files: whatever is below /dev they take for a device."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="shb-", dir="/var/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
