"""Looks at files that hold a secret: their own user reads them, and nobody else."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from core_services.doctor.machine import in_thread
from core_services.doctor.model import N_, Check, Finding, Mend, Role, broken, well
from core_services.owner import name_of, user_of


def secrets_check(files: Sequence[Path], role: Role, *, data_dir: Path) -> Check:
    """Look at files (mode 0600) and folders of them (0700) of the program that owns `data_dir`."""
    return Check("secrets", N_("Secrets"), in_thread(lambda: _secrets(files, role, data_dir)))


def _secrets(files: Sequence[Path], role: Role, data_dir: Path) -> Sequence[Finding]:
    owner = _owner(data_dir)
    user = user_of(role) if owner is None else name_of(owner)
    findings = [finding for file in files for finding in _wrong_with(file, owner, user)]
    return findings or [well(N_("only their own user reads them"))]


def _wrong_with(path: Path, owner: int | None, user: str) -> list[Finding]:
    """`owner` is the number of that user, None while there is no data folder to tell it."""
    give = f"chown {user} {path}"
    try:
        found = path.stat()
    except FileNotFoundError:
        return [
            broken(
                N_("{path} is not there", path=path),
                N_(
                    "Bring it back from where it was kept. A device's token is shown once: add the "
                    "device again on the server, and put the new token here."
                ),
                f"(umask 077; cat > {path})",
                give,
            )
        ]
    except OSError as error:
        return [_unreadable(path, error.strerror or str(error))]
    if found.st_mode & 0o077:
        return [
            broken(
                N_("{path} can be read by others (mode {mode})", path=path, mode=_mode(found)),
                N_("Shut it to others. Whoever may have read it: give it a new secret."),
                f"chmod {'700' if path.is_dir() else '600'} {path}",
                mend=_shutting(path, found.st_mode & 0o700),
            )
        ]
    if owner is not None and found.st_uid != owner:
        return [
            broken(
                N_("{path} does not belong to the program's user {user}", path=path, user=user),
                N_("Give it to that user."),
                give,
            )
        ]
    if not os.access(path, os.R_OK):
        return [_unreadable(path, "permission denied")]
    if path.is_file() and not path.read_bytes().strip():
        return [
            broken(
                N_("{path} is empty", path=path),
                N_("Put the secret into it again."),
                f"(umask 077; cat > {path})",
            )
        ]
    return []


def _unreadable(path: Path, why: str) -> Finding:
    return broken(
        N_("{path} cannot be read: {why}", path=path, why=why),
        N_("Run this command as the program's user."),
        f"ls -l {path}",
    )


def _shutting(path: Path, mode: int) -> Mend:
    async def shut() -> None:
        await asyncio.to_thread(path.chmod, mode)

    return shut


def _owner(data_dir: Path) -> int | None:
    try:
        return data_dir.stat().st_uid
    except OSError:
        return None


def _mode(found: os.stat_result) -> str:
    return f"{found.st_mode & 0o777:04o}"
