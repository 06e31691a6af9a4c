"""A program of its own that runs an embedded server, for tests that kill it or look at it.

`python -m tests.support.embedded_child DATA_DIR ACT`. It prints one JSON line when the server
answers and stops it at the end of standard input. The act is `start`, `start-as-nobody`, `migrate`,
or `adoptive`: that one leaves it to die as a child that nobody reaps.
"""

import asyncio
import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.identity import setpriv_identity
from core_services.database.migrations import migrate
from core_services.logs import configure_logs

_PR_SET_CHILD_SUBREAPER = 36


async def _serve(data_dir: Path, act: str) -> None:
    identity = setpriv_identity("nobody") if act == "start-as-nobody" else None
    server = EmbeddedPostgres(data_dir, identity=identity)
    await server.start()
    applied = await migrate(server.dsn()) if act == "migrate" else []
    facts = {"pid": server.pid, "dsn": server.dsn(), "uid": os.geteuid(), "applied": applied}
    print(json.dumps(facts), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop()


def _be_a_careless_parent(data_dir: Path) -> None:
    """Inherit the server of a killed child and never reap it, like a container's first process."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.embedded_child", str(data_dir), "start"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    facts = child.stdout.readline() if child.stdout else ""
    child.kill()
    child.wait()
    print(facts.strip(), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    configure_logs("embedded-child")
    if sys.argv[2] == "adoptive":
        _be_a_careless_parent(Path(sys.argv[1]))
    else:
        asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2]))
