"""Whose a program's data folder is, and who a command is that root gives."""

import os
import pwd
import sys
from pathlib import Path


class FolderShut(OSError):
    """Another user's data folder, into which this one may not look."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        user = name_of(self.folder.stat().st_uid)
        if back := self.given_back:
            return f"{self.folder} belongs to {user}; as root give it back: {back}"
        return f"{self.folder} belongs to {user}: give this command as that user, or as root"

    @property
    def given_back(self) -> str | None:
        """Root's command for a folder that lies in one of this user's; None for another's."""
        if self.folder.parent.stat().st_uid != os.geteuid():
            return None
        return f"chown -R {name_of(os.geteuid())} {self.folder}"


def require_open(folder: Path) -> None:
    """Raise FolderShut for a folder that is there and does not let this user in. Blocks shortly."""
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        raise FolderShut(folder)


def go_on_as_owner(data_dir: Path) -> None:
    """As root become whoever the folder belongs to, for good; anybody else stays who they are.

    A key, a certificate or a backup that root wrote there could not be read by the program whose
    folder it is. Blocks for a moment; raises OSError where the kernel forbids it.
    """
    if os.geteuid() != 0:
        return
    try:
        owner = data_dir.stat()
    except OSError:
        return
    if owner.st_uid == 0:
        return
    name = name_of(owner.st_uid)
    os.setgroups(os.getgrouplist(name, owner.st_gid))
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    sys.stderr.write(f"going on as {name}, to whom {data_dir} belongs\n")


def user_of(role: str) -> str:
    """Return the user that `shubbak install` makes for the program of a role."""
    return "shubbak" if role == "server" else f"shubbak-{role}"


def is_known(user: str) -> bool:
    """Say whether this machine has that user."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def make_folder(folder: Path, user: str) -> None:
    """Make a program's data folder, mode 0700; as root for its user, where there is that one.

    Blocks for a moment. Raises OSError.
    """
    folder.mkdir(0o700, parents=True)
    if os.geteuid() == 0 and is_known(user):
        its = pwd.getpwnam(user)
        os.chown(folder, its.pw_uid, its.pw_gid)


def name_of(uid: int) -> str:
    """Return a user's name, or the number of one without a name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
