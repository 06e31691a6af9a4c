"""What the drivers' tests share. Their folders are on the disk: below /dev is a device to them."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from drivers.modems.outbox import Outbox
from tests.drivers.modem_rigs import Rig, modem_rig


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="shb-", dir="/var/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """A modem's messages, on the disk."""
    with Outbox(tmp_path / "outbox.sqlite") as outbox:
        yield outbox


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Rig]:
    """A modem on the quickest link, for what does not depend on it."""
    async with modem_rig("memory", tmp_path) as rig:
        yield rig
