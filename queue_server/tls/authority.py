"""The centre's own CA and the certificates it issues: values and bytes, no files.

The CA vouches for nothing but this centre: for private addresses and the names it was made for
(RFC 5280 §4.2.1.10). Who steals its key can't pass as a bank to a browser that trusts it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from queue_server.tls.errors import BadHost

AUTHORITY_LIFE: Final = timedelta(days=3653)
"""Ten years: as long as the machines that trust it, and no browser has to be visited sooner."""
SERVER_LIFE: Final = timedelta(days=397)
"""A year and a month, so that it is renewed on the same day of each year; browsers that hold
public CAs to a limit took 398 days."""
BACKDATED: Final = timedelta(days=1)
"""Certificates begin a day before they are made: a machine whose clock is some hours behind is
right enough."""

Host = IPv4Address | IPv6Address | str
Range = IPv4Network | IPv6Network

_PRIVATE: Final[tuple[Range, ...]] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
_LOCAL_NAMES: Final = ("localhost", "local", "lan", "internal", "home.arpa")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: its certificate and its private key (ECDSA on P-256)."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """Key and certificate in one text; one file can't be half replaced."""
        return _key_pem(self.key) + self.certificate.public_bytes(Encoding.PEM)

    @property
    def public_pem(self) -> bytes:
        """What machines and browsers are given."""
        return self.certificate.public_bytes(Encoding.PEM)


def make_authority(hosts: Sequence[Host], *, at: datetime) -> Authority:
    """Make a CA that may vouch for these hosts, for private addresses and for local names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Shubbak"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Shubbak centre CA {at:%Y-%m-%d}"),
        ]
    )
    certificate = (
        _builder(key.public_key(), at, at + AUTHORITY_LIFE)
        .subject_name(name)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(hosts), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def read_authority(pem: bytes) -> Authority:
    """Read what `Authority.pem` wrote. Raises ValueError."""
    certificate = x509.load_pem_x509_certificate(pem)
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("its key is of another kind")
    if key.public_key() != certificate.public_key():
        raise ValueError("its key is that of another certificate")
    return Authority(certificate, key)


def issue(authority: Authority, hosts: Sequence[Host], *, at: datetime) -> bytes:
    """Return a new key and a certificate of it for these hosts, PEM in one text.

    It ends with the CA at the latest. Raises BadHost for one that the CA may not vouch for.
    """
    for host in hosts:
        if not may_vouch(authority.certificate, host):
            raise BadHost(
                str(host),
                "this CA may vouch only for private addresses and the names that it was made "
                "for; another CA (shubbak tls init --new-ca) has to be given to every machine",
            )
    key = ec.generate_private_key(ec.SECP256R1())
    ends = min(at + SERVER_LIFE, authority.certificate.not_valid_after_utc)
    # A subject that is no host name: checkers hold such a name to the CA's constraints as well.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Shubbak centre server")])
    certificate = (
        _builder(key.public_key(), at, ends)
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )
    return _key_pem(key) + certificate.public_bytes(Encoding.PEM)


def read_host(text: str) -> Host:
    """Read an address or a name. Raises BadHost."""
    try:
        return ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        pass
    name = text.lower()
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise BadHost(text, "neither an address such as 192.168.10.2 nor a name such as server.lan")
    return name.removesuffix(".")


def hosts_of(certificate: x509.Certificate) -> tuple[Host, ...]:
    """Return the addresses and names that a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = names.get_values_for_type(x509.IPAddress)
    return (
        *(each for each in addresses if isinstance(each, IPv4Address | IPv6Address)),
        *names.get_values_for_type(x509.DNSName),
    )


def may_vouch(authority: x509.Certificate, host: Host) -> bool:
    """Say whether the CA's own constraints let it vouch for a host."""
    try:
        constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return True
    permitted = constraints.permitted_subtrees or ()
    if isinstance(host, str):
        names = [each.value for each in permitted if isinstance(each, x509.DNSName)]
        return any(host == name or host.endswith(f".{name}") for name in names)
    ranges = [each.value for each in permitted if isinstance(each, x509.IPAddress)]
    return any(host in each for each in ranges if isinstance(each, IPv4Network | IPv6Network))


def made_for(authority: x509.Certificate) -> tuple[Host, ...]:
    """Return the public addresses and the names that a CA was made for; private ones it vouches
    for in any case, and does not name.
    """
    try:
        constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return ()
    permitted = [each.value for each in constraints.permitted_subtrees or ()]
    hosts: list[Host] = []
    for each in permitted:
        if isinstance(each, str) and each not in _LOCAL_NAMES:
            hosts.append(each)
        elif isinstance(each, IPv4Network | IPv6Network) and each.num_addresses == 1:
            hosts.append(each.network_address)
    return tuple(hosts)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate as people compare it: pairs of hex with colons."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _permitted(hosts: Iterable[Host]) -> list[x509.GeneralName]:
    ranges = list(_PRIVATE)
    names = list(_LOCAL_NAMES)
    for host in hosts:
        if isinstance(host, str):
            names.append(host)
        elif not any(host in each for each in _PRIVATE):
            ranges.append(ip_network(host))
    return [
        *(x509.IPAddress(each) for each in ranges),
        *(x509.DNSName(each) for each in dict.fromkeys(names)),
    ]


def _builder(
    key: ec.EllipticCurvePublicKey, at: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before((at - BACKDATED).replace(microsecond=0))
        .not_valid_after(ends.replace(microsecond=0))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: Host) -> x509.GeneralName:
    return x509.DNSName(host) if isinstance(host, str) else x509.IPAddress(host)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
