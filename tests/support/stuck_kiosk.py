"""The program of a kiosk whose printer's line never takes a write back, once a file is there.

`python -m tests.support.stuck_kiosk FILE …`: what follows are the options of `shubbak-kiosk`. The
thread that writes to the device stays in the library's call, as in a kernel driver that hangs.
"""

import sys
import threading
from pathlib import Path

from drivers.transports import blocking, rfc2217
from kiosk.cli import main

CALL_BOUND_S = 0.5
"""Instead of the 15 s that a test would wait for."""


def be_stuck_from(trigger: Path) -> None:
    """Let writes hang while the file is there."""
    write = rfc2217._Line.write

    def stuck_write(self: rfc2217._Line, data: bytes) -> int | None:
        while trigger.exists():
            threading.Event().wait(0.05)
        return write(self, data)

    vars(rfc2217)["_Line"].write = stuck_write
    vars(blocking)["CALL_BOUND_S"] = CALL_BOUND_S


if __name__ == "__main__":
    be_stuck_from(Path(sys.argv.pop(1)))
    main()
