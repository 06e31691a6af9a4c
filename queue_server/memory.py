"""Gives back to the system what start-up needed once and nobody holds any more."""

import ctypes
import gc
import sys


def give_back() -> None:
    """Collect what is garbage and return free pages; a C library that cannot leaves them."""
    gc.collect()
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library than glibc
        return
