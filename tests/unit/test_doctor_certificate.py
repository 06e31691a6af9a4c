"""What `doctor` says of the server's certificate: its time, its names, and the CA behind it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core_services.doctor.model import Finding, Words
from queue_server.doctor.certificate_check import certificate_findings
from queue_server.settings import ServerSettings
from queue_server.tls.authority import read_host
from queue_server.tls.folder import TlsFolder, init
from queue_server.tls.serving import read_leaf
from tests.support.tls import a_centre, now

HOSTS = ("192.168.10.2", "server.lan", "127.0.0.1")


def a_server(folder: Path, *, hosts: tuple[str, ...] = HOSTS, **more: object) -> ServerSettings:
    """Return the settings of a server with a CA and certificate of its own."""
    if not TlsFolder(folder / "tls").server.exists():
        init(TlsFolder(folder / "tls"), [read_host(host) for host in hosts], at=now())
    values = {"listen": "192.168.10.2:8443", "data_dir": folder, **more}
    return ServerSettings.model_validate(values)


def told(words: Words | None) -> str:
    assert words is not None
    return words.text.format(**{name: str(value) for name, value in words.values.items()})


def the_one(settings: ServerSettings, *, days: float = 0) -> Finding:
    [found] = certificate_findings(settings, at=now() + timedelta(days=days))
    return found


def test_one_that_fits_is_well_with_its_names_and_its_end(tmp_path: Path) -> None:
    found = the_one(a_server(tmp_path))
    assert found.verdict == "ok"
    assert "192.168.10.2, 127.0.0.1, server.lan" in told(found.seen)


def test_plain_http_has_none_to_look_at(tmp_path: Path) -> None:
    plain = ServerSettings(data_dir=tmp_path)
    assert certificate_findings(plain, at=now()) == []


@pytest.mark.parametrize(
    ("days", "verdict", "seen"),
    [
        (800, "broken", "no browser and no machine believes the server"),
        (-30, "broken", "this machine's clock is before that"),
    ],
)
def test_its_time_is_told(tmp_path: Path, days: float, verdict: str, seen: str) -> None:
    found = the_one(a_server(tmp_path), days=days)
    assert (found.verdict, seen in told(found.seen)) == (verdict, True)


def test_the_days_before_its_end_are_told_with_the_timer(tmp_path: Path) -> None:
    settings = a_server(tmp_path)
    files = settings.tls_files
    assert files is not None
    left = (read_leaf(files[0]).not_valid_after_utc - now()) / timedelta(days=1)
    found = the_one(settings, days=left - 10.5)
    assert found.verdict == "warning"
    assert "in 10 days" in told(found.seen)
    assert found.commands == ("shubbak tls renew", "systemctl status shubbak-tls-renew.timer")


def test_an_address_that_it_does_not_prove_is_named_with_the_command(tmp_path: Path) -> None:
    settings = a_server(tmp_path, listen="192.168.10.9:8443", public_url="https://q.kfs.lan")
    listen, public = certificate_findings(settings, at=now())
    assert "it is not for 192.168.10.9" in told(listen.seen)
    assert "it is not for q.kfs.lan" in told(public.seen)
    assert public.commands == (
        "shubbak tls renew --host 192.168.10.2 --host 127.0.0.1 --host server.lan --host q.kfs.lan",
    )


def lose_public(tls: Path) -> None:
    (tls / "ca.crt").unlink()


def lose_key(tls: Path) -> None:
    (tls / "ca.pem").unlink()


def take_anothers(tls: Path) -> None:
    other = a_centre(tls.parent / "other", HOSTS)
    (tls / "server.pem").write_bytes(other.server.read_bytes())


def spoil(tls: Path) -> None:
    (tls / "server.pem").write_text("nothing")


@pytest.mark.parametrize(
    ("change", "verdict", "seen", "command"),
    [
        (lose_public, "broken", "no machine can be paired", "shubbak tls renew"),
        (lose_key, "warning", "nothing can be renewed", "shubbak tls init --new-ca"),
        (take_anothers, "broken", "which the machines pin", "shubbak tls renew"),
        (spoil, "broken", "server.pem", "shubbak tls renew"),
    ],
)
def test_what_is_lost_or_changed_is_told_with_its_remedy(
    tmp_path: Path, change: Callable[[Path], None], verdict: str, seen: str, command: str
) -> None:
    settings = a_server(tmp_path)
    change(settings.tls_folder)
    found = the_one(settings)
    assert (found.verdict, seen in told(found.seen)) == (verdict, True)
    assert found.remedy is not None
    assert command in "\n".join(found.commands)


def test_one_from_outside_is_judged_without_our_ca(tmp_path: Path) -> None:
    other = a_centre(tmp_path / "bought", HOSTS)
    settings = ServerSettings.model_validate(
        {
            "listen": "192.168.10.2:8443",
            "data_dir": tmp_path,
            "tls_certificate": other.server,
        }
    )
    assert the_one(settings).verdict == "ok"
