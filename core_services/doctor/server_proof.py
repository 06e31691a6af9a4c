"""Tells why a server cannot prove to an agent whom it is, and what to do about each reason."""

from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from core_services.doctor.model import N_, Finding, Words, broken, quoted
from core_services.doctor.timekeeping import BY_HAND
from core_services.link.probe import ProbeFailed, ask
from core_services.link.trust import Doubt, believing_anybody, doubt_of


class Proof:
    """What is said of one server's certificate on one agent's machine."""

    def __init__(self, server: str, *, kind: str, name: str, settings: str) -> None:
        """`settings` names the agent's file."""
        self._server = server
        self._kind = kind
        self._name = name
        self._settings = settings

    def unusable(self, problem: str) -> Finding:
        """Tell of a pinned CA that cannot be used."""
        return broken(quoted(problem), self._pairing, *self._pair())

    async def told(self, failed: ProbeFailed, *, at: datetime) -> Finding | None:
        """Tell why the server is not believed; None where that is not what failed."""
        if failed.stage == "answer" and await self._speaks_tls():
            return broken(
                N_(
                    "the server at {server} speaks TLS, and the settings say http",
                    server=self._server,
                ),
                self._pairing,
                *self._pair(),
            )
        if failed.stage != "tls":
            return None
        doubt = await doubt_of(failed.__cause__ or failed, self._server, at=at)
        return None if doubt is None else self._about(doubt)

    def _about(self, doubt: Doubt) -> Finding:
        why = doubt.detail
        match doubt.fault:
            case "wrong_certificate":
                seen = N_(
                    "the certificate of {server} is not from the pinned CA: {why}",
                    server=self._server,
                    why=why,
                )
                return broken(seen, self._pairing, *self._pair())
            case "certificate_expired":
                return broken(
                    N_(
                        "the certificate of {server} has ended: {why}", server=self._server, why=why
                    ),
                    N_("Make another on the server; machines keep the CA that they have."),
                    "shubbak tls renew  # on the server",
                )
            case "wrong_name":
                return broken(
                    N_("the certificate of {server} is not for that address", server=self._server),
                    N_(
                        "Make one for all its names on the server, or write one of them in {file}.",
                        file=self._settings,
                    ),
                    f"shubbak tls renew --host {host_of(self._server)} --host …  # on the server",
                    f"grep -n server {self._settings}",
                )
            case "clock_off":
                return broken(
                    N_(
                        "the certificate of {server} holds, but not by the clocks: {why}",
                        server=self._server,
                        why=why,
                    ),
                    N_("Set the clock that is wrong."),
                    "date -u",
                    *BY_HAND,
                )
            case "server_without_tls":
                return broken(
                    N_("{server} is to speak TLS and answers in plain HTTP", server=self._server),
                    N_("Make the server's certificate, or see whether that port is its own."),
                    "shubbak tls init  # on the server",
                    f"grep -n server {self._settings}",
                )

    @property
    def _pairing(self) -> Words:
        return N_(
            "Pair this machine with the centre again: that gives it the CA and writes the address "
            "into {file}.",
            file=self._settings,
        )

    def _pair(self) -> tuple[str, ...]:
        host = self._server.partition("://")[2].partition("/")[0]
        return (
            f"shubbak device pair --kind {self._kind} --name {self._name}  # on the server",
            f"shubbak-{self._kind} pair --server https://{host} --code CODE",
        )

    async def _speaks_tls(self) -> bool:
        """Say whether TLS answers where the settings say http; nothing is believed or told."""
        if not self._server.startswith("http://"):
            return False
        address = "https://" + self._server.removeprefix("http://")
        try:
            await ask(address, "/healthz", tls=believing_anybody())
        except ProbeFailed:
            return False
        return True


def host_of(server: str) -> str:
    """Return a server's host without scheme and port, as `ping` and `--host` take it."""
    with suppress(ValueError):
        return urlsplit(server).hostname or server
    return server
