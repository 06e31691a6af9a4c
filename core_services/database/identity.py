"""Who the embedded server runs as: PostgreSQL refuses root, and we make no users for it."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from core_services.database.programs import EmbeddedError

_NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Identity:
    """The owner of the server's files, seen from outside, and the words that start it as them."""

    kind: Literal["self", "namespace", "setpriv"]
    name: str
    uid: int
    gid: int
    prefix: tuple[str, ...]

    def can(self, *command: str) -> bool:
        """Tell whether this command succeeds when this identity runs it (blocking, some ms)."""
        # setpriv still finds its program with root's rights; what that program starts has none.
        try:
            done = subprocess.run(
                [*self.prefix, "env", *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                check=False,
            )
        except FileNotFoundError:  # a machine without util-linux
            return False
        return done.returncode == 0


def own_identity() -> Identity:
    """Return the plain identity of this process, which must not be root."""
    uid = os.geteuid()
    return Identity("self", str(uid), uid, os.getegid(), ())


def namespace_identity() -> Identity:
    """Return this process's user seen as another one through a user namespace.

    The files stay this process's own. PostgreSQL sees a user who is not root and has a name.
    """
    stand_in = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    prefix = (
        shutil.which("unshare") or "unshare",
        "--user",
        f"--map-user={stand_in.pw_uid}",
        f"--map-group={stand_in.pw_gid}",
        "--",
    )
    uid = os.geteuid()
    return Identity("namespace", f"{uid} in a user namespace", uid, os.getegid(), prefix)


def setpriv_identity(user: str) -> Identity:
    """Return an existing user that root steps down to; raises EmbeddedError if there is none."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise EmbeddedError(f"there is no user {user!r} to run the database as") from None
    if entry.pw_uid == 0:
        raise EmbeddedError("the database cannot run as root; name another user")
    if shutil.which("setpriv") is None:
        raise EmbeddedError("root needs setpriv (util-linux) to run the database as another user")
    prefix = (
        shutil.which("setpriv") or "setpriv",
        f"--reuid={entry.pw_uid}",
        f"--regid={entry.pw_gid}",
        "--clear-groups",
        "--no-new-privs",
        "--",
    )
    return Identity("setpriv", user, entry.pw_uid, entry.pw_gid, prefix)


def choose_identity(user: str | None, data_dir: Path) -> Identity:
    """Pick who runs the server on this directory (blocking, some ms).

    An ordinary user: that user. Root, and a number without a name (initdb wants one): a user
    namespace where the kernel allows it and the directory can be reached so; else root steps down
    through setpriv to `user`, or to nobody.
    """
    uid = os.geteuid()
    if uid != 0 and _has_name(uid):
        return own_identity()
    namespace = namespace_identity()
    if namespace.can("test", "-w", str(_existing(data_dir))):
        return namespace
    if uid != 0:
        raise EmbeddedError(f"the user {uid} has no name, which the database needs")
    return setpriv_identity(user or _NOBODY)


def require_reachable(identity: Identity, data_dir: Path) -> None:
    """Raise EmbeddedError naming the folder that bars the identity's way (blocking, some ms)."""
    if identity.can("test", "-w", str(data_dir), "-a", "-x", str(data_dir)):
        return
    barred = next(
        (
            parent
            for parent in reversed(data_dir.parents)
            if not identity.can("test", "-x", str(parent))
        ),
        data_dir,
    )
    raise EmbeddedError(
        f"the database would run as {identity.name}, who may not enter {barred}; "
        "choose a data directory elsewhere, such as /var/lib/shubbak"
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _existing(path: Path) -> Path:
    return next(parent for parent in [path, *path.parents] if parent.exists())
