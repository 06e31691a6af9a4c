"""What becomes of a scan in the citizen's minute: whom it asks, and what it is answered; pure."""

from dataclasses import replace

from core_services.paper.scans import AppointmentShown, SlipShown, what_is
from kiosk.state import Flow
from kiosk.steps import (
    AskWhereItStands,
    Command,
    Effect,
    Issuing,
    Looking,
    Notice,
    ScanFailed,
    Scanned,
    SendIssue,
    Why,
)


def scanned(flow: Flow, event: Scanned, now: float) -> tuple[Flow, tuple[Effect, ...]]:
    """Ask the server about a slip, check an appointment in, or say what the code is.

    Nothing happens while another command is in flight, or while a number waits for its paper.
    """
    if not flow.may_scan:
        return flow, ()
    flow = replace(flow, scanned_at=now, touched_at=now, asking_since=None)
    match what_is(event.text, event.symbology):
        case SlipShown(token):
            if not flow.connected:
                return replace(flow, step=Notice("cannot_look", now)), ()
            step = Looking(event.key, token, now)
            return replace(flow, step=step), (AskWhereItStands(event.key, token),)
        case AppointmentShown(code, token):
            if not flow.connected:
                return replace(flow, step=Notice("cannot_look", now)), ()
            if not flow.may_check_in:  # the centre gives no appointments: the code is none of its
                return replace(flow, step=Notice("foreign", now)), ()
            command = Command(event.key, None, "none", flow.language, code, token)
            return replace(flow, step=Issuing(command, now)), (SendIssue(command),)
        case what:
            return replace(flow, step=Notice(what, now)), ()


def scan_failed(flow: Flow, event: ScanFailed, now: float) -> Flow:
    """Say that no code was read, unless it is the rest of one that was answered just now."""
    is_rest = event.what != "card" and now < flow.scanned_at + flow.patience.scan_rest_s
    if not flow.may_scan or is_rest:
        return flow
    step = Notice(event.what, now)
    return replace(flow, scanned_at=now, touched_at=now, asking_since=None, step=step)


def not_told(problem: str) -> Why:
    """Return what to say when the server does not tell where a number stands."""
    match problem:
        case "unknown-ticket":
            return "no_such_slip"
        case "too-many-codes":
            return "rest"
        case _:
            return "cannot_look"
