"""Waits for a fact about another process, which nobody tells us, by asking again and again."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(is_so: Callable[[], Awaitable[bool]], *, within_s: float = 10.0) -> None:
    """Return as soon as it is so; raises TimeoutError when it does not become so in time."""
    async with asyncio.timeout(within_s):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0.01)
