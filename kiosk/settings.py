"""What the touch kiosk can be told."""

import ssl
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from core_services.link.trust import trust_of
from core_services.settings import LoopbackUrl, Settings, read_secret
from drivers.printers.profile_table import ProfileTable

PROGRAM = "kiosk"


class KioskSettings(Settings):
    """The kiosk's settings: `kiosk.toml`."""

    name: str = Field(
        default="K1",
        min_length=1,
        max_length=32,
        description="The device's name, as given to `shubbak device add --kind kiosk --name`.",
    )
    server: str = Field(
        default="http://127.0.0.1:8080", description="The address of the centre's server."
    )
    token_file: Path = Field(
        default=Path("/etc/shubbak/kiosk.token"),
        description="The file, mode 0600, with the token that `shubbak-kiosk pair` wrote, or "
        "`shubbak device add` gave.",
    )
    server_ca: Path | None = Field(
        default=None,
        description="The file with the CA, in PEM, that alone is believed to vouch for the server; "
        "`shubbak-kiosk pair` writes it. Unset: those that this machine believes.",
    )
    port: int = Field(
        default=8081,
        ge=1,
        le=65535,
        description="The port of this machine on which the kiosk's own screen is served.",
    )
    data_dir: Path = Field(
        default=Path("/var/lib/shubbak-kiosk"),
        description="Folder for the print journal, the outbox and generated files.",
    )
    printer: str | None = Field(
        default=None,
        description="The slip printer's URL, such as `tcp://192.168.1.50:9100`, "
        "`file:///dev/shubbak/printer`, `serial:///dev/ttyS0?baud=115200` or `usb://04b8:0e15`. "
        "Unset: no printer; numbers are shown on the screen only.",
    )
    printer_profile: str = Field(
        default="clone-576",
        description="The printer's profile; `drivers/SUPPORTED.md` lists them.",
    )
    width_dots: int | None = Field(
        default=None,
        ge=256,
        le=1024,
        description="Printable width in dots (576 for 80 mm paper, 384 for 58 mm). Unset: the "
        "profile's.",
    )
    profiles: dict[str, ProfileTable] = Field(
        default={},
        description="Profiles of your own, each a table `[profiles.NAME]` of what differs from the "
        "one that it is `based_on`; `docs/hardware.md` tells how.",
    )
    roll_m: float = Field(
        default=80.0,
        ge=5,
        le=500,
        description="Metres of paper on a new roll: 80 on one of 80 mm across, 50 on one of 65 mm, "
        "some 15 in a hand-held printer.",
    )
    roll_check_s: int = Field(
        default=60,
        ge=0,
        le=600,
        description="Seconds for an answer to «هل الرقم ظاهر على الورقة؟» after each new roll. "
        "Then the kiosk goes on, and the supervisor reads that nobody looked. 0: no test slip.",
    )
    scanner: str | None = Field(
        default=None,
        description="The barcode scanner's URL, such as `serial:///dev/ttyACM0` or "
        "`hid:///dev/input/by-id/…-event-kbd`. Unset: none, or `browser_scanner`.",
    )
    browser_scanner: bool = Field(
        default=False,
        description="A scanner that types into the kiosk's browser stands here, so that the first "
        "page asks for slips to be held before it.",
    )
    scanner_prefix: str = Field(
        default="",
        description="What the scanner sends before each code, as bytes in hex such as `02`.",
    )
    scanner_suffix: str | None = Field(
        default=None,
        description="What it sends behind each code: `line` (CR, LF or both), `cr`, `lf`, `crlf`, "
        "`tab`, bytes in hex, or `none`, where a silence ends a code. Unset: `line`; for a "
        "keyboard Enter, Tab or a silence.",
    )
    scanner_gap_ms: int | None = Field(
        default=None,
        ge=20,
        le=2000,
        description="The silence that ends a code, in milliseconds. Unset: 100.",
    )
    scanner_trigger_on: str = Field(
        default="",
        description="What makes the scanner look, as bytes in hex, for those that wait for it "
        "(Honeywell: `16 54 0D`). Empty: it looks always.",
    )
    scanner_trigger_off: str = Field(
        default="",
        description="What makes it look no longer (Honeywell: `16 55 0D`).",
    )
    scanner_encodings: tuple[str, ...] = Field(
        default=(),
        description="The encodings that its text is tried in. Empty: UTF-8, then Latin-1.",
    )
    idle_s: int = Field(
        default=45,
        ge=10,
        le=600,
        description="Seconds without a touch after which it asks whether anyone is still there.",
    )
    idle_answer_s: int = Field(
        default=30,
        ge=20,
        le=600,
        description="Seconds it then waits for an answer before it returns to its first page and "
        "forgets everything.",
    )
    voice_program: str = Field(
        default="espeak-ng",
        description="The program, as espeak-ng, that speaks when «اسمع» is touched; without it the "
        "button is left out.",
    )
    devtools: LoopbackUrl | None = Field(
        default=None,
        description="The DevTools of this machine's browser, such as `http://127.0.0.1:9222`, for "
        "pictures of its glass that a supervisor asks for. Unset: no pictures.",
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

    @field_validator("printer", "scanner")
    @classmethod
    def _device_is_a_url(cls, value: str | None) -> str | None:
        if value is not None and "://" not in value:
            raise ValueError("must be a URL, such as tcp://192.168.1.50:9100")
        return value
