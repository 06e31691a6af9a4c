"""`doctor` on a centre that is well, and on set-ups each of which is broken in one way."""

import os
import pwd
import re
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.errors import NotLetIn
from core_services.doctor.examination import Speech
from core_services.doctor.fonts import fonts_check
from core_services.doctor.machine import program_check
from core_services.doctor.model import N_, Check, Finding
from core_services.doctor.report import as_text, report_of
from core_services.owner import FolderShut
from core_services.settings import load_settings
from displays.doctor import display_checks
from kiosk.doctor import kiosk_checks
from queue_server.doctor.database_checks import unreached_check
from queue_server.doctor.examining import CATALOGUE
from queue_server.settings import ServerSettings
from tests.support.broken_centres import (
    BROKEN,
    another_database_server,
    copied_data,
    spoil_fonts,
)
from tests.support.eventually import eventually
from tests.support.examined import SoundCentre, agents_word, finding, verdicts
from tests.support.examined import centre as centre


@pytest.mark.parametrize("name", BROKEN)
async def test_doctor_names_what_is_broken_and_what_to_do(centre: SoundCentre, name: str) -> None:
    case = BROKEN[name]
    async with case.breaks(centre) as examination:
        found = finding(examination, case.check, case.verdict)
        assert case.seen in found.seen
        assert found.remedy is not None
        assert case.remedy in found.remedy
        assert case.command in "\n".join(found.commands)
        broken = verdicts(examination, "broken") - case.besides
        assert broken == ({case.check} if case.verdict == "broken" else set())


async def test_a_database_that_forgets_is_named(
    centre: SoundCentre, postgres: EmbeddedPostgres
) -> None:
    async with another_database_server(centre, postgres) as examination:
        found = finding(examination, "database", "broken")
        assert "forgets confirmed numbers" in found.seen
        assert "fsync" in found.seen
        assert "ALTER SYSTEM SET fsync = on;" in found.commands
        assert found.commands[0] == "runuser -u postgres -- psql"
        no_centre = finding(examination, "centre", "broken")
        assert no_centre.remedy is not None
        assert "set-up page" in no_centre.remedy
        assert no_centre.commands == [
            "systemctl enable --now shubbak-server",
            "journalctl -u shubbak-server -n 20 --no-pager",
            "shubbak centre load /etc/shubbak/centre.toml",
        ]


async def test_a_centre_that_is_well_is_told_to_be_well(centre: SoundCentre) -> None:
    server = await centre.examine_server(centre.write("server", centre._server("running")))
    kiosk = await centre.examine(kiosk_checks(centre.write("kiosk", centre.kiosk), centre.machine))
    display = await centre.examine(
        display_checks(centre.write("display", centre.display), centre.machine)
    )
    for examination in (server, kiosk, display):
        said = [each for each in examination.findings if each.verdict in ("warning", "broken")]
        assert said == []
        assert examination.verdict == "ok"
    assert verdicts(server, "skipped") == set()
    assert verdicts(kiosk, "skipped") == {"scanner"}


async def test_what_is_safe_is_mended_and_a_second_time_changes_nothing(
    centre: SoundCentre,
) -> None:
    async with copied_data(centre) as data:
        (data / "keys").chmod(0o755)
        (data / "keys" / "persons.json").chmod(0o644)
        (data / "tls").mkdir(0o755)
        secrets = centre.write("server.secrets", {"database": centre.server["database"]})
        secrets.chmod(0o644)
        values = {**centre.server, "data_dir": str(data), "secrets_file": str(secrets)}
        file = centre.write("server", values)

        first = await centre.examine_server(file, fix=True)

        assert {each.check for each in first.findings if each.mended} == {"secrets"}
        assert first.verdict != "broken"
        assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
        assert stat.S_IMODE((data / "keys").stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "tls").stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "keys" / "persons.json").stat().st_mode) == 0o600
        again = await centre.examine_server(file, fix=True)
        assert not any(each.mended for each in again.findings)
        assert again.verdict != "broken"


async def test_a_folder_that_is_missing_is_made(centre: SoundCentre) -> None:
    data = Path(tempfile.mkdtemp(dir=centre.folder)) / "deep" / "data"
    file = centre.write("kiosk", {**centre.kiosk, "data_dir": str(data)})
    checks = [
        each for each in kiosk_checks(file, centre.machine) if each.name in ("folder", "fonts")
    ]
    found = await centre.examine(checks)
    missing = finding(found, "folder", "broken")
    assert missing.fixable
    assert missing.commands[-1] == f"install -d -o shubbak-kiosk -g shubbak-kiosk -m 700 {data}"
    assert finding(found, "fonts", "skipped")
    assert not data.exists()
    checks = checks[:1]
    assert finding(await centre.examine(checks, fix=True), "folder", "ok").mended
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")
async def test_whoever_may_not_look_is_told_whose_the_folder_is(centre: SoundCentre) -> None:
    with tempfile.TemporaryDirectory(prefix="shb-") as there:
        data, file = Path(there, "data"), Path(there, "server.toml")
        written = centre.write("server", {"data_dir": str(data), "listen": "0.0.0.0:80"})
        shutil.copy(written, file)
        os.mkdir(data, 0o700)
        os.chmod(there, 0o755)
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            with pytest.raises(FolderShut, match=f"{data} belongs to root: give this command as"):
                load_settings(ServerSettings, file)
            found = finding(await centre.examine_server(file), "folder", "broken")
        finally:
            os.seteuid(0)
    assert found.seen == f"{data} is shut to this user; it belongs to root"
    assert found.commands == [
        "runuser -u root -- shubbak doctor --role server",
        "shubbak doctor --role server",
    ]


async def test_a_database_that_lets_in_the_programs_user_alone_is_not_called_broken(
    centre: SoundCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(ServerSettings, centre.write("server", centre.server))
    check = unreached_check(settings, NotLetIn('Peer authentication failed for user "x"'))
    monkeypatch.setattr(os, "geteuid", lambda: pwd.getpwnam("nobody").pw_uid)
    (found,) = await check.look()
    assert found.verdict == "warning"
    assert found.commands[0].endswith(" -- shubbak doctor --role server")


async def test_the_schema_is_brought_forward_only_when_it_is_asked_for(
    centre: SoundCentre, postgres: EmbeddedPostgres
) -> None:
    async with blank_database(centre) as settings:
        file = centre.write("server", settings)
        left = await centre.examine_server(file, fix=True)
        assert "migrations that are missing" in finding(left, "migrations", "broken").seen
        assert verdicts(left, "skipped") >= {"centre", "chain", "devices"}

        done = await centre.examine_server(file, fix=True, may_migrate=True)
        assert finding(done, "migrations", "ok").mended
        assert verdicts(done, "broken") == {"centre"}


@asynccontextmanager
async def blank_database(centre: SoundCentre) -> AsyncIterator[dict[str, Any]]:
    """Give the server's settings on a database that was never migrated."""
    superuser = await asyncpg.connect(centre.postgres.dsn("postgres", "postgres"))
    try:
        await superuser.execute(
            "CREATE DATABASE blank TEMPLATE template0 STRATEGY file_copy OWNER shubbak_owner"
        )
        yield {
            **centre.server,
            "database": centre.postgres.dsn("shubbak_app", "blank"),
            "database_owner": centre.postgres.dsn("shubbak_owner", "blank"),
        }
        await superuser.execute("DROP DATABASE blank WITH (FORCE)")
    finally:
        await superuser.close()


@pytest.mark.soak
async def test_fonts_that_do_not_shape_are_made_again(centre: SoundCentre) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        cache = Path(folder, "cache")
        spoil_fonts(centre, cache)
        checks = [fonts_check(cache)]
        assert finding(await centre.examine(checks), "fonts", "broken").fixable
        assert finding(await centre.examine(checks, fix=True), "fonts", "ok").mended


async def test_a_printer_that_the_agent_owns_is_not_opened_and_told_by_its_word(
    centre: SoundCentre,
) -> None:
    file = centre.write("kiosk", centre.kiosk)
    port = centre.port + 1
    centre.printer.change(paper="out")
    try:
        await eventually(lambda: _says(port, "printer_reason", "paper_out"))
        examination = await centre.examine(kiosk_checks(file, centre.machine))
        assert finding(examination, "printer", "broken").seen == "the printer: the paper is out"
    finally:
        centre.printer.change(paper="ok")
    await eventually(lambda: _says(port, "printer", "ready"))


async def _says(port: int, name: str, value: object) -> bool:
    return (await agents_word(port)).get(name) == value


async def test_examining_a_kiosk_leaves_its_own_line_as_it_is(centre: SoundCentre) -> None:
    """A second socket with its token would send the running agent away for half a minute."""
    checks = kiosk_checks(centre.write("kiosk", centre.kiosk), centre.machine)
    await centre.examine([each for each in checks if each.name in ("line", "token", "clock")])
    assert (await agents_word(centre.port + 1))["connected"] is True


async def test_a_look_that_fails_is_told_and_the_others_go_on(centre: SoundCentre) -> None:
    async def fail() -> list[Finding]:
        raise ZeroDivisionError("nothing by nothing")

    checks = [Check("failing", N_("Port"), fail), program_check()]
    examination = await centre.examine(checks)
    assert "ZeroDivisionError: nothing by nothing" in finding(examination, "failing", "broken").seen
    assert finding(examination, "program", "ok").seen.startswith("Shubbak ")


async def test_every_finding_is_told_in_arabic_with_the_same_commands(centre: SoundCentre) -> None:
    file = centre.write("server", {**centre.server, "database": "postgresql://x@/y?host=/nowhere"})
    english = await centre.examine_server(file)
    arabic = await centre.examine_server(file, speech=Speech("ar", CATALOGUE))
    for one, other in zip(english.findings, arabic.findings, strict=True):
        assert (one.check, one.verdict, one.commands) == (
            other.check,
            other.verdict,
            other.commands,
        )
        assert re.search(r"[؀-ۿ]", other.title)
        assert re.search(r"[؀-ۿ]", other.seen)
    text = as_text(report_of([arabic]), "ar")
    assert "✗ قاعدة البيانات: تعذّر الوصول إليها" in text
    assert "      systemctl start postgresql" in text
