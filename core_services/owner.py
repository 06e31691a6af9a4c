"""Whose the files of a program's data folder are, when root gives its commands."""

import os
import pwd
import sys
from contextlib import suppress
from pathlib import Path


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
    name, groups = str(owner.st_uid), [owner.st_gid]
    with suppress(KeyError):
        entry = pwd.getpwuid(owner.st_uid)
        name, groups = entry.pw_name, os.getgrouplist(entry.pw_name, owner.st_gid)
    os.setgroups(groups)
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    sys.stderr.write(f"going on as {name}, to whom {data_dir} belongs\n")
