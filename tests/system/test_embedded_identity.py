"""Who the embedded server runs as: an ordinary user, root in a namespace, or a lesser user."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.identity import (
    Identity,
    choose_identity,
    namespace_identity,
    setpriv_identity,
)
from core_services.database.programs import EmbeddedError, Programs, wheel_programs
from tests.system.embedded import ROOT, child_with, kept, mode, owner, write

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")

NOBODY = pwd.getpwnam("nobody")


def _has_namespaces() -> bool:
    return namespace_identity().can("true")


async def _keeps_a_row(server: EmbeddedPostgres, row: int) -> None:
    await server.start()
    try:
        assert server.pid is not None
        await write(server.dsn(), row)
        assert row in await kept(server.dsn())
    finally:
        await server.stop()


async def test_root_uses_a_user_namespace_and_the_files_stay_its_own(short_dir: Path) -> None:
    if not _has_namespaces():
        pytest.skip("this kernel gives no user namespaces")
    assert choose_identity(None, short_dir).kind == "namespace"
    await _keeps_a_row(EmbeddedPostgres(short_dir / "pg"), 1)
    assert owner(short_dir / "pg" / "cluster" / "PG_VERSION") == 0


async def test_root_steps_down_to_a_named_user(short_dir: Path) -> None:
    os.chmod(short_dir, 0o755)
    server = EmbeddedPostgres(short_dir / "pg", identity=setpriv_identity("nobody"))
    await server.start()
    try:
        assert owner(f"/proc/{server.pid}") == NOBODY.pw_uid
        assert owner(short_dir / "pg" / "cluster" / "PG_VERSION") == NOBODY.pw_uid
        await write(server.dsn(), 1)
    finally:
        await server.stop()
    assert mode(short_dir / "pg") == 0o700


async def test_data_is_carried_between_a_namespace_and_a_named_user(short_dir: Path) -> None:
    os.chmod(short_dir, 0o755)
    nobody = setpriv_identity("nobody")
    if not _has_namespaces():
        pytest.skip("this kernel gives no user namespaces")
    for row, identity in enumerate([None, nobody, None, nobody]):
        await _keeps_a_row(EmbeddedPostgres(short_dir / "pg", identity=identity), row)


async def test_a_running_server_is_adopted_as_whoever_it_runs(short_dir: Path) -> None:
    os.chmod(short_dir, 0o755)
    async with child_with(short_dir / "pg", "start-as-nobody") as child:
        assert owner(f"/proc/{child.server_pid}") == NOBODY.pw_uid
        child.process.kill()
        await child.process.wait()
        server = EmbeddedPostgres(short_dir / "pg")
        await server.start()
        assert server.pid == child.server_pid
        assert owner(short_dir / "pg" / "cluster" / "PG_VERSION") == NOBODY.pw_uid
        await write(server.dsn(), 1)
        await server.stop()
    await _keeps_a_row(EmbeddedPostgres(short_dir / "pg"), 2)


async def test_programs_under_a_closed_folder_are_copied_for_the_lesser_user(
    short_dir: Path,
) -> None:
    os.chmod(short_dir, 0o755)
    closed = short_dir / "closed"
    os.mkdir(closed, 0o700)
    wheel = wheel_programs()
    package = wheel.folder.parent.parent
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / part, closed / package.name / "pginstall" / part)
    shutil.copytree(package.parent / f"{package.name}.libs", closed / f"{package.name}.libs")
    programs = Programs(closed / package.name / "pginstall" / "bin", wheel.major)
    for row in (1, 2):
        server = EmbeddedPostgres(
            short_dir / "pg", programs=programs, identity=setpriv_identity("nobody")
        )
        await _keeps_a_row(server, row)
    assert len(list((short_dir / "pg").glob("programs-*"))) == 1
    assert mode(closed) == 0o700


async def test_a_folder_that_bars_the_way_is_named_and_not_opened(short_dir: Path) -> None:
    closed = short_dir / "closed"
    os.mkdir(closed)
    os.chmod(short_dir, 0o755)
    os.chmod(closed, 0o700)
    server = EmbeddedPostgres(closed / "data" / "pg", identity=setpriv_identity("nobody"))
    with pytest.raises(EmbeddedError, match=f"nobody, who may not enter {closed};"):
        await server.start()
    assert mode(closed) == 0o700


def test_without_namespaces_root_becomes_the_configured_user_or_nobody(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Identity, "can", lambda self, *command: False)
    assert choose_identity("daemon", short_dir).name == "daemon"
    assert choose_identity(None, short_dir).name == "nobody"
    with pytest.raises(EmbeddedError, match="no user 'postgers'"):
        choose_identity("postgers", short_dir)
    with pytest.raises(EmbeddedError, match="cannot run as root"):
        choose_identity("root", short_dir)


def test_a_machine_without_the_tools_to_step_down_is_told_what_it_lacks(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(short_dir))
    with pytest.raises(EmbeddedError, match="needs setpriv"):
        choose_identity(None, short_dir)


async def test_an_ordinary_user_runs_it_without_any_help(short_dir: Path) -> None:
    python = _python_for_nobody()
    if python is None:
        pytest.skip("nobody may run no Python of this version")
    os.chown(short_dir, NOBODY.pw_uid, NOBODY.pw_gid)
    async with child_with(
        short_dir / "pg",
        "migrate",
        prefix=setpriv_identity("nobody").prefix,
        python=python,
        environment={"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    ) as child:
        assert child.uid == NOBODY.pw_uid
        assert owner(f"/proc/{child.server_pid}") == NOBODY.pw_uid
        assert "0001_roles.sql" in child.applied
        await write(child.dsn, 1)
    assert owner(short_dir / "pg" / "cluster" / "PG_VERSION") == NOBODY.pw_uid


async def test_a_user_without_a_name_is_given_one_by_a_namespace(short_dir: Path) -> None:
    python = _python_for_nobody()
    if python is None or not _has_namespaces():
        pytest.skip("needs user namespaces and a Python for all")
    stranger = 54321
    os.chown(short_dir, stranger, stranger)
    async with child_with(
        short_dir / "pg",
        "start",
        prefix=("setpriv", f"--reuid={stranger}", f"--regid={stranger}", "--clear-groups"),
        python=python,
        environment={"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    ) as child:
        assert child.uid == stranger
        await write(child.dsn, 1)
    assert owner(short_dir / "pg" / "cluster" / "PG_VERSION") == stranger


def _python_for_nobody() -> str | None:
    version = f"python3.{sys.version_info.minor}"
    nobody = setpriv_identity("nobody")
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        works = subprocess.run([*nobody.prefix, python, "-c", ""], cwd=ROOT, check=False)
        if works.returncode == 0:
            return python
    return None
