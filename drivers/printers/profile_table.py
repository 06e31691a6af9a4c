"""Reads a profile that a technician wrote in an agent's settings; says what is wrong with it."""

import difflib
from dataclasses import fields, replace
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from drivers.printers.escpos_library import PRINTERS
from drivers.printers.profiles import CHUNK_ROWS, PROFILES, WIDTHS_DOTS, Cut, Profile, Raster

_LONGEST_SEQUENCE = 64


def bytes_of_hex(text: object) -> bytes:
    """Read `"1D 65 05"`; raise ValueError with a sentence for anything else, or for what a printer
    would obey at once.
    """
    if not isinstance(text, str):
        raise ValueError('must be bytes in hexadecimal between quotes, such as "1D 65 05"')
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise ValueError(
            f'{text!r} is not bytes in hexadecimal; write them as in "1D 65 05"'
        ) from None
    if len(data) > _LONGEST_SEQUENCE:
        raise ValueError(f"has {len(data)} bytes; a command has {_LONGEST_SEQUENCE} at most")
    if any(real_time in data for real_time in (b"\x10\x04", b"\x10\x05", b"\x10\x14")):
        raise ValueError(
            "holds a real-time command (10 04, 10 05 or 10 14), which is obeyed at once and not in "
            "its turn; leave it out"
        )
    return data


_Bytes = Annotated[bytes, BeforeValidator(bytes_of_hex)]


class ProfileTable(BaseModel):
    """One table `[profiles.NAME]`: what differs from the profile that it is based on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    based_on: str = "clone-576"
    width_dots: int | None = None
    dots_per_inch: int | None = Field(default=None, ge=90, le=600)
    capabilities: str | None = None
    raster: Raster | None = None
    cut: Cut | None = None
    feed_rows: int | None = Field(default=None, ge=0, le=600)
    head_to_knife_mm: float | None = Field(default=None, ge=0, le=100)
    chunk_rows: int | None = Field(default=None, ge=CHUNK_ROWS[0], le=CHUNK_ROWS[1])
    skips_blank: bool | None = None
    before_job: _Bytes | None = None
    after_cut: _Bytes | None = None
    beep: _Bytes | None = None
    echo: bool | None = None
    asb: bool | None = None
    clears_buffer: bool | None = None
    answers: bool | None = None
    native_qr: bool | None = None
    baud: int | None = Field(default=None, ge=1200, le=921_600)

    @field_validator("based_on")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in PROFILES:
            raise ValueError(f"{name!r} is no profile{_near(name, list(PROFILES))}")
        return name

    @field_validator("width_dots")
    @classmethod
    def _is_whole_bytes(cls, width: int | None) -> int | None:
        narrowest, widest = WIDTHS_DOTS
        if width is not None and (width % 8 or not narrowest <= width <= widest):
            raise ValueError(
                f"{width} is not a width of paper: give a multiple of 8 from {narrowest} to "
                f"{widest}, such as 384, 512, 576 or 640"
            )
        return width

    @field_validator("capabilities")
    @classmethod
    def _names_a_width(cls, name: str | None) -> str | None:
        if name is not None and escpos_width_dots(name) is None:
            known = [each for each in PRINTERS if escpos_width_dots(each)]
            raise ValueError(
                f"{name!r} is not a printer whose width python-escpos knows{_near(name, known)}"
            )
        return name


def profile_of(name: str, table: ProfileTable) -> Profile:
    """Return the profile that a table means; raise ValueError with a sentence that says how to mend
    it where the parts don't fit together.
    """
    if name in PROFILES:
        raise ValueError(f"{name!r} is a profile of ours already; give yours another name")
    given: dict[str, Any] = {
        field.name: value
        for field in fields(Profile)
        if (value := getattr(table, field.name, None)) is not None
    }
    profile = replace(PROFILES[table.based_on], **(given | {"name": name}))
    widest = escpos_width_dots(profile.capabilities)
    if widest is not None and profile.width_dots > widest:
        near = [each for each in PRINTERS if (escpos_width_dots(each) or 0) >= profile.width_dots]
        raise ValueError(
            f"width_dots = {profile.width_dots} is more than the {widest} dots of "
            f'capabilities = "{profile.capabilities}"; set one of these: {", ".join(sorted(near))}'
        )
    if not profile.answers and (profile.echo or profile.asb):
        raise ValueError("answers = false goes with echo = false and asb = false")
    if profile.cut == "none" and profile.after_cut:
        raise ValueError('after_cut needs a knife: set cut to "full" or "partial"')
    return profile


def escpos_width_dots(name: str) -> int | None:
    """Return the width that python-escpos knows of a printer; None where it knows none."""
    known = PRINTERS.get(name)
    width = None if known is None else known["media"]["width"].get("pixels")
    return width if isinstance(width, int) else None


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else f"; known are: {', '.join(sorted(known))}"
