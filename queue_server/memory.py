"""Keeps a program that runs for weeks small: one heap for all threads, and nothing kept in vain."""

import ctypes
import gc
import sys
from typing import Final

_M_ARENA_MAX: Final = -8
"""mallopt(3), malloc.h of glibc."""


def use_one_heap() -> None:
    """Let all threads that will be started allocate from one heap; needs glibc, else does nothing.

    Each thread would get a heap of its own and keep what a plan or a report once needed in it.
    """
    _ask_glibc("mallopt", _M_ARENA_MAX, 1)


def freeze_what_stays() -> None:
    """Have collections no longer walk what is there now, for good, once a program is set up."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Collect what is garbage and return free pages; a C library that cannot leaves them."""
    gc.collect()
    _ask_glibc("malloc_trim", 0)


def _ask_glibc(function: str, *arguments: int) -> None:
    if sys.platform != "linux":
        return
    try:
        getattr(ctypes.CDLL(None), function)(*arguments)
    except (OSError, AttributeError):  # another C library than glibc
        return
