"""Root's commands go on as the owner of the data folder."""

import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from core_services.owner import FolderShut, go_on_as_owner, make_folder, require_open

NOBODY = pwd.getpwnam("nobody")
PROGRAM = """
import os, pathlib, sys
from core_services.owner import go_on_as_owner
go_on_as_owner(pathlib.Path(sys.argv[1]))
print(os.getresuid(), os.getresgid(), os.getgroups())
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def told_by_root(folder: Path) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


@as_root
def test_root_becomes_the_owner_of_the_folder_for_good_and_says_so(tmp_path: Path) -> None:
    uid, gid = NOBODY.pw_uid, NOBODY.pw_gid
    os.chown(tmp_path, uid, gid)
    out, err = told_by_root(tmp_path)
    assert out == f"{(uid,) * 3} {(gid,) * 3} [{gid}]\n"
    assert err == f"going on as nobody, to whom {tmp_path} belongs\n"


@as_root
def test_an_owner_without_a_name_is_told_by_number(tmp_path: Path) -> None:
    os.chown(tmp_path, 61_234, 61_235)
    out, err = told_by_root(tmp_path)
    assert out == f"{(61_234,) * 3} {(61_235,) * 3} [61235]\n"
    assert err.startswith("going on as 61234, ")


@as_root
@pytest.mark.parametrize("folder", ["", "not-made-yet"])
def test_root_stays_root_on_a_folder_of_its_own_and_on_none(tmp_path: Path, folder: str) -> None:
    out, err = told_by_root(tmp_path / folder)
    assert out.startswith("(0, 0, 0) (0, 0, 0)")
    assert err == ""


def test_anybody_else_stays_who_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> None:
        raise AssertionError("nobody else may become another")

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "setuid", refused)
    monkeypatch.setattr(os, "setgroups", refused)
    go_on_as_owner(tmp_path)


@as_root
@pytest.mark.parametrize(("user", "uid"), [("nobody", NOBODY.pw_uid), ("nobody-of-that-name", 0)])
def test_a_folder_that_root_makes_is_the_programs(tmp_path: Path, user: str, uid: int) -> None:
    make_folder(tmp_path / "deep" / "data", user)
    made = (tmp_path / "deep" / "data").stat()
    assert (made.st_uid, made.st_mode & 0o777) == (uid, 0o700)


@as_root
def test_a_folder_of_roots_in_the_programs_own_is_given_back() -> None:
    with tempfile.TemporaryDirectory() as there:
        os.chown(there, NOBODY.pw_uid, -1)
        shut = Path(there, "tls")
        shut.mkdir(0o700)
        os.seteuid(NOBODY.pw_uid)
        try:
            with pytest.raises(FolderShut) as told:
                require_open(shut)
            said = str(told.value)
        finally:
            os.seteuid(0)
    assert said == f"{shut} belongs to root; as root give it back: chown -R nobody {shut}"
