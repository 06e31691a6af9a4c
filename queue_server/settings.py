"""What the centre's server can be told."""

from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from core_services.owner import require_open
from core_services.settings import Settings
from queue_server.backup.key_text import recipient_from
from queue_server.tickets.patterns import PatternLimits

PROGRAM = "server"
EMBEDDED = "embedded"


class ServerSettings(Settings):
    """The server's settings: `server.toml`."""

    listen: str = Field(
        default="127.0.0.1:8080",
        description="Address and port to serve on. Beyond this machine it is served over TLS; "
        "without a certificate that is refused unless `allow_plain_lan` is true.",
    )
    tls_certificate: Path | None = Field(
        default=None,
        description="The server's certificate and what leads to its CA, in PEM. Unset: "
        "`tls/server.pem` in `data_dir`, as `shubbak tls init` makes it; where that is missing "
        "plain HTTP is served.",
    )
    tls_key: Path | None = Field(
        default=None,
        description="The private key of `tls_certificate`, mode 0600. Unset: it lies in the same "
        "file.",
    )
    processes: int = Field(
        default=1,
        ge=1,
        le=4,
        description="So many server processes share the port. From 2 on one that dies is missed by "
        "nobody, and `shubbak reload` renews them one by one while the others serve.",
    )
    allow_plain_lan: bool = Field(
        default=False,
        description="Serve plain HTTP beyond this machine where there is no certificate. Anyone on "
        "that network can then read what passes, passwords included.",
    )
    public_url: str | None = Field(
        default=None,
        description="The address under which citizens' phones reach this server, without a final "
        "slash. Unset: no QR code is printed or shown.",
    )
    training: bool = Field(
        default=False,
        description="This is a server to learn on: it works on a database that `shubbak training "
        "init` marked and on no other, and every page and paper says so. Without it a marked "
        "database is refused.",
    )
    data_dir: Path = Field(
        default=Path("/var/lib/shubbak"),
        description="Folder for the embedded database, signing keys and generated files.",
    )
    database: str = Field(
        default=EMBEDDED,
        description='"embedded", or the DSN with which the server works (role `shubbak_app`).',
    )
    database_owner: str | None = Field(
        default=None,
        description="The DSN with which `shubbak migrate`, the set-up page, `centre load` and "
        "`user add` work (role `shubbak_owner`). Not needed with the embedded database.",
    )
    embedded_user: str | None = Field(
        default=None,
        description="The system user that owns the embedded database when the server is started "
        "by root. Unset: chosen by the program.",
    )
    secrets_file: Path | None = Field(
        default=None,
        description="A second TOML file, mode 0600, whose keys win over this file's; a place for "
        "DSNs that hold a password.",
    )
    person_keys_file: Path | None = Field(
        default=None,
        description="The file, mode 0600, with the keys that seal phones and national IDs. Unset: "
        "`keys/persons.json` in `data_dir`. Made at the first start where it is missing.",
    )
    personal_data_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Phones and national IDs of numbers are erased so many days after their day.",
    )
    backup_dir: Path | None = Field(
        default=None,
        description="The folder for backups, best on another disk or machine. Set: the centre is "
        "told when the last good backup is too old. Unset: `shubbak backup create` writes to "
        "`backups` in `data_dir`, and nobody is told.",
    )
    backup_recipient: str | None = Field(
        default=None,
        description="Backups are sealed for this key; `shubbak backup key` makes it. The server "
        "needs no secret for that and cannot open what it wrote.",
    )
    backup_passphrase_file: Path | None = Field(
        default=None,
        description="A file, mode 0600, with the passphrase under which backups are sealed; beside "
        "`backup_recipient` either of the two opens them.",
    )
    backup_with_secrets: bool = Field(
        default=False,
        description="Keys (`keys`, `tls`, `person_keys_file`, `secrets_file`) go into backups that "
        "are not sealed, too. Whoever has such a backup can read every phone and ID.",
    )
    backup_keep_daily: int = Field(
        default=14,
        ge=1,
        le=3650,
        description="The newest backup of each of so many days is kept (days of UTC).",
    )
    backup_keep_weekly: int = Field(
        default=8,
        ge=0,
        le=520,
        description="And the newest of each of so many weeks.",
    )
    backup_alarm_hours: int = Field(
        default=36,
        ge=1,
        le=2400,
        description="The supervisor has an alarm when the last good backup is older.",
    )
    pattern_run: int = Field(
        default=8,
        ge=3,
        le=100,
        description="So many numbers in a row of one kiosk are looked at together for numbers that "
        "one hand took. This and the other `pattern_…` hold until the centre publishes a policy, "
        "which then has its own.",
    )
    pattern_run_s: int = Field(
        default=180,
        ge=10,
        le=3600,
        description="Seconds within which that row was taken.",
    )
    pattern_run_missing: int = Field(
        default=7,
        ge=2,
        le=100,
        description="The row is told to the supervisor when so many of it did not come to their "
        "calls; not more than `pattern_run`.",
    )
    pattern_id_day: int = Field(
        default=4,
        ge=2,
        le=100,
        description="An ID with so many numbers on one day is told.",
    )
    pattern_id_week: int = Field(
        default=8,
        ge=2,
        le=200,
        description="An ID with so many numbers in seven days is told.",
    )
    pattern_phone_day: int = Field(
        default=5,
        ge=2,
        le=100,
        description="A phone with so many numbers on one day is told; a household may share one.",
    )
    pattern_missed_week: int = Field(
        default=3,
        ge=2,
        le=100,
        description="An ID or a phone that missed so many calls in seven days is told.",
    )
    pattern_returns: int = Field(
        default=2,
        ge=1,
        le=20,
        description="A number that missed its call and came back so often is told.",
    )
    pattern_asked_again: int = Field(
        default=3,
        ge=1,
        le=100,
        description="A further number refused so often on one day, because its owner has one, is "
        "told.",
    )
    session_idle_minutes: int = Field(
        default=30,
        ge=1,
        le=720,
        description="A supervisor's or administrator's sign-in ends after so long without use. A "
        "page that only renews itself is not used; without JavaScript it cannot be told apart and "
        "is. A clerk's screen stays for the whole of `session_hours`.",
    )
    session_hours: int = Field(
        default=12, ge=1, le=24, description="Every sign-in ends after so long, used or not."
    )
    check_in_from: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="The networks from which a phone may check in for its appointment, such as "
        '`["10.20.0.0/16"]`: the centre\'s own. Empty: from anywhere, within the grace.',
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important messages that are still logged."
    )
    log_json: bool | None = Field(
        default=None,
        description="Log as JSON lines. Unset: JSON unless standard error is a terminal.",
    )

    @property
    def host(self) -> str:
        return _split(self.listen)[0]

    @property
    def port(self) -> int:
        return _split(self.listen)[1]

    @property
    def tls_folder(self) -> Path:
        """Where `shubbak tls` keeps the centre's CA and the server's certificate."""
        return self.data_dir / "tls"

    @property
    def tls_files(self) -> tuple[Path, Path] | None:
        """The certificate that is served and the file of its key; None: plain HTTP is served."""
        if self.tls_certificate is not None:
            return self.tls_certificate, self.tls_key or self.tls_certificate
        own = self.tls_folder / "server.pem"
        return (own, own) if own.exists() else None

    def own_ca(self) -> Path | None:
        """Return the CA of the certificate that is served, where it is the centre's own."""
        public = self.tls_folder / "ca.crt"
        is_own = self.tls_certificate is None and self.tls_files is not None
        return public if is_own and public.exists() else None

    @property
    def is_plain_lan(self) -> bool:
        """Others on the network can read what passes."""
        return self.tls_files is None and not is_loopback(self.host)

    @property
    def person_keys(self) -> Path:
        """Where the keys of personal data lie."""
        return self.person_keys_file or self.data_dir / "keys" / "persons.json"

    @property
    def backups(self) -> Path:
        """Where backups lie."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def pattern_limits(self) -> PatternLimits:
        """From which count on each sign of one hand with many numbers is told."""
        return PatternLimits(
            run=self.pattern_run,
            run_s=self.pattern_run_s,
            run_missing=self.pattern_run_missing,
            id_day=self.pattern_id_day,
            id_week=self.pattern_id_week,
            phone_day=self.pattern_phone_day,
            missed_week=self.pattern_missed_week,
            returns=self.pattern_returns,
            asked_again=self.pattern_asked_again,
        )

    @property
    def is_embedded(self) -> bool:
        return self.database == EMBEDDED

    @field_validator("listen")
    @classmethod
    def _listen_is_an_address(cls, value: str) -> str:
        _split(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url_is_one(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/")

    @field_validator("backup_recipient")
    @classmethod
    def _recipient_is_a_key(cls, value: str | None) -> str | None:
        if value is not None:
            recipient_from(value)
        return value

    @field_validator("database")
    @classmethod
    def _database_is_known(cls, value: str) -> str:
        if value != EMBEDDED:
            _check_dsn(value)
        return value

    @field_validator("database_owner")
    @classmethod
    def _owner_is_a_dsn(cls, value: str | None) -> str | None:
        if value is not None:
            _check_dsn(value)
        return value

    @model_validator(mode="after")
    def _a_run_can_be_missed(self) -> Self:
        if self.pattern_run_missing > self.pattern_run:
            raise ValueError(
                f'"pattern_run_missing" is {self.pattern_run_missing}, more than the row itself: '
                f'"pattern_run" is {self.pattern_run}.'
            )
        return self

    @model_validator(mode="after")
    def _data_dir_may_be_looked_into(self) -> Self:
        require_open(self.data_dir)  # what is in it decides about TLS
        require_open(self.tls_folder)
        return self

    @model_validator(mode="after")
    def _plain_lan_is_allowed(self) -> Self:
        if self.is_plain_lan and not self.allow_plain_lan:
            raise ValueError(
                f'"listen" is {self.listen}, beyond this machine, where plain HTTP can be read by '
                "anyone on the network. Make a certificate with: shubbak tls init. Or listen on "
                '127.0.0.1, or set "allow_plain_lan = true" knowing that.'
            )
        return self

    @model_validator(mode="after")
    def _a_key_has_its_certificate(self) -> Self:
        if self.tls_key is not None and self.tls_certificate is None:
            raise ValueError('"tls_key" is set without "tls_certificate": set both, or neither.')
        return self


class SettingsBeforeTls(ServerSettings):
    """The settings as they are read by whoever is about to make the certificate."""

    @model_validator(mode="after")
    def _plain_lan_is_allowed(self) -> Self:
        return self


def _split(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("must be an address and a port, such as 127.0.0.1:8080")
    host = host.removeprefix("[").removesuffix("]")
    if host != "localhost":
        try:
            ip_address(host)
        except ValueError:
            raise ValueError("must be an IP address and a port, such as 127.0.0.1:8080") from None
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches that address."""
    return host == "localhost" or ip_address(host).is_loopback


def _check_dsn(value: str) -> None:
    if not value.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be a DSN that begins with postgresql://")
