"""The systemd units and udev rules: accepted by systemd's own tools, and each command runs."""

import asyncio
import grp
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from displays.settings import DisplaySettings
from drivers.transports.blocking import CALL_BOUND_S
from kiosk.settings import KioskSettings
from tests.support.command import shubbak
from tests.support.database import Database
from tests.support.programs import answers, free_ports, running
from tests.support.systemd import Ear, listening

FOLDER = Path(__file__).parents[2] / "systemd"
UNITS = sorted(path.name for path in FOLDER.glob("*.service"))
INSTALLED = "/opt/shubbak/bin/"
BIN = Path(sys.executable).parent

TIMERS = sorted(path.name for path in FOLDER.glob("*.timer"))

EXPOSURE = {
    "shubbak-backup.service": 13,
    "shubbak-display-browser.service": 24,
    "shubbak-display.service": 17,
    "shubbak-kiosk-browser.service": 24,
    "shubbak-kiosk.service": 17,
    "shubbak-migrate.service": 13,
    "shubbak-server.service": 13,
    "shubbak-tls-renew.service": 6,
    "shubbak-workstation.service": 17,
}
"""The worst that `systemd-analyze security` may say, in tenths; 100 is a service without limits.

A browser's is higher: its own sandbox needs namespaces, its scripts memory that is written and run.
"""

ONCE = ["shubbak-backup.service", "shubbak-migrate.service", "shubbak-tls-renew.service"]
BROWSERS = [name for name in UNITS if name.endswith("-browser.service")]
PROGRAMS = [name for name in UNITS if name not in ONCE + BROWSERS]
CAGE = "/usr/bin/cage"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (package systemd)",
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A folder with the units, changed to run the programs of this environment."""
    folder = tmp_path / "units"
    folder.mkdir()
    for name in (*UNITS, *TIMERS):
        text = (FOLDER / name).read_text(encoding="utf-8")
        text = text.replace(INSTALLED, f"{BIN}/")
        if not Path(CAGE).exists():
            text = text.replace(CAGE, "/bin/true")  # a machine without a screen
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def systemd_analyze(*words: str, units: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words],
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{units}:", "SYSTEMD_COLORS": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@needs_systemd
@pytest.mark.parametrize("name", [*UNITS, *TIMERS])
def test_systemd_understands_every_line(name: str, units: Path) -> None:
    verdict = systemd_analyze(
        "verify", "--man=no", "--recursive-errors=one", str(units / name), units=units
    )
    assert (verdict.returncode, verdict.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", UNITS)
def test_a_program_that_was_taken_over_can_do_little(name: str, units: Path) -> None:
    verdict = systemd_analyze(
        "security",
        "--offline=true",
        f"--threshold={EXPOSURE[name]}",
        str(units / name),
        units=units,
    )
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize(
    ("unit", "groups", "kinds"),
    [
        ("shubbak-kiosk.service", {"lp", "dialout", "input"}, {"input"}),
        ("shubbak-workstation.service", {"lp", "dialout", "input"}, {"input"}),
    ],
)
def test_an_agent_may_open_every_kind_of_device_that_its_settings_can_name(
    unit: str, groups: set[str], kinds: set[str]
) -> None:
    text = (FOLDER / unit).read_text()
    (given,) = re.findall(r"^SupplementaryGroups=(.+)$", text, re.MULTILINE)
    assert set(given.split()) == groups
    ruled = set(re.findall(r'GROUP="(\w+)"', (FOLDER / "99-shubbak.rules").read_text()))
    assert groups <= ruled, "udev gives each device to one of these groups"
    allowed = set(re.findall(r"^DeviceAllow=char-(\w+) rw$", text, re.MULTILINE))
    assert allowed == {"usb", "usb_device", "ttyUSB", "ttyACM", "ttyS"} | kinds
    assert "AF_NETLINK" in text, "or nothing tells of what is plugged in"


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_started_anew_whatever_ended_or_hung_it(name: str) -> None:
    text = (FOLDER / name).read_text()
    said = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert (said["Type"], said["Restart"]) == ("notify", "always")
    assert 30 <= int(said["WatchdogSec"]) <= 60
    assert int(said["WatchdogSec"]) > CALL_BOUND_S, "a hang is named before it is ended"
    assert said["StartLimitIntervalSec"] == "0", "nobody would start it by hand"
    assert said["LimitCORE"] == "0", "what it knew of persons must not lie on the disk"


@pytest.mark.parametrize("name", BROWSERS)
async def test_a_browser_waits_for_the_page_of_its_machine(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStartPre=(.+)$", text, re.MULTILINE)
    port = free_ports(1)
    waiting = await asyncio.create_subprocess_exec(
        *shlex.split(line), env={"PATH": "/usr/bin:/bin", "PORT": str(port)}
    )
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await waiting.wait()
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    async with server, asyncio.timeout(30):
        assert await waiting.wait() == 0


@pytest.mark.parametrize("name", BROWSERS)
def test_a_browser_shows_its_own_agents_page_and_is_started_again(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    agent = name.replace("-browser", "")
    assert f"After=seatd.service {agent} " in text, "which systemd calls started once it is ready"
    default = {"shubbak-kiosk.service": KioskSettings, "shubbak-display.service": DisplaySettings}
    assert f"PORT={default[agent]().port} " in text
    assert "Restart=always\n" in text
    assert "--no-sandbox" not in text


@dataclass(frozen=True, slots=True)
class Centre:
    """A folder that stands for the root of a centre's machine, and its ports."""

    folder: Path
    port: int

    def command(self, unit: str) -> list[str]:
        """Return the command of a unit with this environment's programs and this folder's files."""
        (line,) = re.findall(r"^ExecStart=(.+)$", (FOLDER / unit).read_text(), re.MULTILINE)
        words = shlex.split(line.replace(INSTALLED, f"{BIN}/"))
        return [word.replace("/etc/shubbak", str(self.folder)) for word in words]

    def write(self, program: str, **values: str | int) -> None:
        lines = [f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in values.items()]
        (self.folder / f"{program}.toml").write_text("\n".join(lines), encoding="utf-8")

    async def do(self, *words: str) -> None:
        done = await shubbak(*words, "--config", str(self.folder / "server.toml"))
        assert done.code == 0, done.err


@pytest.fixture
def centre(tmp_path: Path, database: Database) -> Centre:
    """The settings of a centre that owns its database, as `docs/operations.md` writes them."""
    centre = Centre(tmp_path, free_ports(4))
    centre.write(
        "server",
        listen=f"127.0.0.1:{centre.port}",
        data_dir=str(tmp_path / "server"),
        database=database.app_dsn,
        database_owner=database.owner_dsn,
    )
    devices = ((1, "kiosk", "K1"), (2, "display", "D1"), (3, "workstation", "W1"))
    for number, program, device in devices:
        centre.write(
            program,
            name=device,
            server=f"http://127.0.0.1:{centre.port}",
            token_file=f"{program}.token",
            port=centre.port + number,
            data_dir=str(tmp_path / program),
        )
    return centre


async def test_the_commands_of_the_units_make_a_centre(centre: Centre) -> None:
    migrate = await asyncio.to_thread(
        subprocess.run,
        centre.command("shubbak-migrate.service"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert migrate.returncode == 0, migrate.stderr
    await centre.do("centre", "load", "kafr_saqr.toml")
    for kind, name in (("kiosk", "K1"), ("display", "D1"), ("workstation", "W1")):
        token = str(centre.folder / f"{kind}.token")
        await centre.do("device", "add", "--kind", kind, "--name", name, "--token-file", token)
    backup = await asyncio.to_thread(
        subprocess.run,
        centre.command("shubbak-backup.service"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert backup.returncode == 0, backup.stderr
    assert await asyncio.to_thread(Path(backup.stdout.strip()).is_file)
    ears: list[Ear] = []
    async with AsyncExitStack() as ended, AsyncExitStack() as programs:
        for number, program in enumerate(("server", "kiosk", "display", "workstation")):
            ear = await ended.enter_async_context(listening(f"@shubbak-{centre.port + number}"))
            ears.append(ear)
            await programs.enter_async_context(
                running(
                    centre.command(f"shubbak-{program}.service"),
                    f"http://127.0.0.1:{centre.port + number}/healthz",
                    centre.folder / f"{program}.log",
                    environment=ear.environment(watchdog_s=1.0),
                )
            )
            await ear.until("READY=1")
            if program == "server":
                assert await answers(f"http://127.0.0.1:{centre.port}/readyz")
        for ear in ears:
            await ear.fed_again()
            assert "STOPPING=1" not in ear.heard
        assert ears[0].status == f"serving 127.0.0.1:{centre.port}; database: heard"
        await programs.aclose()
        for ear in ears:
            await ear.until("STOPPING=1")
            assert ear.heard[0] == "READY=1"


def test_a_backup_that_is_sent_to_the_server_may_lie_where_backups_are_made() -> None:
    backup, server = (
        re.findall(r"^ReadWritePaths=(.+)$", (FOLDER / f"shubbak-{name}.service").read_text(), re.M)
        for name in ("backup", "server")
    )
    assert backup == server == ["-/mnt/backup"]


def test_every_unit_has_a_user_that_is_made() -> None:
    made = set(re.findall(r"^u (\S+)", (FOLDER / "shubbak-sysusers.conf").read_text(), re.M))
    used = {
        user
        for name in UNITS
        for user in re.findall(r"^User=(.+)$", (FOLDER / name).read_text(), re.MULTILINE)
    }
    assert used == made


@pytest.mark.skipif(
    shutil.which("systemd-sysusers") is None,
    reason="systemd-sysusers is not installed (package systemd)",
)
def test_systemd_makes_the_users(tmp_path: Path) -> None:
    """In an empty root, so that nothing of this machine is touched."""
    (tmp_path / "etc").mkdir()
    done = subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", "--dry-run", "-"],
        input=(FOLDER / "shubbak-sysusers.conf").read_text(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.findall(r"Creating user '(\S+)'", done.stderr) == [
        "shubbak",
        "shubbak-kiosk",
        "shubbak-display",
        "shubbak-workstation",
        "shubbak-browser",
    ]


IN_ITS_OWN_MOUNTS = """
set -e
mount --bind "$1" /usr/lib/udev/rules.d
mount -t tmpfs none /run
mount -t tmpfs none /dev
exec udevadm test /sys/class/mem/null 2>&1
"""
"""No device and no file of this machine is touched, and only our rules are read."""


@pytest.mark.skipif(
    os.geteuid() != 0
    or shutil.which("udevadm") is None
    or subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0,
    reason="needs root, udevadm and mounts of its own",
)
@pytest.mark.parametrize(
    ("subsystem", "kernel", "found", "group", "names"),
    [
        ("usbmisc", "lp[0-9]*", {}, "lp", "printer"),
        ("tty", "ttyUSB[0-9]*|ttyACM[0-9]*", {"ID_VENDOR_ID": "0c2e"}, "dialout", "scanner"),
        (
            "input",
            "event[0-9]*",
            {"ID_VENDOR_ID": "05e0", "ID_INPUT_KEYBOARD": "1"},
            "input",
            "scanner",
        ),
        ("input", "event[0-9]*", {"ID_VENDOR_ID": "046d", "ID_INPUT_KEYBOARD": "1"}, "", ""),
        (
            "tty",
            "ttyUSB[0-9]*|ttyACM[0-9]*",
            {"ID_VENDOR_ID": "2c7c", "ID_USB_INTERFACE_NUM": "02"},
            "dialout",
            "modem",
        ),
        (
            "tty",
            "ttyUSB[0-9]*|ttyACM[0-9]*",
            {"ID_VENDOR_ID": "2c7c", "ID_USB_INTERFACE_NUM": "01"},
            "dialout",
            "serial",
        ),
        ("tty", "ttyUSB[0-9]*|ttyACM[0-9]*", {"SHUBBAK_KIND": "panel"}, "dialout", "panel"),
    ],
)
def test_a_device_keeps_its_names(
    tmp_path: Path, subsystem: str, kernel: str, found: dict[str, str], group: str, names: str
) -> None:
    """Let udev itself apply our rules to a device that stands for another."""
    rules = (FOLDER / "99-shubbak.rules").read_text(encoding="utf-8")
    rules = re.sub(
        r'(?<=SUBSYSTEM)([!=]="[^"]*")',
        lambda named: re.sub(rf"\b{subsystem}\b", "mem", named[0]),
        rules,
    ).replace(kernel, "null")
    facts = {"ID_SERIAL_SHORT": "A1B2", "ID_PATH_TAG": "pci-usb-0_2", **found}
    said = ", ".join(f'ENV{{{name}}}="{value}"' for name, value in facts.items()) + "\n"
    assert 'IMPORT{builtin}="path_id"\n' in rules
    rules = rules.replace('IMPORT{builtin}="path_id"\n', said)
    (tmp_path / "99-shubbak.rules").write_text(rules, encoding="utf-8")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", IN_ITS_OWN_MOUNTS, "sh", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    links = re.findall(r"^DEVLINKS=(.+)$", done.stdout, re.MULTILINE)
    assert set(" ".join(links).split()) == (
        {
            f"/dev/shubbak/{names}",
            f"/dev/shubbak/{names}-at-pci-usb-0_2",
            f"/dev/shubbak/{names}-A1B2",
        }
        if names
        else set()
    )
    if names:
        assert re.findall(r"99-shubbak.rules:\d+ GROUP (\d+)", done.stdout) == [
            str(grp.getgrnam(group).gr_gid)
        ]
        assert ":systemd:" in done.stdout
