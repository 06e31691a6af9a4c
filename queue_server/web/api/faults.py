"""The API of faults: report one from anywhere, list them, take them up and end them."""

from typing import Any, Final
from uuid import UUID

from core_services.devices.errors import UnknownDeviceError
from core_services.devices.model import Device
from core_services.devices.register import find_device
from queue_server.faults.faults import words_of
from queue_server.faults.model import Fault, FaultAct, Place, Report, Step
from queue_server.tickets.errors import UnknownMachine, UnknownStaff
from queue_server.web.api.fault_shapes import (
    FaultList,
    FaultQuery,
    FaultShape,
    OneFault,
    ReportBody,
    ReportedShape,
    SomeWordsBody,
    TakeBody,
    WordsBody,
)
from queue_server.web.faults.pages import takers_of
from queue_server.web.keys import FAULTS, QUEUE
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG: Final = "faults"
_BY_ID = {"fault_id": "$response.body#/id"}
_LINKS = (
    Link("read", "get_fault", _BY_ID, status=201),
    Link("accept", "accept_fault", _BY_ID, status=201),
    Link("mend", "mend_fault", _BY_ID, status=201),
)


@operation(
    "POST",
    "/faults",
    tag=_TAG,
    summary="Report a fault or a hindrance",
    scope="report_faults",
    body=ReportBody,
    answers={201: ReportedShape},
    problems=(404, 409),
    links=_LINKS,
)
async def report_a_fault(request: ApiRequest[ReportBody]) -> Answer:
    """The server attaches by itself what it knows of the machine and of itself at this moment.

    A fault of the same kind and place that is open is joined. One of a window raises that window's
    alarm. With neither a machine nor a window it is the hall's.
    """
    body, faults = request.body, request.app[FAULTS]
    window = None if body.kind == "kiosk" else body.window  # a kiosk is never a window's
    if body.device is not None:
        place = Place((await _device(request, body.device)).id, window)
    else:
        place = Place() if window is None else await faults.place_of_window(window)
    reported = await faults.report(
        Report(
            kind=body.kind,
            place=place,
            stops_work=body.stops_work,
            words=words_of(body.words or ""),
            from_window=body.window,
        ),
        actor=request.caller.actor,
        claim=request.claim,
    )
    shape = _shape(request, reported.fault)
    return Answer(status=201, content=shape | {"joined": reported.is_joined})


@operation(
    "GET",
    "/faults",
    tag=_TAG,
    summary="List faults and hindrances",
    scope="care_for_devices",
    query=FaultQuery,
    answers={200: FaultList},
)
async def list_faults(request: ApiRequest[None], query: FaultQuery) -> Answer:
    """The newest first; with `open` those that nobody has ended, first what nobody took up."""
    faults = request.app[FAULTS]
    if query.open:
        opened = await faults.open()
        ids = [each.id for each in opened]
        begin = ids.index(query.after) + 1 if query.after in ids else 0
        found = opened[begin : begin + query.limit]
        is_last = begin + query.limit >= len(opened)
    else:
        found = await faults.listed(before=query.after, limit=query.limit)
        is_last = len(found) < query.limit
    more = None if is_last else str(found[-1].id)
    return Answer(content={"items": [_shape(request, each) for each in found], "next": more})


@operation(
    "GET",
    "/faults/{fault_id}",
    tag=_TAG,
    summary="Read a fault",
    scope="care_for_devices",
    answers={200: OneFault},
    problems=(404,),
)
async def get_fault(request: ApiRequest[None], fault_id: UUID) -> Answer:
    """How it stands, and every step with what was written and, of reports, the diagnosis."""
    faults = request.app[FAULTS]
    found = await faults.one(fault_id)
    steps = [_step(each) for each in await faults.steps(fault_id)]
    return Answer(content=_shape(request, found) | {"steps": steps})


@operation(
    "POST",
    "/faults/{fault_id}/accept",
    tag=_TAG,
    summary="Take a fault up",
    scope="care_for_devices",
    body=TakeBody,
    answers={200: FaultShape},
    problems=(404, 409),
    links=(Link("mend", "mend_fault", _BY_ID),),
)
async def accept_fault(request: ApiRequest[TakeBody], fault_id: UUID) -> Answer:
    """Say who takes it up. Of several who say so the first stays; with `by` it is handed over."""
    by = request.body.by
    if by is not None and by not in await takers_of(request.app[FAULTS]):
        raise UnknownStaff(str(by))
    return await _act(request, fault_id, "accept", by=by)


@operation(
    "POST",
    "/faults/{fault_id}/note",
    tag=_TAG,
    summary="Write a note on a fault",
    scope="care_for_devices",
    body=WordsBody,
    answers={200: FaultShape},
    problems=(404, 409),
)
async def note_fault(request: ApiRequest[WordsBody], fault_id: UUID) -> Answer:
    """What was seen or tried, at any time."""
    return await _act(request, fault_id, "note", words=request.body.words)


@operation(
    "POST",
    "/faults/{fault_id}/mend",
    tag=_TAG,
    summary="Say that a fault is mended",
    scope="care_for_devices",
    body=WordsBody,
    answers={200: FaultShape},
    problems=(404, 409),
)
async def mend_fault(request: ApiRequest[WordsBody], fault_id: UUID) -> Answer:
    """With what was done; its window's alarm is closed. A mended one stays as it is."""
    return await _act(request, fault_id, "mend", words=request.body.words)


@operation(
    "POST",
    "/faults/{fault_id}/dismiss",
    tag=_TAG,
    summary="Say that it is no fault",
    scope="care_for_devices",
    body=SomeWordsBody,
    answers={200: FaultShape},
    problems=(404, 409),
)
async def dismiss_fault(request: ApiRequest[SomeWordsBody], fault_id: UUID) -> Answer:
    """It counts in no downtime; its window's alarm is closed as a false one."""
    return await _act(request, fault_id, "dismiss", words=request.body.words or "")


@operation(
    "POST",
    "/faults/{fault_id}/reopen",
    tag=_TAG,
    summary="Open a fault again",
    scope="care_for_devices",
    body=SomeWordsBody,
    answers={200: FaultShape},
    problems=(404, 409),
)
async def reopen_fault(request: ApiRequest[SomeWordsBody], fault_id: UUID) -> Answer:
    """It was not mended after all. While the same one is reported anew: 409, go on there."""
    return await _act(request, fault_id, "reopen", words=request.body.words or "")


async def _act(
    request: ApiRequest[Any],
    fault_id: UUID,
    act: FaultAct,
    *,
    words: str = "",
    by: UUID | None = None,
) -> Answer:
    fault = await request.app[FAULTS].act(
        fault_id,
        act,
        words=words_of(words),
        by=by,
        hands_over=by is not None,
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(content=_shape(request, fault))


async def _device(request: ApiRequest[Any], name: str) -> Device:
    """Return the machine in use of that name. Raises UnknownMachine."""
    queue = request.app[QUEUE]
    try:
        return await find_device(queue.pool, centre_id=queue.centre.id, name=name)
    except UnknownDeviceError:
        raise UnknownMachine(name) from None


def _shape(request: ApiRequest[Any], fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "kind": fault.kind,
        "device": None if fault.machine is None else fault.machine.name,
        "window": fault.window,
        "windows": [
            {
                "window": each.number,
                "reported_at": each.reported_at,
                "alarm": each.alarm_id,
                "left_at": each.left_at,
                "left_why": each.left_why,
            }
            for each in fault.windows
        ],
        "stops_work": fault.stops_work,
        "state": fault.state,
        "reports": fault.reports,
        "reported_at": fault.reported_at,
        "reported_by": fault.reported_by,
        "accepted_at": fault.accepted_at,
        "accepted_by": fault.accepted_by,
        "mended_at": fault.mended_at,
        "dismissed_at": fault.dismissed_at,
        "ended_by": fault.ended_by,
        "open_s": fault.open_s(request.app[QUEUE].clock.now()),
        "until_accepted_s": fault.until_accepted_s,
        "until_mended_s": fault.until_mended_s,
        "alarm": fault.alarm_id,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "at": step.at,
        "event": step.event,
        "by": step.by,
        "words": step.words,
        "detail": dict(step.detail),
        "window": step.from_window,
        "screen": step.screen,
        "diagnosis": None if step.diagnosis is None else dict(step.diagnosis),
    }
