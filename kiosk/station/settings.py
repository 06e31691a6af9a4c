"""What a workstation can be told: `workstation.toml`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from core_services.settings import Settings, read_secret

PROGRAM = "workstation"

DeviceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class PrinterTable(Settings):
    """One printer: `[printers.receipt]`."""

    url: str = Field(
        description="A receipt printer's URL, such as `tcp://192.168.1.50:9100` or "
        "`file:///dev/usb/lp0`."
    )
    profile: str = Field(
        default="clone-576",
        description="A receipt printer's profile; `drivers/SUPPORTED.md` lists them.",
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
        return _url(value)


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
        description="The file, mode 0600, with the token that `shubbak device add` gave.",
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

    @field_validator("server")
    @classmethod
    def _server_is_a_url(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/")


def _url(value: str) -> str:
    if "://" not in value:
        raise ValueError("must be a URL, such as tcp://192.168.1.50:9100")
    return value
