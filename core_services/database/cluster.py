"""The embedded server's files: its directory, lock, owner, socket folder, settings and initdb."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

from core_services.database.identity import Identity
from core_services.database.processes import ENVIRONMENT
from core_services.database.programs import EmbeddedError, Programs

LONGEST_SOCKET_PATH: Final = 107
"""Bytes of sun_path in unix(7), less the closing zero."""

SOCKET_NAME: Final = ".s.PGSQL.5432"

_OUR_NAMES: Final = {"cluster", "cluster.new", "server.log", "server.log.old", "socket"}

_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "idle_in_transaction_session_timeout": "60s",
    "autovacuum_naptime": "5s",
    "autovacuum_vacuum_scale_factor": "0.01",
    "autovacuum_vacuum_threshold": "200",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_cost_delay": "0",
    "log_checkpoints": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    # After a crash: one sync of the file system, not a thousand of single files (0.2 s, not 4 s).
    "recovery_init_sync_method": "syncfs",
}

_NOT_DURABLE: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class DataDirectoryInUse(EmbeddedError):
    """Another supervisor holds this data directory."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(f"{data_dir} is in use by another running Shubbak")
        self.data_dir = data_dir


def claim(data_dir: Path) -> int:
    """Make the directory if need be and lock it; return the lock, a file descriptor.

    Only this directory gets its mode set; its parents are never touched. Raises DataDirectoryInUse,
    and EmbeddedError for a directory that holds something else.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = os.listdir(data_dir)
    except OSError as error:
        raise EmbeddedError(f"{data_dir} cannot be used: {error.strerror}") from error
    strangers = [
        name for name in names if name not in _OUR_NAMES and not name.startswith("programs-")
    ]
    if strangers:
        raise EmbeddedError(
            f"{data_dir} holds {strangers[0]!r}, which is none of the database's files; "
            "name a directory that is empty or new"
        )
    lock = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise DataDirectoryInUse(data_dir) from None
    return lock


def give_to(identity: Identity, data_dir: Path) -> None:
    """Make the directory 0700 and the identity's own, with all in it when its owner changed."""
    data_dir.chmod(0o700)
    if os.geteuid() != 0 or data_dir.stat().st_uid == identity.uid:
        return
    for folder, folders, files in os.walk(data_dir):
        for name in (*folders, *files):
            os.lchown(os.path.join(folder, name), identity.uid, identity.gid)
    os.chown(data_dir, identity.uid, identity.gid)


def socket_folder(data_dir: Path, identity: Identity, *, known: Path | None = None) -> Path:
    """Make and return a 0700 folder whose socket path is short enough for the kernel.

    It lies in the data directory when that fits, else under a name derived from it in
    $XDG_RUNTIME_DIR or the temporary directory. `known` is where the server was reached before, as
    told by another program's surroundings perhaps: that address stays good while it can. Raises
    EmbeddedError if someone else owns the folder.
    """
    name = f"shubbak-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]}"
    candidates = [data_dir / "socket"]
    if known is not None and os.access(known if known.exists() else known.parent, os.W_OK):
        candidates.insert(0, known)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and identity.kind != "setpriv":  # a runtime folder bars every other user
        candidates.append(Path(runtime) / name)
    candidates += [Path(tempfile.gettempdir()) / name, Path("/tmp") / name]
    folder = next(
        candidate
        for candidate in candidates
        if len(os.fsencode(candidate / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
        and candidate.parent.is_dir()
    )
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), identity.uid):
        raise EmbeddedError(f"{folder} belongs to someone else; remove it")
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, identity.uid, identity.gid)
    return folder


def drop_locks(cluster: Path, sockets: Path) -> None:
    """Remove the lock files of a server that is known to be dead.

    PostgreSQL itself would refuse to start while the number in them belongs to a zombie or, after
    a reboot, to anyone else.
    """
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    (sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)


def server_command(
    programs: Programs, identity: Identity, cluster: Path, sockets: Path, *, durable: bool
) -> list[str]:
    """Return the words that run the server in the foreground."""
    settings = _SETTINGS | ({} if durable else _NOT_DURABLE)
    command = [*identity.prefix, programs.path("postgres"), "-D", str(cluster)]
    for name, value in {**settings, "unix_socket_directories": str(sockets)}.items():
        command += ["-c", f"{name}={value}"]
    return command


async def initialise(
    programs: Programs, identity: Identity, cluster: Path, *, durable: bool
) -> None:
    """Run initdb where there is no cluster yet; one broken off half-way is begun again.

    The wheel has no ICU, so the collation is C.UTF-8: code points, the same on every machine.
    """
    if _is_there(programs, cluster):
        return
    unfinished = cluster.with_name("cluster.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    process = await asyncio.create_subprocess_exec(
        *identity.prefix,
        programs.path("initdb"),
        f"--pgdata={unfinished}",
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions",
        *(() if durable else ("--no-sync",)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=cluster.parent,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise EmbeddedError(f"initdb failed:\n{output.decode(errors='replace').strip()}")
    unfinished.rename(cluster)
    _flush_folder(cluster.parent)


def _is_there(programs: Programs, cluster: Path) -> bool:
    if not cluster.exists():
        return False
    written_by = (cluster / "PG_VERSION").read_text().strip()
    if written_by != str(programs.major):
        raise EmbeddedError(
            f"{cluster} was written by PostgreSQL {written_by} and this program brings "
            f"{programs.major}. With the program that wrote it run: shubbak backup create; then "
            "with this one: shubbak backup restore --replace FILE"
        )
    return True


def _flush_folder(folder: Path) -> None:
    """Make a rename in this folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
