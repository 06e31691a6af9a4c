"""What a hall display can be told."""

import ssl
from datetime import time
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from core_services.link.trust import trust_of
from core_services.settings import LoopbackUrl, Settings, read_secret
from displays.panel_settings import PanelBusSettings

PROGRAM = "display"


class DisplaySettings(Settings):
    """The display's settings: `display.toml`."""

    name: str = Field(
        default="D1",
        min_length=1,
        max_length=32,
        description="The device's name, as given to `shubbak device add --kind display --name`.",
    )
    server: str = Field(
        default="http://127.0.0.1:8080", description="The address of the centre's server."
    )
    token_file: Path = Field(
        default=Path("/etc/shubbak/display.token"),
        description="The file, mode 0600, with the token that `shubbak-display pair` wrote, or "
        "`shubbak device add` gave.",
    )
    server_ca: Path | None = Field(
        default=None,
        description="The file with the CA, in PEM, that alone is believed to vouch for the server; "
        "`shubbak-display pair` writes it. Unset: those that this machine believes.",
    )
    port: int = Field(
        default=8082,
        ge=1,
        le=65535,
        description="The port of this machine on which the board is served.",
    )
    data_dir: Path = Field(
        default=Path("/var/lib/shubbak-display"), description="Folder for generated files."
    )
    minimum_call_s: float = Field(
        default=8.0,
        ge=1,
        le=60,
        description="Seconds for which a call stays large on the board.",
    )
    crowded_call_s: float = Field(
        default=4.0,
        ge=1,
        le=60,
        description="The same while two other calls wait, where calls are spoken one.",
    )
    call_age_limit_s: float = Field(
        default=60.0,
        ge=10,
        le=600,
        description="A call older than this is no longer announced, only listed.",
    )
    chime: bool = Field(default=True, description="Sound a chime with each call.")
    voice: bool = Field(default=True, description="Speak each call after its chime.")
    voice_clips: Path | None = Field(
        default=None,
        description="Folder with a speaker's recordings. Unset: `clips` in `data_dir`.",
    )
    voice_program: str = Field(
        default="espeak-ng",
        min_length=1,
        description="The program, as espeak-ng, that speaks what no recording holds.",
    )
    voice_words_a_minute: int = Field(
        default=150, ge=80, le=220, description="How fast that program speaks."
    )
    volume: int = Field(
        default=85,
        ge=0,
        le=100,
        description="Per cent of loudness of chime and voice in this screen's part of the hall.",
    )
    recall_volume: int = Field(
        default=100, ge=0, le=100, description="The same for a second and a last call."
    )
    quiet_hours: tuple[str, ...] = Field(
        default=(),
        description="Hours as `12:00-12:20`, by the centre's wall, when the voice is lower.",
    )
    quiet_volume: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Per cent of loudness of the voice in those hours; 0 leaves the chime alone.",
    )
    languages: tuple[Literal["ar", "en"], ...] = Field(
        default=("ar", "en"),
        min_length=1,
        description="The languages of the board: the first one at `/`, any at `/?lang=`.",
    )
    panels: tuple[PanelBusSettings, ...] = Field(
        default=(),
        description="Window panels, one table `[[panels]]` for each bus; see below.",
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

    @field_validator("panels")
    @classmethod
    def _each_bus_has_one_owner(
        cls, value: tuple[PanelBusSettings, ...]
    ) -> tuple[PanelBusSettings, ...]:
        urls = [bus.url for bus in value]
        if len(set(urls)) != len(urls):
            raise ValueError("names a bus twice: one bus has one owner")
        return value

    def quiet(self) -> tuple[tuple[time, time], ...]:
        """Return the quiet hours, each from and until."""
        return tuple(_hours(each) for each in self.quiet_hours)

    @field_validator("quiet_hours")
    @classmethod
    def _quiet_hours_are_hours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            _hours(each)
        return value

    @field_validator("languages")
    @classmethod
    def _languages_differ(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("names a language twice")
        return value


def _hours(text: str) -> tuple[time, time]:
    """Read `12:00-12:20`. Raises ValueError."""
    start, dash, end = text.partition("-")
    try:
        hours = time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    except ValueError:
        hours = None
    if not dash or hours is None or hours[0] == hours[1]:
        raise ValueError(f"write hours as 12:00-12:20, not {text!r}")
    return hours
