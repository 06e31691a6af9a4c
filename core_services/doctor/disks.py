"""Looks at a program's folder and its disk: can it be written, is there room, is it kept."""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core_services.doctor.machine import Machine, in_thread, size_words
from core_services.doctor.model import (
    N_,
    Check,
    Finding,
    Role,
    broken,
    skipped,
    warning,
    well,
)
from core_services.owner import FolderShut, is_known, make_folder, name_of, require_open, user_of

_NO_ROOM: Final = 256 * 1024**2
_LITTLE_ROOM: Final = 2 * 1024**3
_LITTLE_SHARE: Final = 0.05
_FEW_FILES: Final = 1000
_SYNCS: Final = 5
_IN_MEMORY: Final = ("tmpfs", "ramfs")
_NO_BARRIER: Final = {"nobarrier", "barrier=0"}


@dataclass(frozen=True, slots=True)
class Mount:
    """The file system that holds a path."""

    point: str
    kind: str
    options: frozenset[str]
    device: str
    """MAJOR:MINOR."""


def folder_check(folder: Path, role: Role) -> Check:
    """Look whether the program's folder is there and can be written."""
    return Check("folder", N_("Data folder"), in_thread(lambda: _folder(folder, role)))


def disk_check(folder: Path) -> Check:
    """Look at the room that is left, in bytes and in files."""
    return Check("disk", N_("Disk"), in_thread(lambda: _disk(folder)))


def keeping_check(folder: Path, machine: Machine) -> Check:
    """Look whether the disk keeps what it was told to keep, as far as that can be known."""
    return Check(
        "disk-keeps", N_("What the disk keeps"), in_thread(lambda: _keeps(folder, machine))
    )


def _folder(folder: Path, role: Role) -> Sequence[Finding]:
    if not folder.exists():
        user = user_of(role)

        async def make() -> None:
            await asyncio.to_thread(make_folder, folder, user)

        return [
            broken(
                N_("{folder} is not there", folder=folder),
                N_("Make it, and give it to the program's user."),
                *(() if is_known(user) else (f"shubbak install --role {role} --apply",)),
                f"install -d -o {user} -g {user} -m 700 {folder}",
                mend=make,
            )
        ]
    if not folder.is_dir():
        return [
            broken(
                N_("{folder} is no folder", folder=folder),
                N_("Move it away, or set another data_dir."),
                f"mv {folder} {folder}.old",
            )
        ]
    try:
        require_open(folder)
    except FolderShut as error:
        user = name_of(folder.stat().st_uid)
        again = "shubbak doctor --role server" if role == "server" else f"shubbak-{role} doctor"
        seen = N_("{folder} is shut to this user; it belongs to {user}", folder=folder, user=user)
        if back := error.given_back:
            return [broken(seen, N_("Give it back to this user, as root."), back)]
        return [
            broken(
                seen,
                N_("Run this command as the program's user, or as root."),
                f"runuser -u {user} -- {again}",
                again,
            )
        ]
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return [_unwritable(folder, error)]
    return [well(N_("{folder} can be written", folder=folder))]


def _unwritable(folder: Path, error: OSError) -> Finding:
    seen = N_("{folder} cannot be written: {why}", folder=folder, why=error.strerror or str(error))
    with suppress(OSError):
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return broken(
                seen,
                N_(
                    "The disk is read-only: it is mounted so, or it failed. See what the kernel "
                    "says; a disk that failed is to be replaced."
                ),
                "dmesg --level=err,warn | tail -20",
                f"findmnt --target {folder}",
                f"mount -o remount,rw $(findmnt -no TARGET --target {folder})",
            )
    return broken(
        seen,
        N_("Make room, or give the folder to the program's user."),
        f"df -h {folder}; df -i {folder}",
        f"ls -ld {folder}",
    )


def _disk(folder: Path) -> Sequence[Finding]:
    there = _existing(folder)
    state = os.statvfs(there)
    free, size = state.f_bavail * state.f_frsize, state.f_blocks * state.f_frsize
    seen = N_("{free} of {size} are free", free=size_words(free), size=size_words(size))
    remedy = N_("Make room: see what takes the most, and let old logs go.")
    commands = (
        f"du -xh --max-depth=2 {there} | sort -h | tail",
        "journalctl --vacuum-size=200M",
    )
    findings = []
    if free < _NO_ROOM:
        findings.append(broken(seen, remedy, *commands))
    elif free < _LITTLE_ROOM or free < size * _LITTLE_SHARE:
        findings.append(warning(seen, remedy, *commands))
    else:
        findings.append(well(seen))
    if state.f_files and state.f_favail < _FEW_FILES:
        findings.append(
            broken(
                N_("only {count} more files can be made", count=state.f_favail),
                N_("Remove files that nobody needs: see which folder holds the most."),
                f"du -x --inodes --max-depth=2 {there} | sort -n | tail",
            )
        )
    return findings


def _keeps(folder: Path, machine: Machine) -> Sequence[Finding]:
    there = _existing(folder)
    mount = mount_of(there, machine.mounts)
    if mount is None:
        return [skipped(N_("this machine does not tell"))]
    if mount.kind in _IN_MEMORY:
        return [
            broken(
                N_("{folder} lies in memory: all is lost when the power goes", folder=folder),
                N_("Set data_dir to a folder on a disk."),
                f"findmnt --target {there}",
            )
        ]
    if mount.options & _NO_BARRIER:
        return [
            broken(
                N_(
                    "{point} is mounted without barriers: a power cut damages it", point=mount.point
                ),
                N_("Take the option out of /etc/fstab, then mount it anew."),
                "grep -n barrier /etc/fstab",
                f"mount -o remount,barrier {mount.point}",
            )
        ]
    try:
        took_ms = _sync_ms(there)
    except OSError as error:
        return [skipped(N_("nothing can be written: {why}", why=error.strerror or str(error)))]
    cache = _cache_of(mount.device)
    seen = N_(
        "{kind}, a write is kept after {took} ms, write cache: {cache}",
        kind=mount.kind,
        took=f"{took_ms:.1f}",
        cache=cache or N_("not told"),
    )
    return [well(seen)]


def mount_of(path: Path, mounts: Path) -> Mount | None:
    """Return the file system that holds a path, by proc(5)'s mountinfo; None where none is told."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    real, best = str(path.resolve()), None
    for line in lines:
        before, dash, after = line.partition(" - ")
        words, rest = before.split(), after.split()
        if not dash or len(words) < 6 or len(rest) < 3:
            continue
        point = words[4].replace("\\040", " ")
        is_above = point == "/" or real == point or real.startswith(f"{point}/")
        if is_above and (best is None or len(point) >= len(best.point)):
            options = frozenset(f"{words[5]},{rest[2]}".split(","))
            best = Mount(point, rest[0], options, words[2])
    return best


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def _sync_ms(folder: Path) -> float:
    """Return how long a small write takes until the disk says that it is kept; the middle one."""
    times = []
    with tempfile.TemporaryFile(dir=folder, prefix=".doctor-") as file:
        for _ in range(_SYNCS):
            began = time.monotonic()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            times.append((time.monotonic() - began) * 1000)
    return statistics.median(times)


def _cache_of(device: str) -> str | None:
    """Return the kernel's word about a disk's write cache; None where it has none."""
    block = Path("/sys/dev/block", device)
    for queue in (block / "queue", block.resolve().parent / "queue"):
        with suppress(OSError):
            return (queue / "write_cache").read_text().strip()
    return None
