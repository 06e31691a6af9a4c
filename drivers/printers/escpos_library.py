"""Brings python-escpos in without what it does when it is imported.

The library reads its table of printers, a JSON file, by a YAML reader in pure Python, which takes
half a second of every start of an agent, and leaves a folder behind in the temporary folder. It
takes a pickle of the table instead where it finds one: here it finds one, made from the same file.
"""

import importlib.resources
import json
import os
import pickle
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_PICKLE_DIR: Final = "ESCPOS_CAPABILITIES_PICKLE_DIR"


@contextmanager
def _with_its_table_at_hand() -> Iterator[None]:
    """Let the library look into a folder of its own, for as long as it is imported."""
    table = importlib.resources.files("escpos").joinpath("capabilities.json")
    chosen, temporary = os.environ.get(_PICKLE_DIR), tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="shubbak-escpos-") as folder:
        path = Path(folder, f"{platform.python_version()}.capabilities.pickle")
        path.write_bytes(pickle.dumps(json.loads(table.read_bytes())))
        os.environ[_PICKLE_DIR] = tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = temporary
            if chosen is None:
                del os.environ[_PICKLE_DIR]
            else:
                os.environ[_PICKLE_DIR] = chosen


with _with_its_table_at_hand():
    from escpos.capabilities import CAPABILITIES
    from escpos.printer import Dummy

PRINTERS: dict[str, dict[str, Any]] = CAPABILITIES["profiles"]
"""What python-escpos knows of each printer, by its own name for it."""

__all__ = ["PRINTERS", "Dummy"]
