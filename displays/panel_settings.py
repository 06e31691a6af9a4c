"""What `[[panels]]` in `display.toml` says: one bus of window panels, and how to speak to it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from displays.panel_pictures import HEIGHT
from drivers.errors import DeviceError
from drivers.panels.alpha import AlphaPanels
from drivers.panels.modbus import ModbusPanels
from drivers.panels.model import PanelProtocol
from drivers.panels.template import TemplatePanels, read_template
from drivers.transports.opening import check_url


class PanelBusSettings(BaseModel):
    """One bus: a serial line, or a converter on the network, with one kind of panels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """The bus's address, such as `tcp://192.168.1.60:4001`."""
    protocol: Literal["alpha", "modbus", "template"] = "modbus"
    windows: dict[int, int] = Field(min_length=1)
    """The address of the panel of each window."""
    baud: int = Field(default=9600, ge=300, le=115_200)
    """The speed of the line behind the link: it paces the frames."""
    width: int = Field(default=4, ge=2, le=24)
    """Digits, or characters, of a panel."""
    picture_width: int | None = Field(default=None, ge=8, le=255)
    """Alpha only: dots across a panel; numbers are then drawn in Arabic."""
    beeps: bool = False
    """Alpha only: the panel beeps with each call."""
    style: Literal["bars", "number"] = "bars"
    """Modbus only: how a number is written."""
    template: str | None = None
    """Template only: the line that a panel reads."""
    open: str = Field(default="0", max_length=24)
    """What an open window shows that has no number."""
    paused: str = Field(default="--", max_length=24)
    closed: str = Field(default="---", max_length=24)

    @field_validator("url")
    @classmethod
    def _url_can_be_opened(cls, value: str) -> str:
        try:
            check_url(value)
        except DeviceError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("windows")
    @classmethod
    def _windows_have_panels_of_their_own(cls, value: dict[int, int]) -> dict[int, int]:
        if strange := [window for window in value if not 1 <= window <= 99]:
            raise ValueError(f"a window is 1 to 99, not {strange[0]}")
        if len(set(value.values())) != len(value):
            raise ValueError("gives two windows the same panel")
        return value

    @field_validator("open", "paused", "closed")
    @classmethod
    def _words_are_ascii(cls, value: str) -> str:
        if not all(" " <= each <= "~" for each in value):
            raise ValueError("must be printable ASCII: panels have no other font")
        return value

    @model_validator(mode="after")
    def _addresses_suit_the_protocol(self) -> "PanelBusSettings":
        try:
            protocol = self.make_protocol()
        except DeviceError as error:
            raise ValueError(str(error)) from error
        for address in self.windows.values():
            protocol.check(address)
        return self

    def make_protocol(self) -> PanelProtocol:
        """Return the codec of these panels. Raises TemplateMistake, ValueError."""
        match self.protocol:
            case "alpha":
                size = None if self.picture_width is None else (HEIGHT, self.picture_width)
                return AlphaPanels(width=self.width, picture_size=size, beeps=self.beeps)
            case "modbus":
                return ModbusPanels(digits=self.width, style=self.style)
            case "template":
                if self.template is None:
                    raise ValueError(r"needs a template, such as '\x02{addr:02d}{number:>4}\x03'")
                return TemplatePanels(read_template(self.template))
