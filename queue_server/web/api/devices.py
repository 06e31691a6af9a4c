"""The API of the fleet: list the machines, read one, have one do what is for its own care."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from core_services.devices.errands import WORDS_LENGTH, Errand
from core_services.devices.errors import UnknownDeviceError
from core_services.devices.model import (
    CoverState,
    Device,
    DeviceKind,
    DeviceState,
    ErrandKind,
    PaperState,
    PrinterState,
)
from core_services.devices.register import find_device, list_devices
from core_services.ids import new_id
from queue_server.errands import Errands
from queue_server.tickets.errors import CannotBeTold, UnknownMachine
from queue_server.web.keys import ERRANDS, QUEUE
from queue_server.web.operations import (
    Answer,
    ApiModel,
    ApiRequest,
    Link,
    PlainText,
    operation,
)
from queue_server.web.supervisor.devices import is_up

_TAG = "machines"
_BY_NAME = {"name": "$request.path.name"}
ERRANDS_LISTED: Final = 20

DeviceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
_Words = Annotated[PlainText, StringConstraints(max_length=WORDS_LENGTH)]


class OutOfServiceShape(ApiModel):
    """A kiosk gives no numbers."""

    since: datetime
    text_ar: str
    text_en: str


class AttachedShape(ApiModel):
    """Something that hangs on a machine, by its last word."""

    name: str
    kind: str
    state: PrinterState
    reason: str | None
    paper: PaperState | None
    cover: CoverState | None


class DeviceShape(ApiModel):
    """A machine and its last word."""

    name: str
    kind: DeviceKind
    up: bool = Field(description="A server holds its socket and heard it within 9 s.")
    seen_at: datetime | None = Field(description="Null: it has never connected.")
    version: str | None
    printer: PrinterState | None
    paper: PaperState | None
    cover: CoverState | None
    jobs: dict[str, int] = Field(description="Slips of today by state, as the machine counts.")
    paper_left_m: float | None
    attached: list[AttachedShape]
    out_of_service: OutOfServiceShape | None


class CommandShape(ApiModel):
    """Something that a machine was told to do for its own care."""

    id: UUID
    kind: ErrandKind
    ordered_at: datetime
    ordered_by: UUID | None
    delivered_at: datetime | None = Field(description="When it was sent last; null: not yet.")
    done_at: datetime | None
    outcome: str | None = Field(
        description="`done`, `failed`, `unknown`, or `withdrawn`: it was too late, or another took "
        "its place."
    )
    reason: str | None
    text_ar: str | None
    text_en: str | None
    until: datetime | None


class DeviceList(ApiModel):
    items: list[DeviceShape]
    next: str | None = None


class OneDevice(DeviceShape):
    """A machine with its latest commands."""

    commands: list[CommandShape]


class CommandBody(ApiModel):
    """What a machine is to do."""

    kind: Literal[
        "trial", "restart", "picture", "out_of_service", "into_service", "notice", "end_notice"
    ]
    text_ar: _Words | None = Field(
        default=None, description="Of `out_of_service` and `notice`: what stands on the glass."
    )
    text_en: _Words | None = None
    until: AwareDatetime | None = Field(
        default=None, description="Of `notice`, which needs it: within seven days."
    )


@operation(
    "GET",
    "/devices",
    tag=_TAG,
    summary="List the machines",
    scope="see_hall",
    answers={200: DeviceList},
)
async def list_machines(request: ApiRequest[None]) -> Answer:
    """Every machine in use, by kind and name, with what it said last."""
    queue = request.app[QUEUE]
    at = queue.clock.now()
    states = await list_devices(queue.pool, centre_id=queue.centre.id, at=at)
    return Answer(content={"items": [_shape(each, at) for each in states], "next": None})


@operation(
    "GET",
    "/devices/{name}",
    tag=_TAG,
    summary="Read a machine",
    scope="see_hall",
    answers={200: OneDevice},
    problems=(404,),
)
async def get_machine(request: ApiRequest[None], name: DeviceName) -> Answer:
    """How it stands, and what it was told of late, the latest first."""
    device = await _device(request, name)
    queue, errands = request.app[QUEUE], request.app[ERRANDS]
    at = queue.clock.now()
    states = await list_devices(queue.pool, centre_id=queue.centre.id, at=at)
    state = next((each for each in states if each.device.id == device.id), None)
    if state is None:
        raise UnknownMachine(name)
    commands = await errands.of_device(device.id, limit=ERRANDS_LISTED)
    return Answer(content=_shape(state, at) | {"commands": [_command(each) for each in commands]})


@operation(
    "POST",
    "/devices/{name}/commands",
    tag=_TAG,
    summary="Tell a machine to do something",
    scope="care_for_devices",
    body=CommandBody,
    answers={201: CommandShape},
    problems=(404, 409),
    links=(Link("machine", "get_machine", _BY_NAME, status=201),),
)
async def tell_machine(request: ApiRequest[CommandBody], name: DeviceName) -> Answer:
    """It is told as soon as a server holds its socket, until it answers.

    `trial`: print a trial slip. `restart`: end its program, which is brought back. `picture`: tell
    what its glass looks like. Those are given up after a quarter of an hour. `out_of_service`: a
    kiosk gives no numbers and shows these words until `into_service`, also after restarts.
    `notice`: a line on its glass until then, or `end_notice`.

    What cannot be told is refused with 409 and, in `state`, why: `not-its-errand` (a machine of its
    kind does not do it), `lacks-text`, `bad-end`, or `stands-so` already.
    """
    device = await _device(request, name)
    errands = request.app[ERRANDS]
    given = await _tell(request, errands, device)
    errand = None if given is None else await errands.find(given)
    if errand is None:
        raise CannotBeTold(state="stands-so")
    return Answer(status=201, content=_command(errand))


async def _tell(request: ApiRequest[CommandBody], errands: Errands, device: Device) -> UUID | None:
    """Return the errand that was given; None when the machine stands so already."""
    body, actor, claim = request.body, request.caller.actor, request.claim
    errand_id = new_id(request.app[QUEUE].clock.now())
    text_ar, text_en = body.text_ar or "", body.text_en or ""
    match body.kind:
        case "out_of_service":
            return await errands.put_out_of_service(
                errand_id, device, text_ar=text_ar, text_en=text_en, actor=actor, claim=claim
            )
        case "into_service":
            return await errands.put_into_service(errand_id, device, actor=actor, claim=claim)
        case "notice":
            return await errands.show_notice(
                errand_id,
                device,
                text_ar=text_ar,
                text_en=text_en,
                until=body.until or request.app[QUEUE].clock.now(),
                actor=actor,
                claim=claim,
            )
        case "end_notice":
            return await errands.end_notice(errand_id, device, actor=actor, claim=claim)
        case "trial" | "restart" | "picture" as kind:
            return await errands.order(errand_id, device, kind, actor=actor, claim=claim)


async def _device(request: ApiRequest[Any], name: str) -> Device:
    """Return the machine in use of that name. Raises UnknownMachine."""
    queue = request.app[QUEUE]
    try:
        return await find_device(queue.pool, centre_id=queue.centre.id, name=name)
    except UnknownDeviceError:
        raise UnknownMachine(name) from None


def _shape(state: DeviceState, at: datetime) -> dict[str, Any]:
    device, presence = state.device, state.presence
    beat = None if presence is None else presence.beat
    roll = None if beat is None else beat.roll
    attached = () if beat is None else beat.attached or ()
    out = device.out_of_service
    return {
        "name": device.name,
        "kind": device.kind,
        "up": is_up(state, at=at),
        "seen_at": None if presence is None else presence.seen_at,
        "version": None if beat is None else beat.version,
        "printer": None if beat is None else beat.printer,
        "paper": None if beat is None else beat.paper,
        "cover": None if beat is None else beat.cover,
        "jobs": {} if beat is None else dict(beat.jobs or {}),
        "paper_left_m": None if roll is None else roll.get("left_m"),
        "attached": [
            {
                "name": each.name,
                "kind": each.kind,
                "state": each.state,
                "reason": each.reason,
                "paper": each.paper,
                "cover": each.cover,
            }
            for each in attached
        ],
        "out_of_service": None
        if out is None
        else {"since": out.since, "text_ar": out.text_ar, "text_en": out.text_en},
    }


def _command(errand: Errand) -> dict[str, Any]:
    payload = errand.payload
    return {
        "id": errand.id,
        "kind": errand.kind,
        "ordered_at": errand.ordered_at,
        "ordered_by": errand.ordered_by,
        "delivered_at": errand.delivered_at,
        "done_at": errand.done_at,
        "outcome": errand.outcome,
        "reason": errand.reason,
        "text_ar": payload.get("text_ar"),
        "text_en": payload.get("text_en"),
        "until": payload.get("until"),
    }
