"""Stands for `systemctl` where systemd is not process 1: starts our units as it would.

Copied into a machine's tree and run there by that machine's own Python, so it imports nothing of
ours. Of a unit it heeds User=, StateDirectory=, Wants= (of our own), Type= and ExecStart=; what
keeps a program from the rest of the machine is held by `systemd-analyze` elsewhere.
"""

import os
import pwd
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

UNITS = Path("/etc/systemd/system")
RUN = Path("/run/standing-in")
LONGEST_START_S = 300.0


def main(words: list[str]) -> None:
    match [word for word in words if word != "--now"]:
        case ["daemon-reload"]:
            pass
        case ["start" | "enable", *units]:
            for unit in units:
                start(unit.removesuffix(".service"))
        case ["stop", *units]:
            for unit in units:
                os.kill(int((RUN / unit).read_text()), signal.SIGTERM)
        case other:
            sys.exit(f"systemctl here does not know {other}")


def start(unit: str) -> None:
    """Return once the unit is ready, or done; leave with 1 when it fails."""
    if (RUN / unit).exists():
        return
    said = settings_of(unit)
    for other in said.get("Wants", "").split():
        if other.startswith("shubbak-"):
            start(other.removesuffix(".service"))
    user = pwd.getpwnam(said["User"])
    state = Path("/var/lib", said["StateDirectory"])
    state.mkdir(mode=0o700, exist_ok=True)
    for path in (state, *state.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    as_user = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups")
    command = (*as_user, "--no-new-privs", *shlex.split(said["ExecStart"]))
    if said["Type"] == "oneshot":
        subprocess.run(command, check=True)
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0{unit}-{os.getpid()}")
        ear.settimeout(LONGEST_START_S)
        told = Path("/var/log", f"{unit}.log")
        with told.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": f"@{unit}-{os.getpid()}"},
            )
        signal.signal(signal.SIGCHLD, lambda *_: sys.exit(told.read_text()[-4000:]))
        while "READY=1" not in ear.recv(4096).decode().split("\n"):
            pass
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    RUN.mkdir(exist_ok=True)
    (RUN / unit).write_text(str(process.pid))


def settings_of(unit: str) -> dict[str, str]:
    text = (UNITS / f"{unit}.service").read_text(encoding="utf-8").replace("\\\n", " ")
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


if __name__ == "__main__":
    main(sys.argv[1:])
