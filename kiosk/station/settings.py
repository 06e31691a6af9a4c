"""What a workstation can be told: `workstation.toml`."""

import ssl
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from core_services.link.trust import trust_of
from core_services.settings import Settings, SettingsError, path_of, read_secret

PROGRAM = "workstation"

DeviceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class PrinterTable(Settings):
    """One printer: `[printers.receipt]`, `[printers.a4]`."""

    url: str = Field(
        description="A receipt printer's URL, such as `tcp://192.168.1.50:9100` or "
        "`file:///dev/usb/lp0`; of an A4 printer `ipp://` or `ipps://`."
    )
    profile: str | None = Field(
        default=None,
        description="A receipt printer's profile; `drivers/SUPPORTED.md` lists them. Unset: "
        "`clone-576`. An A4 printer has none.",
    )
    width_dots: int | None = Field(
        default=None,
        ge=256,
        le=1024,
        description="A receipt printer's printable width in dots. Unset: the profile's.",
    )

    @field_validator("url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        return _url(value, "tcp://192.168.1.50:9100")

    @property
    def is_for_pages(self) -> bool:
        """It is an A4 printer, by its address."""
        return self.url.partition(":")[0].lower() in ("ipp", "ipps")


class ScannerTable(Settings):
    """One barcode scanner: `[scanners.desk]`. Its words are those of a kiosk's `scanner_…`."""

    url: str
    window: int = Field(ge=1, le=99)
    """The window whose desk hears of its scans."""
    prefix: str = ""
    suffix: str | None = None
    gap_ms: int | None = Field(default=None, ge=20, le=2000)
    trigger_on: str = ""
    trigger_off: str = ""
    encodings: tuple[str, ...] = ()

    @field_validator("url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        return _url(value, "serial:///dev/ttyACM0")


class ModemTable(Settings):
    """The modem: `[modem]`."""

    url: str
    pin_file: Path | None = None
    """The file, mode 0600, with the SIM's PIN; None for a SIM that asks for none."""
    service_centre: str | None = Field(default=None, pattern=r"^\+[0-9]{6,15}$")
    """The number of the operator's service centre, where the SIM does not know it."""
    per_minute: int = Field(default=20, ge=1, le=120)
    """So many parts at most leave in a minute: operators bar a SIM that sends more."""

    @field_validator("url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        return _url(value, "serial:///dev/shubbak/modem")

    @field_validator("pin_file", mode="before")
    @classmethod
    def _may_be_a_credential(cls, value: object) -> object:
        if isinstance(value, str) and value.startswith("credential:"):
            return _credential(value)
        return value

    @field_validator("pin_file")
    @classmethod
    def _is_a_whole_path(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_absolute():
            raise ValueError("must be a whole path, such as /etc/shubbak/sim.pin")
        return value


class DocumentScannerTable(Settings):
    """One document scanner: `[document_scanners.adf]`."""

    url: str

    @field_validator("url")
    @classmethod
    def _is_a_web_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must be where it speaks eSCL, such as http://192.168.1.60/eSCL")
        return value


class WorkstationSettings(Settings):
    """The workstation's settings: `workstation.toml`."""

    name: str = Field(
        default="W1",
        min_length=1,
        max_length=32,
        description="The device's name, as given to `shubbak device add --kind workstation "
        "--name`.",
    )
    server: str = Field(
        default="http://127.0.0.1:8080", description="The address of the centre's server."
    )
    token_file: Path = Field(
        default=Path("/etc/shubbak/workstation.token"),
        description="The file, mode 0600, with the token that `shubbak-workstation pair` wrote, or "
        "`shubbak device add` gave.",
    )
    server_ca: Path | None = Field(
        default=None,
        description="The file with the CA, in PEM, that alone is believed to vouch for the server; "
        "`shubbak-workstation pair` writes it. Unset: those that this machine believes.",
    )
    port: int = Field(
        default=8083,
        ge=1,
        le=65535,
        description="The port of this machine on which the state of its devices is shown.",
    )
    data_dir: Path = Field(
        default=Path("/var/lib/shubbak-workstation"),
        description="Folder for the journals of its devices, the outbox and generated files.",
    )
    printers: dict[DeviceName, PrinterTable] = Field(
        default={},
        description="Its printers by name, as tables such as `[printers.receipt]`; of two that "
        "could print an order the first that is ready does.",
    )
    scanners: dict[DeviceName, ScannerTable] = Field(
        default={},
        description="Its barcode scanners by name, as tables such as `[scanners.desk]`.",
    )
    modem: ModemTable | None = Field(
        default=None, description="The modem that sends short messages: the table `[modem]`."
    )
    document_scanners: dict[DeviceName, DocumentScannerTable] = Field(
        default={},
        description="Its document scanners by name, as tables such as `[document_scanners.adf]`.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important messages that are still logged."
    )
    log_json: bool | None = Field(
        default=None,
        description="Log as JSON lines. Unset: JSON unless standard error is a terminal.",
    )

    def read_token(self) -> str:
        """Return the device's token; raise SettingsError unless the file is private and full."""
        return read_secret(self.token_file)

    def read_trust(self) -> ssl.SSLContext | None:
        """Return what judges the server's certificate (see `trust_of`). Raises SettingsError."""
        return trust_of(self.server, self.server_ca)

    @field_validator("server")
    @classmethod
    def _server_is_a_url(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/")


def _credential(text: str) -> Path:
    try:
        return path_of(text, Path("/"))
    except SettingsError as error:
        raise ValueError(str(error)) from error


def _url(value: str, such_as: str) -> str:
    if "://" not in value:
        raise ValueError(f"must be a URL, such as {such_as}")
    return value
