"""`shubbak tls …`: the centre's own CA and the server's certificate."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from queue_server.console import Config, say, settings_from, telling_errors

if TYPE_CHECKING:
    from datetime import datetime

    from queue_server.settings import ServerSettings
    from queue_server.tls.authority import Host
    from queue_server.tls.folder import Kept, TlsFolder

tls_app = typer.Typer(
    help="The centre's own CA and the server's certificate.", no_args_is_help=True
)

Hosts = Annotated[
    list[str] | None,
    typer.Option(
        "--host",
        help="An address or name by which the server is reached; may be given several times.",
    ),
]


@tls_app.command("init")
def tls_init(
    host: Hosts = None,
    new_ca: Annotated[
        bool,
        typer.Option(
            "--new-ca", help="Replace a CA that is there; machines and browsers need it again."
        ),
    ] = False,
    config: Config = None,
) -> None:
    """Make the centre's CA and the server's certificate.

    Without --host it is for the address of "listen", the machine's name and the loopback.
    """
    from queue_server.tls.folder import default_hosts, init

    settings, folder, at = _prepare(config)
    with telling_errors():
        hosts = _read(host) or default_hosts(settings.host)
        kept = init(folder, hosts, at=at, new_authority=new_ca)
    say(f"the CA is in {folder.authority}; keep a copy in a safe place, away from this machine")
    _tell(kept, at)


@tls_app.command("renew")
def tls_renew(
    host: Hosts = None,
    when_due: Annotated[
        bool,
        typer.Option(
            "--when-due", help="Only when the present one ends within 60 days, or is lost."
        ),
    ] = False,
    config: Config = None,
) -> None:
    """Make the server a new certificate from the same CA; a running server takes it up."""
    from queue_server.tls.errors import CertificateMissing
    from queue_server.tls.folder import DUE, look, renew

    settings, folder, at = _prepare(config)
    with telling_errors():
        kept = None
        if when_due:
            with suppress(CertificateMissing):  # a lost one is due
                kept = look(folder)
        if kept is not None and kept.server.not_valid_after_utc - at > DUE:
            say("not due yet")
        else:
            kept = renew(folder, _read(host), at=at, listen=settings.host)
    _tell(kept, at)


@tls_app.command("show")
def tls_show(
    ca: Annotated[
        bool, typer.Option("--ca", help="Print the CA's certificate (PEM), for browsers.")
    ] = False,
    config: Config = None,
) -> None:
    """Say what the server's certificate is for and how long it holds; exit code 1 once it ended."""
    from queue_server.tls.folder import look

    _, folder, at = _prepare(config)
    with telling_errors():
        kept = look(folder)
    if ca:
        from cryptography.hazmat.primitives.serialization import Encoding

        print(kept.authority.public_bytes(Encoding.PEM).decode(), end="")
        return
    _tell(kept, at)
    if not kept.server.not_valid_before_utc <= at < kept.server.not_valid_after_utc:
        raise typer.Exit(1)


def _prepare(config: Path | None) -> "tuple[ServerSettings, TlsFolder, datetime]":
    from core_services.clock import SystemClock
    from queue_server.settings import SettingsBeforeTls
    from queue_server.tls.folder import TlsFolder

    settings = settings_from(config, model=SettingsBeforeTls)
    return settings, TlsFolder(settings.tls_folder), SystemClock().now()


def _read(hosts: list[str] | None) -> "tuple[Host, ...] | None":
    from queue_server.tls.authority import read_host

    return tuple(dict.fromkeys(read_host(text) for text in hosts)) if hosts else None


def _tell(kept: "Kept", at: "datetime") -> None:
    from queue_server.tls.authority import fingerprint

    server, authority = kept.server, kept.authority
    for name, value in (
        ("for", ", ".join(str(host) for host in kept.hosts)),
        ("ends", f"{server.not_valid_after_utc:%Y-%m-%d %H:%M} UTC, {_left(kept.days_left(at))}"),
        ("CA ends", f"{authority.not_valid_after_utc:%Y-%m-%d}"),
        ("CA SHA-256", fingerprint(authority)),
    ):
        print(f"{name:<11} {value}")


def _left(days: int) -> str:
    if days < 0:
        return "over: run shubbak tls renew"
    return f"{days} days left"
