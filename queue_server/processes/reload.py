"""`shubbak reload`: asks the supervisor of this machine to renew its processes, and waits."""

import asyncio
import os
import signal
from typing import Final

from queue_server.processes.errors import ReloadFailed
from queue_server.processes.state import read_state, state_path
from queue_server.settings import ServerSettings

RELOADED_WITHIN_S: Final = 600.0
_LOOK_EVERY_S: Final = 0.1


async def reload_server(settings: ServerSettings) -> tuple[int, ...]:
    """Have the server renew its processes and return their numbers; raises ReloadFailed."""
    path = state_path(settings.data_dir, settings.port)
    before = await asyncio.to_thread(read_state, path)
    if before is None:
        raise ReloadFailed(
            f"no server of several processes runs on port {settings.port} with "
            f'{settings.data_dir}; set "processes" to 2 and start it anew'
        )
    os.kill(before.supervisor, signal.SIGHUP)
    try:
        async with asyncio.timeout(RELOADED_WITHIN_S):
            while True:
                now = await asyncio.to_thread(read_state, path)
                if now is None:
                    raise ReloadFailed("the server was stopped meanwhile")
                if now.reloads_done > before.reloads_begun:
                    break
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        raise ReloadFailed(f"not done within {RELOADED_WITHIN_S:.0f} s") from None
    if now.problem is not None:
        raise ReloadFailed(f"{now.problem}; its log says why. Those before it serve on")
    return now.workers
