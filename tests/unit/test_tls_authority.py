"""The centre's CA: what it may vouch for, how long it holds, what a killed command leaves."""

import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from queue_server.tls.authority import (
    Host,
    fingerprint,
    hosts_of,
    issue,
    make_authority,
    read_authority,
    read_host,
)
from queue_server.tls.errors import (
    AuthorityMissing,
    AuthorityThere,
    AuthorityUnusable,
    BadHost,
    CertificateMissing,
    WrongClock,
)
from queue_server.tls.folder import TlsFolder, default_hosts, init, look, renew

AT = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
HOSTS = tuple(read_host(text) for text in ("192.168.10.2", "server.kfs.example"))


@pytest.fixture
def folder(tmp_path: Path) -> TlsFolder:
    return TlsFolder(tmp_path / "data" / "tls")


def verify(authority: x509.Certificate, leaf: x509.Certificate, host: Host, at: datetime) -> None:
    """Let another checker than the one that programs use say whether all is right."""
    subject = x509.DNSName(host) if isinstance(host, str) else x509.IPAddress(host)
    policy = PolicyBuilder().store(Store([authority])).time(at)
    policy.build_server_verifier(subject).verify(leaf, [])


def test_a_certificate_holds_for_its_hosts_and_no_other() -> None:
    authority = make_authority(HOSTS, at=AT)
    leaf = x509.load_pem_x509_certificate(issue(authority, HOSTS, at=AT))
    assert hosts_of(leaf) == HOSTS
    for host in HOSTS:
        verify(authority.certificate, leaf, host, AT)
    for other in ("192.168.10.3", "other.kfs.example"):
        with pytest.raises(VerificationError):
            verify(authority.certificate, leaf, read_host(other), AT)


def test_a_certificate_holds_thirteen_months_and_the_ca_ten_years() -> None:
    authority = make_authority(HOSTS, at=AT)
    leaf = x509.load_pem_x509_certificate(issue(authority, HOSTS, at=AT))
    for when in (AT - timedelta(hours=20), AT + timedelta(days=396)):
        verify(authority.certificate, leaf, HOSTS[0], when)
    for when in (AT - timedelta(days=2), AT + timedelta(days=398)):
        with pytest.raises(VerificationError):
            verify(authority.certificate, leaf, HOSTS[0], when)
    late = AT + timedelta(days=3500)
    last = x509.load_pem_x509_certificate(issue(authority, HOSTS, at=late))
    assert last.not_valid_after_utc == authority.certificate.not_valid_after_utc
    verify(authority.certificate, last, HOSTS[0], late)


@pytest.mark.parametrize("host", ["8.8.8.8", "bank.example", "kfs.example", "2001:db8::1"])
def test_the_ca_vouches_for_nobody_outside_its_centre(host: str) -> None:
    authority = make_authority(HOSTS, at=AT)
    with pytest.raises(BadHost, match="private addresses and the names"):
        issue(authority, [read_host(host)], at=AT)


def test_a_stolen_ca_that_vouches_for_a_bank_is_believed_by_nobody() -> None:
    authority = make_authority(HOSTS, at=AT)
    free = make_authority([read_host("bank.example")], at=AT)
    thief = type(authority)(
        x509.CertificateBuilder()
        .subject_name(authority.certificate.subject)
        .issuer_name(authority.certificate.issuer)
        .public_key(authority.key.public_key())
        .serial_number(1)
        .not_valid_before(AT)
        .not_valid_after(AT + timedelta(days=900))
        .add_extension(
            free.certificate.extensions.get_extension_for_class(x509.NameConstraints).value, True
        )
        .sign(authority.key, hashes.SHA256()),
        authority.key,
    )
    forged = x509.load_pem_x509_certificate(issue(thief, [read_host("bank.example")], at=AT))
    with pytest.raises(VerificationError):
        verify(authority.certificate, forged, "bank.example", AT)


@pytest.mark.parametrize("text", ["", "a..b", "-a", "a b", "192.168.10.2:8443", "http://a", "*.a"])
def test_what_is_neither_an_address_nor_a_name_is_refused(text: str) -> None:
    with pytest.raises(BadHost, match="neither an address"):
        read_host(text)


def test_the_subject_is_no_name_that_checkers_would_hold_against_the_ca() -> None:
    leaf = x509.load_pem_x509_certificate(issue(make_authority(HOSTS, at=AT), HOSTS, at=AT))
    (name,) = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert " " in str(name.value)


def test_init_makes_private_files_and_a_second_one_leaves_them_alone(folder: TlsFolder) -> None:
    kept = init(folder, HOSTS, at=AT)
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    assert set(before) == {"ca.pem", "ca.crt", "server.pem"}
    for path, mode in ((folder.path, 0o700), (folder.authority, 0o600), (folder.server, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert kept.days_left(AT) == 397
    assert b"PRIVATE" not in before["ca.crt"]
    with pytest.raises(AuthorityThere, match="tls renew"):
        init(folder, HOSTS, at=AT)
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before


def test_renewing_keeps_the_ca_and_the_hosts_and_changes_the_key(folder: TlsFolder) -> None:
    first = init(folder, HOSTS, at=AT)
    later = AT + timedelta(days=350)
    second = renew(folder, None, at=later)
    assert second.authority == first.authority
    assert second.hosts == HOSTS
    assert second.server.public_key() != first.server.public_key()
    assert second.days_left(later) == 397
    assert look(folder) == second
    third = renew(folder, [read_host("10.0.0.9")], at=later)
    assert third.hosts == (read_host("10.0.0.9"),)


def test_a_lost_certificate_is_made_again_for_all_by_whom_the_server_is_asked(
    folder: TlsFolder,
) -> None:
    hosts = [read_host("queue.example.eg"), read_host("41.32.0.7"), read_host("192.168.10.2")]
    init(folder, hosts, at=AT)
    folder.server.write_bytes(b"")
    with pytest.raises(CertificateMissing, match="shubbak tls renew"):
        look(folder)
    again = renew(folder, None, at=AT, listen="192.168.10.2")
    assert {*hosts, read_host("127.0.0.1"), "localhost"} <= set(again.hosts)


def test_another_ca_is_made_only_when_asked_for_and_the_old_one_is_kept(folder: TlsFolder) -> None:
    first = init(folder, HOSTS, at=AT)
    old = folder.authority.read_bytes()
    second = init(folder, HOSTS, at=AT, new_authority=True)
    assert fingerprint(second.authority) != fingerprint(first.authority)
    (aside,) = folder.path.glob("ca-*.pem")
    assert aside.read_bytes() == old
    assert read_authority(old).certificate == first.authority


def test_a_damaged_ca_is_told_and_can_be_replaced(folder: TlsFolder) -> None:
    init(folder, HOSTS, at=AT)
    folder.authority.write_bytes(folder.authority.read_bytes()[:300])
    with pytest.raises(AuthorityUnusable, match="--new-ca"):
        renew(folder, None, at=AT)
    init(folder, HOSTS, at=AT, new_authority=True)
    assert look(folder).hosts == HOSTS


def test_without_a_ca_there_is_nothing_to_renew(folder: TlsFolder) -> None:
    with pytest.raises(AuthorityMissing, match="shubbak tls init"):
        renew(folder, None, at=AT)


def test_an_ended_ca_issues_nothing(folder: TlsFolder) -> None:
    init(folder, HOSTS, at=AT)
    with pytest.raises(AuthorityUnusable, match="it ended on 2036-"):
        renew(folder, None, at=AT + timedelta(days=3654))


def test_a_clock_that_cannot_be_right_makes_nothing(folder: TlsFolder) -> None:
    with pytest.raises(WrongClock, match="1970-01-01"):
        init(folder, HOSTS, at=datetime(1970, 1, 1, tzinfo=UTC))
    assert not folder.path.exists()
    init(folder, HOSTS, at=AT)
    with pytest.raises(WrongClock, match="when the present certificate was made"):
        renew(folder, None, at=AT - timedelta(days=3))


def test_the_usual_hosts_are_those_that_a_centre_asks_by() -> None:
    hosts = default_hosts("192.168.10.2")
    assert hosts[0] == read_host("192.168.10.2")
    assert {"127.0.0.1", "::1", "localhost"} < {str(host) for host in hosts}
    assert "0.0.0.0" not in map(str, default_hosts("0.0.0.0"))


KILLED = """
import os, sys
from datetime import datetime
from pathlib import Path
from queue_server.tls import folder
from queue_server.tls.authority import read_host

def killed(path, data, *, mode=0o600, whole=folder.write_durably, left=[int(sys.argv[2])]):
    left[0] -= 1
    if left[0] < 0:
        (path.parent / f".{path.name}-half").write_bytes(data[:40])
        os.kill(os.getpid(), 9)
    whole(path, data, mode=mode)

folder.write_durably = killed
hosts = [read_host("192.168.10.2"), read_host("server.kfs.example")]
folder.init(folder.TlsFolder(Path(sys.argv[1])), hosts, at=datetime.fromisoformat(sys.argv[3]))
"""


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_init_that_was_killed_is_finished_by_init(folder: TlsFolder, writes: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, folder.path, str(writes), AT.isoformat()],
        check=False,
        timeout=60,
    )
    assert done.returncode == -9
    public = folder.public.read_bytes() if folder.public.exists() else None
    kept = init(folder, HOSTS, at=AT)
    assert public in (None, folder.public.read_bytes()), "whoever has the CA by now keeps it"
    verify(kept.authority, kept.server, HOSTS[0], AT)
    assert {path.name for path in folder.path.iterdir()} == {"ca.pem", "ca.crt", "server.pem"}
