"""Says a workstation's devices in words, for whoever stands at its machine."""

from dataclasses import dataclass
from functools import partial

from core_services.l10n import Language, Messages, digits
from core_services.link.status_frames import AttachedDevice
from kiosk.fault_words import fault_words
from kiosk.station.workstation import Workstation


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device on the page."""

    name: str
    kind: str
    state: str
    tone: str
    """`good`, `warn` or `alarm`."""
    advice: str
    is_tried_here: bool
    """A trial of it can be started on the page."""
    reason: str | None
    """The driver's own word, for whoever is called to help."""


@dataclass(frozen=True, slots=True)
class StationView:
    """The page at one moment."""

    name: str
    is_connected: bool
    fault: str | None
    """Why the server is not believed; None while it is, and while it is only away."""
    devices: tuple[DeviceLine, ...]
    scan: str | None
    """What the last scan was; None where there was none."""
    dropped: str | None
    """How many messages came in and were deleted unread; None where there was none."""
    is_training: bool = False
    """The server is one to learn on."""


def station_view(
    station: Workstation, name: str, messages: Messages, language: Language
) -> StationView:
    """Return what the page shows in that language."""
    _ = partial(messages.gettext, language)
    scans = {
        "ticket": _("The last scan was a queue number; it stands on the desk."),
        "appointment": _("The last scan was an appointment; it stands on the desk."),
        "unknown": _("The last scan was no code of the centre."),
        "closed": _("The last scan was not shown: the window is closed."),
        "unreadable": _("The last code could not be read. Hold it before the scanner again."),
        "cut_off": _("The last scan was not told: the server was not reached. Scan again."),
    }
    return StationView(
        name=name,
        is_connected=station.connected,
        fault=fault_words(station.fault, messages, language),
        devices=tuple(_line(each, messages, language) for each in station.devices()),
        scan=None if station.last_scan is None else scans.get(station.last_scan),
        dropped=_dropped(station.dropped_incoming, messages, language),
        is_training=station.place.centre.training,
    )


def _dropped(count: int, messages: Messages, language: Language) -> str | None:
    if count == 0:
        return None
    said = messages.gettext(language, "Messages that came in and were deleted unread: {n}")
    return said.format(n=digits(str(count), language))


def _line(device: AttachedDevice, messages: Messages, language: Language) -> DeviceLine:
    _ = partial(messages.gettext, language)
    kinds = {
        "receipt_printer": _("Receipt printer"),
        "page_printer": _("A4 printer"),
        "scanner": _("Scanner"),
        "document_scanner": _("Document scanner"),
        "modem": _("Modem"),
    }
    advices = {
        "paper_jam": _("Take the jammed paper out by the cover, without tearing it."),
        "toner_out": _("Change its toner cartridge."),
        "stopped": _("Look at its own display."),
        "no_sim": _("Look at the SIM card: it is out, upside down, or dirty."),
        "sim_error": _("Look at the SIM card: it is out, upside down, or dirty."),
        "pin_missing": _("The SIM asks for its PIN. Tell whoever looks after the machines."),
        "pin_refused": _("The SIM refused its PIN. Tell whoever looks after the machines."),
        "puk": _("The SIM is blocked. Tell whoever looks after the machines."),
        "searching": _("It finds no network. Move its aerial to a window."),
        "denied": _("The network does not take the SIM. Ask the operator."),
        "garbage": _("It sends what is no code. Check its cable and its settings."),
    }
    state, tone, advice = _("ready"), "good", ""
    if device.state == "absent":
        state, tone = _("absent"), "alarm"
        advice = _("Tell whoever looks after the machines.")
    elif device.paper == "out":
        state, tone = _("out of paper"), "alarm"
        advice = _("Put paper in and close the cover.")
    elif device.cover == "open":
        state, tone, advice = _("the cover is open"), "alarm", _("Press the cover until it clicks.")
    elif device.state == "not_ready" and device.reason in advices:
        state, tone, advice = _("not ready"), "alarm", advices[device.reason]
    elif device.state == "not_ready":
        state, tone, advice = _("does not answer"), "alarm", _("Check its power and its cable.")
    elif device.paper == "near_end":
        state, tone, advice = _("soon out of paper"), "warn", _("Have new paper ready.")
    is_tried_here = device.kind == "document_scanner" and device.state == "ready"
    return DeviceLine(
        device.name, kinds[device.kind], state, tone, advice, is_tried_here, device.reason
    )
