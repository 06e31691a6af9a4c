"""The XML of eSCL: what a scanner can do, how it is, what is asked of it; pure.

eSCL Technical Specification 2.97 (Mopria): ScannerCapabilities, ScannerStatus, ScanSettings.
Names are matched without their namespaces, since makers differ in these.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

Source = Literal["Platen", "Feeder"]
Colour = Literal["RGB24", "Grayscale8", "BlackAndWhite1"]
AdfState = Literal["loaded", "empty", "jam", "open", "busy", "unknown"]

_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm" \
xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03">
<pwg:Version>{version}</pwg:Version>
<pwg:ScanRegions><pwg:ScanRegion>
<pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>
<pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>
<pwg:Width>{width}</pwg:Width><pwg:Height>{height}</pwg:Height>
</pwg:ScanRegion></pwg:ScanRegions>
<pwg:InputSource>{settings.source}</pwg:InputSource>
<scan:ColorMode>{settings.colour}</scan:ColorMode>
<pwg:DocumentFormat>{settings.media_type}</pwg:DocumentFormat>
<scan:DocumentFormatExt>{settings.media_type}</scan:DocumentFormatExt>
<scan:XResolution>{settings.dpi}</scan:XResolution>
<scan:YResolution>{settings.dpi}</scan:YResolution>
{duplex}
</scan:ScanSettings>
"""
UNITS_PER_INCH = 300
"""Regions and sizes are told in three hundredths of an inch."""

_ADF_STATES: dict[str, AdfState] = {
    "ScannerAdfLoaded": "loaded",
    "ScannerAdfEmpty": "empty",
    "ScannerAdfJam": "jam",
    "ScannerAdfMispick": "jam",
    "ScannerAdfMultipickDetected": "jam",
    "ScannerAdfHatchOpen": "open",
    "ScannerAdfDoorOpen": "open",
    "ScannerAdfProcessing": "busy",
}


class NotEscl(ValueError):
    """A document is not the one that was asked for."""


@dataclass(frozen=True, slots=True)
class SourceCaps:
    """What one source of a scanner can do."""

    max_width: int
    max_height: int
    """In three hundredths of an inch."""
    resolutions: tuple[int, ...]
    colours: tuple[str, ...]
    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a scanner can do."""

    version: str
    model: str
    platen: SourceCaps | None
    feeder: SourceCaps | None
    duplex: SourceCaps | None

    def of(self, source: Source, *, duplex: bool) -> SourceCaps | None:
        """Return what a source can do, None where the scanner has no such source."""
        if source == "Platen":
            return self.platen
        return self.duplex if duplex else self.feeder


@dataclass(frozen=True, slots=True)
class JobInfo:
    """What a scanner tells of one of its jobs."""

    uri: str
    state: str
    images_completed: int | None


@dataclass(frozen=True, slots=True)
class ScannerStatus:
    """How a scanner is now."""

    state: Literal["idle", "busy", "stopped", "unknown"]
    adf: AdfState
    jobs: tuple[JobInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What is asked of a scanner."""

    source: Source = "Feeder"
    dpi: int = 300
    colour: Colour = "RGB24"
    media_type: Literal["image/jpeg", "application/pdf"] = "image/jpeg"
    duplex: bool = False


def read_capabilities(document: bytes) -> Capabilities:
    """Read ScannerCapabilities. Raises NotEscl."""
    root = _root(document, "ScannerCapabilities")
    adf = _child(root, "Adf")
    return Capabilities(
        version=_text(root, "Version"),
        model=_text(root, "MakeAndModel"),
        platen=_source(_child(_child(root, "Platen"), "PlatenInputCaps")),
        feeder=_source(_child(adf, "AdfSimplexInputCaps")),
        duplex=_source(_child(adf, "AdfDuplexInputCaps")),
    )


def read_status(document: bytes) -> ScannerStatus:
    """Read ScannerStatus. Raises NotEscl."""
    root = _root(document, "ScannerStatus")
    states: dict[str, Literal["idle", "busy", "stopped"]] = {
        "Idle": "idle",
        "Processing": "busy",
        "Testing": "busy",
        "Stopped": "stopped",
        "Down": "stopped",
    }
    return ScannerStatus(
        state=states.get(_text(root, "State"), "unknown"),
        adf=_ADF_STATES.get(_text(root, "AdfState"), "unknown"),
        jobs=tuple(
            JobInfo(_text(job, "JobUri"), _text(job, "JobState"), _number(job, "ImagesCompleted"))
            for job in _children(_child(root, "Jobs"), "JobInfo")
        ),
    )


def write_settings(settings: ScanSettings, caps: SourceCaps, version: str) -> bytes:
    """Return the ScanSettings that ask for whole pages of a source.

    Raises ValueError, with a sentence, for what the source cannot do.
    """
    if settings.dpi not in caps.resolutions:
        known = ", ".join(str(each) for each in caps.resolutions)
        raise ValueError(f"it cannot scan at {settings.dpi} dpi; it can at {known}")
    if caps.colours and settings.colour not in caps.colours:
        raise ValueError(
            f"it cannot scan in {settings.colour}; it can in {', '.join(caps.colours)}"
        )
    if caps.media_types and settings.media_type not in caps.media_types:
        raise ValueError(f"it cannot give {settings.media_type}")
    duplex = ""
    if settings.source == "Feeder":
        duplex = f"<scan:Duplex>{'true' if settings.duplex else 'false'}</scan:Duplex>"
    return _SETTINGS.format(
        version=escape(version or "2.0"),
        width=caps.max_width,
        height=caps.max_height,
        settings=settings,
        duplex=duplex,
    ).encode("ascii", "xmlcharrefreplace")


def _source(element: ElementTree.Element | None) -> SourceCaps | None:
    if element is None:
        return None
    resolutions = {
        int(each.text or "0")
        for each in element.iter()
        if _name(each) == "XResolution" and (each.text or "").strip().isdecimal()
    }
    for span in element.iter():
        if _name(span) == "XResolutionRange":
            low, high = _number(span, "Min") or 0, _number(span, "Max") or 0
            resolutions |= {dpi for dpi in (75, 100, 150, 200, 300, 400, 600) if low <= dpi <= high}
    return SourceCaps(
        max_width=_number(element, "MaxWidth") or 0,
        max_height=_number(element, "MaxHeight") or 0,
        resolutions=tuple(sorted(resolutions)),
        colours=_texts(element, "ColorMode"),
        media_types=_texts(element, "DocumentFormat", "DocumentFormatExt"),
    )


def _root(document: bytes, name: str) -> ElementTree.Element:
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise NotEscl("a scanner's XML has no document type")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise NotEscl(f"not XML: {error}") from error
    if _name(root) != name:
        raise NotEscl(f"not {name} but {_name(root)}")
    return root


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: ElementTree.Element | None, name: str) -> Iterator[ElementTree.Element]:
    for child in () if element is None else element:
        if _name(child) == name:
            yield child


def _child(element: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    return next(_children(element, name), None)


def _text(element: ElementTree.Element, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else (child.text or "").strip()


def _number(element: ElementTree.Element, name: str) -> int | None:
    text = _text(element, name)
    return int(text) if text.isdecimal() else None


def _texts(element: ElementTree.Element, *names: str) -> tuple[str, ...]:
    found = [(each.text or "").strip() for each in element.iter() if _name(each) in names]
    return tuple(dict.fromkeys(each for each in found if each))
