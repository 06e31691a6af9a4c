"""Looks at an agent's line to its server: name, connection, TLS, round trip, token, clock.

The token is shown at an address that answers without touching the agent's own connection: a second
socket would send the running agent away.
"""

import ssl
import statistics
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from core_services.clock import Clock
from core_services.doctor.model import (
    N_,
    Check,
    Finding,
    Words,
    broken,
    skipped,
    warning,
    well,
)
from core_services.doctor.server_proof import Proof, host_of
from core_services.doctor.timekeeping import clock_findings
from core_services.link.probe import Answer, ProbeFailed, Stage, ask
from core_services.link.trust import trust_of
from core_services.settings import SettingsError, read_secret

_ROUND_TRIPS: Final = 5
_SLOW_S: Final = 0.25
_HALF_A_SECOND: Final = timedelta(seconds=0.5)
"""A `Date` is cut to its second: on average its clock is so much further."""


class ServerLine:
    """One agent's line, asked once and told in three parts."""

    def __init__(
        self,
        server: str,
        token_file: Path,
        clock: Clock,
        *,
        kind: str,
        name: str,
        settings: str,
        server_ca: Path | None = None,
    ) -> None:
        """Take the agent's settings; `settings` names their file, for what to do next."""
        self._server_ca = server_ca
        self._proof = Proof(server, kind=kind, name=name, settings=settings)
        self._trust: ssl.SSLContext | None = None
        self._server = server
        self._token_file = token_file
        self._clock = clock
        self._kind = kind
        self._name = name
        self._settings = settings
        self._answer: Answer | None = None

    def checks(self) -> list[Check]:
        """Return the looks, the line itself first: the others need it."""
        return [
            Check("line", N_("Line to the server"), self._line),
            Check("token", N_("Token"), self._token),
            Check("clock", N_("Clock"), self._agreement),
        ]

    async def _line(self) -> Sequence[Finding]:
        times = []
        try:
            self._trust = trust_of(self._server, self._server_ca)
        except SettingsError as error:
            return [self._proof.unusable(problem) for problem in error.problems]
        try:
            for _ in range(_ROUND_TRIPS):
                self._answer = await ask(self._server, "/healthz", tls=self._trust)
                times.append(self._answer.took_s)
        except ProbeFailed as failed:
            self._answer = None
            told = await self._proof.told(failed, at=self._clock.now())
            if told is not None:
                return [told]
            return [self._failed(failed.stage, failed.reason)]
        took_s = statistics.median(times)
        seen = N_("{server} answers in {ms} ms", server=self._server, ms=f"{took_s * 1000:.0f}")
        if self._answer is None or self._answer.status != 200:
            status = 0 if self._answer is None else self._answer.status
            return [
                broken(
                    N_("{server} answers, but is no server of ours", server=self._server),
                    N_("Set the address of the centre's server in {file}.", file=self._settings),
                    f"grep -n server {self._settings}",
                    f"curl -i {self._server}/healthz  # {status}",
                )
            ]
        if took_s > _SLOW_S:
            return [
                warning(
                    seen,
                    N_("Look at cable, switch and wireless between this machine and the server."),
                    f"ping -c 10 {host_of(self._server)}",
                )
            ]
        return [well(seen)]

    def _failed(self, stage: Stage, reason: str) -> Finding:
        host = host_of(self._server)
        told: dict[Stage, tuple[Words, Words, tuple[str, ...]]] = {
            "address": (
                N_("{server} is no address", server=self._server),
                N_("Set the address of the centre's server in {file}.", file=self._settings),
                (f"grep -n server {self._settings}",),
            ),
            "name": (
                N_("the name {host} is not known in this network: {why}", host=host, why=reason),
                N_("Write the server's number instead of its name in {file}.", file=self._settings),
                (f"getent hosts {host}", 'server = "http://192.168.10.2:8080"'),
            ),
            "connect": (
                N_("{server} cannot be reached: {why}", server=self._server, why=reason),
                N_("See whether the server runs and listens on this network, then the cable."),
                (
                    "systemctl status shubbak-server  # on the server",
                    f"ping -c 3 {host}",
                    f"grep -n server {self._settings}",
                ),
            ),
            "tls": (
                N_(
                    "{server} shows a certificate that is not trusted: {why}",
                    server=self._server,
                    why=reason,
                ),
                N_("Compare name, date and centre of its certificate."),
                (f"openssl s_client -connect {_socket_of(self._server)} -showcerts </dev/null",),
            ),
            "answer": (
                N_(
                    "{server} takes the connection and does not answer: {why}",
                    server=self._server,
                    why=reason,
                ),
                N_("See whether that port is the server's own, and how it fares."),
                ("shubbak doctor  # on the server", f"grep -n server {self._settings}"),
            ),
        }
        seen, remedy, commands = told[stage]
        return broken(seen, remedy, *commands)

    async def _token(self) -> Sequence[Finding]:
        if self._answer is None:
            return [skipped(N_("the server cannot be asked"))]
        try:
            token = read_secret(self._token_file)
        except SettingsError:
            return [skipped(N_("there is no token that could be shown; see the secrets"))]
        try:
            answer = await ask(
                self._server, "/agent/work/doctor/document", token=token, tls=self._trust
            )
        except ProbeFailed as failed:
            return [skipped(N_("the server cannot be asked: {why}", why=failed.reason))]
        if answer.status == 401:
            return [
                broken(
                    N_("the server does not know this token, or has revoked it"),
                    N_(
                        "On the server revoke {name} and add it again; put the new token into "
                        "{file}, then restart.",
                        name=self._name,
                        file=self._token_file,
                    ),
                    f"shubbak device revoke --name {self._name}",
                    f"shubbak device add --kind {self._kind} --name {self._name}",
                    f"(umask 077; cat > {self._token_file})",
                    f"systemctl restart shubbak-{self._kind}",
                )
            ]
        return [well(N_("the server knows this device"))]

    async def _agreement(self) -> Sequence[Finding]:
        date = None if self._answer is None else self._answer.date
        if date is None:
            return [skipped(N_("the server cannot be asked"))]
        ahead = self._clock.now() - (date + _HALF_A_SECOND)
        return clock_findings(ahead, N_("the server's clock"))


def _socket_of(server: str) -> str:
    """Return host and port of a server over TLS."""
    place = server.partition("://")[2].partition("/")[0]
    return place if place.rpartition(":")[2].isdecimal() else f"{place}:443"
