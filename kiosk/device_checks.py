"""Looks at devices for `doctor`: opens them, asks printers how they are, prints nothing.

A device has one owner: while the agent runs, its own word is taken and nothing is opened.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from core_services.doctor.model import N_, Finding, Words, broken, skipped, warning, well
from core_services.doctor.server_proof import host_of
from core_services.link.probe import ProbeFailed, ask
from drivers.clock import Clock
from drivers.errors import DeviceError, OpenFailed
from drivers.printers.conversation import Conversation, Identity
from drivers.printers.ipp_client import IppClient
from drivers.printers.ipp_model import status_of_look
from drivers.printers.model import Patience, PrinterStatus, Reason
from drivers.printers.profiles import Profile, with_baud
from drivers.printers.status import BLIND, status_of
from drivers.transports.opening import open_transport

_IPP_REPLY_S: Final = 10.0

REASONS: Final[Mapping[str, tuple[Words, Words]]] = {
    "paper_out": (N_("the paper is out"), N_("Put a new roll or new sheets in.")),
    "cover_open": (N_("the cover is open"), N_("Close the cover until it clicks.")),
    "cutter": (
        N_("the knife is stuck"),
        N_("Switch the printer off, free the knife, switch it on."),
    ),
    "error": (
        N_("it reports an error"),
        N_("Look at its own light and manual; a hot head recovers by itself."),
    ),
    "offline": (
        N_("it is offline"),
        N_("Press its online button; see that nobody holds the feed button."),
    ),
    "no_reply": (
        N_("it takes bytes and answers nothing"),
        N_("Set the right profile; a cable that goes one way, and a hung printer, do the same."),
    ),
    "stalled": (N_("it takes no bytes"), N_("Switch the printer off and on.")),
    "paper_jam": (N_("paper is jammed"), N_("Open the printer and take the paper out.")),
    "toner_out": (N_("the toner is out"), N_("Put a new cartridge in.")),
    "roll_blank": (
        N_("its paper stays white"),
        N_(
            "The roll is in the wrong way round: turn it over, close the cover, answer at the "
            "kiosk."
        ),
    ),
    "no_link": (
        N_("it is not connected"),
        N_("See cable, switch, power and address; another program may hold the connection."),
    ),
}
"""What each reason for *not ready* means, and what to do about it."""


async def agents_word(port: int) -> Mapping[str, Any] | None:
    """Return what the agent of this machine says of itself; None while it does not run."""
    try:
        answer = await ask(f"http://127.0.0.1:{port}", "/healthz")
        word = json.loads(answer.body)
    except (ProbeFailed, ValueError):
        return None
    return word if isinstance(word, dict) else None


def state_findings(
    name: Words | str, state: object, reason: object, *, where: str
) -> list[Finding]:
    """Judge a device by its agent's own word; `where` is its address."""
    if state == "ready":
        return [well(N_("{name} is ready", name=name))]
    if state == "absent":
        return [skipped(N_("{name} is not there by the settings", name=name))]
    return [_not_ready(name, str(reason or "no_link"), where)]


async def receipt_printer_findings(
    name: Words | str, url: str, profile: Profile, width_dots: int | None, clock: Clock
) -> Sequence[Finding]:
    """Open a receipt printer and ask how it is; `width_dots` is what will be printed on it."""
    try:
        status, identity = await _ask_printer(with_baud(url, profile), profile, clock)
    except OpenFailed as error:
        return [unopened(name, url, error.reason)]
    except DeviceError:
        return [_not_ready(name, "no_reply", url)]
    if status.reason is not None:
        return [_not_ready(name, status.reason, url)]
    called = " ".join((identity.maker, identity.model)).strip() if identity else ""
    seen = N_(
        "{name} is ready: {model}, profile {profile}, {dots} dots across",
        name=name,
        model=called or N_("it gives no name"),
        profile=profile.name,
        dots=width_dots or profile.width_dots,
    )
    if status.paper == "near_end":
        return [
            warning(N_("{name}: the paper is near its end", name=name), N_("Lay a new roll ready."))
        ]
    return [well(seen)]


async def page_printer_findings(name: Words | str, url: str, clock: Clock) -> Sequence[Finding]:
    """Ask a printer of pages how it is, by IPP."""
    try:
        async with IppClient(url, clock, reply_s=_IPP_REPLY_S, send_s=_IPP_REPLY_S) as client:
            look = await client.look()
    except OpenFailed as error:
        return [unopened(name, url, error.reason)]
    except DeviceError as error:
        return [
            broken(
                N_("{name} refuses: {why}", name=name, why=str(error)),
                N_("See whether the queue of that name is there and takes jobs."),
                f"ipptool -tv {url} get-printer-attributes.test",
                "lpstat -t",
            )
        ]
    status = status_of_look(look)
    if status.reason is not None:
        return [_not_ready(name, status.reason, url)]
    return [well(N_("{name} is ready: {model}", name=name, model=look.model or url))]


async def opened_findings(name: Words | str, url: str) -> Sequence[Finding]:
    """Open a device that is asked nothing, and close it again."""
    try:
        link = await open_transport(url)
    except OpenFailed as error:
        return [unopened(name, url, error.reason)]
    except DeviceError as error:
        return [unopened(name, url, str(error))]
    await link.close()
    return [well(N_("{name} can be opened at {url}", name=name, url=url))]


async def _ask_printer(
    url: str, profile: Profile, clock: Clock
) -> tuple[PrinterStatus, Identity | None]:
    """Return how the printer is and what it calls itself. Raises DeviceError."""
    link = await open_transport(url)
    try:
        if not profile.answers or not link.carries_replies:
            return status_of(BLIND, knows_cover=False), None
        talk = Conversation(
            link,
            replace(profile, echo=False),
            clock,
            Patience(),
            on_condition=lambda condition: None,
            on_echo=lambda echoed: None,
        )
        listening = asyncio.ensure_future(talk.listen())
        try:
            condition = await talk.ask_condition()
            await talk.introduce()
        finally:
            listening.cancel()
            await asyncio.wait([listening])
        return status_of(condition), talk.identity
    finally:
        await link.close()


def _not_ready(name: Words | str, reason: Reason | str, url: str) -> Finding:
    seen, remedy = REASONS.get(reason, REASONS["error"])
    return broken(N_("{name}: {why}", name=name, why=seen), remedy, *_ways_to(url))


def unopened(name: Words | str, url: str, why: str) -> Finding:
    """Say that a device could not be opened, and why."""
    return broken(
        N_("{name} cannot be opened at {url}: {why}", name=name, url=url, why=why),
        N_("See cable, switch, power and address; another program may hold the connection."),
        *_ways_to(url),
    )


def _ways_to(url: str) -> tuple[str, ...]:
    """Return how a person looks for a device of that kind of address."""
    scheme, _, rest = url.partition("://")
    if scheme in ("tcp", "ipp", "ipps", "http", "https", "rfc2217"):
        return (f"ping -c 3 {host_of(url)}",)
    if scheme == "usb":
        return ("lsusb",)
    path = "/" + rest.lstrip("/").partition("?")[0]
    return ("ls -l /dev/shubbak/", f"fuser -v {path}")
