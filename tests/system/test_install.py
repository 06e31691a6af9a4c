"""`shubbak install`: a machine gets what its role needs, once, and keeps what is its own."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core_services.settings import Settings, load_settings
from displays.settings import DisplaySettings
from kiosk.settings import KioskSettings
from kiosk.station.settings import WorkstationSettings
from queue_server.cli import app
from queue_server.installing.model import ROLES, Role, enabled_units, items_for
from queue_server.settings import ServerSettings

SYSTEMD = Path(__file__).parents[2] / "systemd"
MODELS: dict[Role, type[Settings]] = {
    "server": ServerSettings,
    "kiosk": KioskSettings,
    "display": DisplaySettings,
    "workstation": WorkstationSettings,
}
as_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("systemd-sysusers") is None,
    reason="needs root and systemd-sysusers (package systemd)",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of an image, in which systemd finds its own groups."""
    image = tmp_path / "image"
    (image / "etc").mkdir(parents=True)
    (image / "etc/group").write_text("root:x:0:\nsystemd-journal:x:900:\n")
    (image / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    return image


def install(root: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["install", "--root", str(root), *words])


def files_of(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("role", ROLES)
def test_what_would_be_written_is_printed_whole_and_nothing_is_done(role: Role, root: Path) -> None:
    before = files_of(root)
    printed = install(root, "--role", role, "--programs", "/opt/shubbak/bin")
    assert printed.exit_code == 0
    for item in items_for((role,)):
        text = (SYSTEMD / item.source).read_text(encoding="utf-8")
        assert f"# new: {root / item.target}\n{text}" in printed.output
    assert f"# run: systemd-sysusers --root={root} shubbak.conf\n" in printed.output
    assert files_of(root) == before


@as_root
def test_a_machine_of_all_roles_has_its_files_users_and_folders(root: Path) -> None:
    done = install(root, "--role", "all", "--apply")
    assert done.exit_code == 0, done.output
    for item in items_for(ROLES):
        path = root / item.target
        packed = (SYSTEMD / item.source).read_text(encoding="utf-8")
        assert path.read_text() == packed.replace("/opt/shubbak/bin/", f"{sys.prefix}/bin/")
        assert path.stat().st_mode & 0o777 == (0o755 if item.is_command else 0o644)
    made = re.findall(r"^(shubbak[\w-]*):", (root / "etc/passwd").read_text(), re.MULTILINE)
    assert sorted(made) == [
        *("shubbak", "shubbak-browser", "shubbak-display", "shubbak-kiosk", "shubbak-workstation"),
    ]
    assert (root / "etc/shubbak").is_dir()
    assert (root / "var/log/journal").is_dir()
    assert f"systemctl enable --now {' '.join(enabled_units(ROLES))}\n" in done.output


@as_root
def test_done_again_it_changes_nothing(root: Path) -> None:
    install(root, "--role", "kiosk", "--apply")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("shubbak*")}
    done = install(root, "--role", "kiosk", "--apply")
    assert done.exit_code == 0
    assert "every file was there already\n" in done.output
    assert {path: path.stat().st_mtime_ns for path in root.rglob("shubbak*")} == before
    assert not [path for path in root.rglob(".*") if path.is_file() and "shubbak" in path.name]


@as_root
def test_settings_that_are_there_are_kept_and_the_difference_is_shown(root: Path) -> None:
    install(root, "--role", "kiosk", "--apply")
    settings = root / "etc/shubbak/kiosk.toml"
    unit = root / "etc/systemd/system/shubbak-kiosk.service"
    settings.write_text('name = "K7"\n')
    packed = unit.read_text()
    unit.write_text("[Service]\nExecStart=/bin/old\n")
    printed = install(root, "--role", "kiosk").output
    assert f"# keep: {settings}\n" in printed
    assert f"# replace: {unit}\n" in printed
    assert "\n  -ExecStart=/bin/old\n" in printed
    done = install(root, "--role", "kiosk", "--apply")
    assert done.exit_code == 0
    assert settings.read_text() == 'name = "K7"\n'
    assert unit.read_text() == packed
    assert f"kept {settings} as it is; the packed one differs:\n" in done.output
    assert '\n  -name = "K7"\n  +# The settings of a touch kiosk.' in done.output


def test_only_root_may_install(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    before = files_of(root)
    refused = install(root, "--role", "server", "--apply")
    assert refused.exit_code == 1
    assert refused.output == "only root may install; --print shows what would be done\n"
    assert files_of(root) == before


def test_what_cannot_be_done_is_told_in_a_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(root))
    failed = install(root, "--role", "server", "--apply")
    assert failed.exit_code == 1
    assert failed.output.endswith("there is no such program; mend it and install again\n")
    (root / "usr/lib/sysusers.d/shubbak.conf").unlink()
    (root / "usr/lib/sysusers.d/shubbak.conf").mkdir()
    failed = install(root, "--role", "server", "--apply")
    assert failed.exit_code == 1
    assert "Is a directory" in failed.output


def test_a_role_that_is_none_is_refused(root: Path) -> None:
    assert install(root, "--role", "kitchen").exit_code == 2


@pytest.mark.parametrize("role", ROLES)
def test_the_first_settings_and_their_examples_can_be_read(role: Role, tmp_path: Path) -> None:
    text = (SYSTEMD / "settings" / f"{role}.toml").read_text(encoding="utf-8")
    as_packed, with_examples = tmp_path / "packed.toml", tmp_path / "examples.toml"
    as_packed.write_text(text)
    with_examples.write_text(re.sub(r"^# (\[|\w+ = )", r"\1", text, flags=re.MULTILINE))
    packed = load_settings(MODELS[role], as_packed)
    assert packed == MODELS[role](), "what is packed is the default"
    assert load_settings(MODELS[role], with_examples) != packed


def test_each_packed_file_is_written_by_some_role() -> None:
    packed = {str(path.relative_to(SYSTEMD)) for path in SYSTEMD.rglob("*") if path.is_file()}
    assert {item.source for item in items_for(ROLES)} == packed
    units = {Path(item.target).name for item in items_for(ROLES)}
    assert set(enabled_units(ROLES)) <= units


def test_the_browser_is_told_to_show_this_machine_alone() -> None:
    policy = json.loads((SYSTEMD / "chromium-policy.json").read_text(encoding="utf-8"))
    assert policy["URLBlocklist"] == ["*"]
    assert policy["URLAllowlist"] == ["http://127.0.0.1"]
    assert policy["DownloadRestrictions"] == 3
    assert policy["DeveloperToolsAvailability"] == 2
    for units in ("shubbak-kiosk-browser.service", "shubbak-display-browser.service"):
        (page,) = re.findall(r"^  (http\S+)$", (SYSTEMD / units).read_text(), re.MULTILINE)
        assert page == "http://127.0.0.1:${PORT}/"


CHROMIUM = Path("/usr/lib/chromium/chromium")


@pytest.mark.soak
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed (package chromium)")
def test_chromium_knows_every_policy() -> None:
    program = CHROMIUM.read_bytes()
    policy = json.loads((SYSTEMD / "chromium-policy.json").read_text(encoding="utf-8"))
    assert [name for name in policy if program.find(b"\0" + name.encode() + b"\0") < 0] == []
