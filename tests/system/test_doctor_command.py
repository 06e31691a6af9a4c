"""The commands `doctor`: exit codes, the bundle, and machines that lack what programs need."""

import asyncio
import json
import os
import stat
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core_services.doctor.bundle import fit_lines, without_secrets
from core_services.doctor.examination import Examination
from core_services.doctor.report import Report
from tests.support.command import Ran, shubbak
from tests.support.examined import finding
from tests.support.fonts import share_fonts

ROOT = Path(__file__).parents[2]


CONFINED = """
import asyncio, json, sys
from pathlib import Path
from core_services.clock import SystemClock
from core_services.doctor.any_machine import data_checks
from core_services.doctor.examination import Speech, examine
from core_services.doctor.machine import Machine
checks = data_checks(Path(sys.argv[1]), "kiosk", Machine())
found = asyncio.run(examine("kiosk", checks, Speech("en"), fix=False, at=SystemClock().now()))
print(found.model_dump_json())
"""


@pytest.mark.parametrize(
    ("mount", "check", "seen", "command"),
    [
        (
            "mount -t tmpfs -o size=64k tmpfs {folder}",
            "disk",
            "64 kB of 64 kB are free",
            "journalctl --vacuum-size=200M",
        ),
        (
            "mount -t tmpfs -o ro tmpfs {folder}",
            "folder",
            "cannot be written: Read-only file system",
            "mount -o remount,rw",
        ),
    ],
)
async def test_a_full_disk_and_one_that_went_read_only_are_named(
    mount: str, check: str, seen: str, command: str, tmp_path: Path
) -> None:
    script = f'{mount.format(folder=tmp_path)} && exec {sys.executable} -c "$0" {tmp_path}'
    done = await _run(
        "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, CONFINED
    )
    if "unshare" in done.err or "mount:" in done.err:
        pytest.skip("this machine allows no user namespaces")
    found = finding(Examination.model_validate_json(done.out), check, "broken")
    assert seen in found.seen
    assert command in "\n".join(found.commands)


async def test_a_machine_without_zones_and_without_utf8_says_so_and_can_still_say_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "tzdata").mkdir()
    (tmp_path / "tzdata" / "__init__.py").touch()
    bare = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "PYTHONTZPATH": "",
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
    }
    file = tmp_path / "kiosk.toml"
    file.write_text("nothing = 1\n")
    program = (sys.executable, "-c", "from kiosk.cli import main; main()")
    words = ("doctor", "--json", "--language", "ar", "--config", str(file))
    done = await _run(*program, *words, environment=bare)
    assert done.code == 1, done.err
    (examination,) = Report.model_validate_json(done.out).examinations
    zone = finding(examination, "zone", "broken")
    assert "Africa/Cairo" in zone.seen
    assert "apt-get install tzdata" in zone.commands
    assert "localectl set-locale LANG=C.UTF-8" in finding(examination, "locale", "broken").commands


async def _run(*words: str, environment: Mapping[str, str] | None = None) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environment,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


def settings(folder: Path, program: str, **values: Any) -> Path:
    """Write a settings file of a machine whose fonts are made already."""
    data_dir = folder / program
    share_fonts(data_dir)
    file = folder / f"{program}.toml"
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    file.write_text("\n".join([f'data_dir = "{data_dir}"', *lines]) + "\n")
    return file


async def test_the_command_looks_at_all_that_a_machine_is_and_ends_with_its_code(
    tmp_path: Path,
) -> None:
    file = settings(
        tmp_path, "server", database="postgresql://shubbak_app:sesame@/shubbak?host=/nowhere"
    )
    kiosk = settings(
        tmp_path, "kiosk", server="http://127.0.0.1:9", token_file=str(tmp_path / "kiosk.token")
    )
    machine = {"SHUBBAK_SERVER_CONFIG": str(file), "SHUBBAK_KIOSK_CONFIG": str(kiosk)}
    bundle = tmp_path / "doctor.tar.gz"
    done = await shubbak("doctor", "--json", "--bundle", str(bundle), environment=machine)
    assert done.code == 1, done.err
    report = Report.model_validate_json(done.out)
    assert [each.role for each in report.examinations] == ["server", "kiosk"]
    assert finding(report.examinations[1], "line", "broken").commands
    told = told_in(bundle)
    assert set(told) > {"report.txt", "report.json", "versions.txt", "settings/server.toml"}
    assert "sesame" not in "".join(told.values())
    assert "withheld" in told["settings/server.toml"]
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600

    again = await shubbak(
        "doctor",
        "--role",
        "kiosk",
        "--language",
        "ar",
        "--bundle",
        str(bundle),
        environment=machine,
    )
    assert again.code == 2
    assert "doctor.tar.gz" in again.err
    assert "الاتصال بالخادم" in again.out


def told_in(bundle: Path) -> dict[str, str]:
    told = {}
    with tarfile.open(bundle) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            assert content is not None
            told[member.name.removeprefix("shubbak-doctor/")] = content.read().decode()
    return told


async def test_the_bundle_holds_what_the_embedded_database_says_and_no_statement(
    tmp_path: Path,
) -> None:
    file = settings(tmp_path, "server")
    log = tmp_path / "server" / "database" / "server.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "2026-12-01 08:00:00 UTC [1] LOG:  database system was not properly shut down\n"
        "2026-12-01 08:00:01 UTC [9] STATEMENT:  SELECT 'sesame'\n"
    )
    bundle = tmp_path / "doctor.tar.gz"
    words = ("doctor", "--role", "server", "--json", "--bundle", str(bundle))
    await shubbak(*words, environment={"SHUBBAK_SERVER_CONFIG": str(file)})
    told = told_in(bundle)["logs/database.txt"]
    assert "was not properly shut down" in told
    assert "sesame" not in told


async def test_wrong_words_are_told_apart_from_what_is_broken() -> None:
    for words in (("--role", "printer"), ("--language", "fr")):
        assert (await shubbak("doctor", *words)).code == 2


def test_settings_lose_what_may_be_a_secret_and_keep_the_rest() -> None:
    text = (
        'listen = "127.0.0.1:8080"\n'
        'database = "postgresql://u:sesame@db/x"\n'
        'printer = "http://admin:sesame@192.168.1.5/"\n'
        'pin_file="/etc/shubbak/sim.pin"\n'
    )
    kept = without_secrets(text)
    assert "sesame" not in kept
    assert 'listen = "127.0.0.1:8080"' in kept
    assert "http://…@192.168.1.5/" in kept


def test_the_databases_log_loses_statements_and_rows() -> None:
    log = (
        "2026-11-22 UTC [1] LOG:  database system is ready to accept connections\n"
        "2026-11-22 UTC [2] ERROR:  duplicate key value\n"
        "2026-11-22 UTC [2] DETAIL:  Key (phone)=(+201012345678) already exists.\n"
        "2026-11-22 UTC [2] STATEMENT:  INSERT INTO person VALUES ('منى')\n"
        "2026-11-22 UTC [3] LOG:  duration: 5001 ms  statement: SELECT 'منى'\n"
        "\tsecond line of a statement\n"
        "2026-11-22 UTC [4] FATAL:  terminating connection\n"
    )
    assert fit_lines(log).splitlines() == [
        "2026-11-22 UTC [1] LOG:  database system is ready to accept connections",
        "2026-11-22 UTC [4] FATAL:  terminating connection",
    ]
