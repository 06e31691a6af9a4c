"""The API of windows' alarms: an emergency, a call for the supervisor, a fault; to their end."""

from typing import Any
from uuid import UUID

from queue_server.alarms.model import Episode
from queue_server.tickets import windows
from queue_server.tickets.errors import UnknownWindow
from queue_server.tickets.window_alarms import AlarmKind, WindowAlarm
from queue_server.web.api.days import within_calendar
from queue_server.web.api.desk_shapes import (
    AlarmEndBody,
    AlarmList,
    AlarmShape,
    EmergencyBody,
    EpisodeList,
    EpisodeQuery,
    EpisodeShape,
    FaultBody,
    NothingBody,
)
from queue_server.web.api.shapes import WindowNumber
from queue_server.web.callers import Caller
from queue_server.web.keys import ALARM_BOOK, FAULTS, QUEUE
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG = "alarms"
_BY_ID = {"alarm_id": "$response.body#/id"}
_LINKS = (Link("accept", "accept_alarm", _BY_ID), Link("close", "close_alarm", _BY_ID))


def may_everywhere(caller: Caller) -> bool:
    """Say whether somebody answers for every window, be it a supervisor or a program."""
    return caller.may("act_any_window") or caller.may("close_any_window")


def _content(alarm: WindowAlarm) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "kind": alarm.kind,
        "window": alarm.window,
        "category": alarm.category,
        "silent": alarm.is_silent,
        "raised_at": alarm.raised_at,
        "raised_by": alarm.raised_by,
        "accepted_at": alarm.accepted_at,
        "accepted_by": alarm.accepted_by,
        "closed_at": alarm.closed_at,
        "closed_why": alarm.closed_why,
    }


async def _raise(
    request: ApiRequest[Any],
    number: int,
    kind: AlarmKind,
    *,
    is_silent: bool = False,
) -> Answer:
    alarm = await windows.raise_alarm(
        request.app[QUEUE],
        number,
        kind,
        actor=request.caller.actor,
        is_silent=is_silent,
        any_window=may_everywhere(request.caller),
        claim=request.claim,
    )
    return Answer(content=_content(alarm))


@operation(
    "POST",
    "/windows/{number}/emergency",
    tag=_TAG,
    summary="Raise an emergency",
    scope="act_own_window",
    body=EmergencyBody,
    answers={200: AlarmShape},
    problems=(404, 409),
    links=_LINKS,
)
async def raise_emergency(request: ApiRequest[EmergencyBody], number: WindowNumber) -> Answer:
    """Tell the supervisor silently, or every desk of the hall.

    An emergency that stands already is answered as it is; a silent one may be raised again aloud.
    """
    return await _raise(request, number, "emergency", is_silent=request.body.silent)


@operation(
    "POST",
    "/windows/{number}/call-supervisor",
    tag=_TAG,
    summary="Ask for the supervisor",
    scope="act_own_window",
    body=NothingBody,
    answers={200: AlarmShape},
    problems=(404, 409),
    links=_LINKS,
)
async def call_supervisor(request: ApiRequest[NothingBody], number: WindowNumber) -> Answer:
    """Ask the supervisor to come; once is enough until that call is closed."""
    return await _raise(request, number, "supervisor")


@operation(
    "POST",
    "/windows/{number}/report-fault",
    tag=_TAG,
    summary="Report a fault",
    scope="act_own_window",
    body=FaultBody,
    answers={200: AlarmShape},
    problems=(404, 409),
    links=_LINKS,
)
async def report_fault(request: ApiRequest[FaultBody], number: WindowNumber) -> Answer:
    """Say what does not work at a window; while it stands the window is never counted idle.

    It is a fault as well: `GET /faults` lists it with its diagnosis and its clock.
    """
    reported = await request.app[FAULTS].report_of_desk(
        number,
        request.body.category,
        actor=request.caller.actor,
        any_window=may_everywhere(request.caller),
        claim=request.claim,
    )
    if reported.alarm is None:
        raise UnknownWindow(number)
    return Answer(content=_content(reported.alarm))


@operation(
    "GET",
    "/alarms",
    tag=_TAG,
    summary="List open alarms",
    scope="act_own_window",
    answers={200: AlarmList},
)
async def list_alarms(request: ApiRequest[None]) -> Answer:
    """What nobody has closed, the oldest first.

    A clerk is told of those of the own window, and of the emergencies that all desks are told of.
    """
    caller, queue = request.caller, request.app[QUEUE]
    alarms = await windows.open_alarms(queue)
    if not may_everywhere(caller):
        hall = await queue.hall()
        own = {each.number for each in hall.windows if each.opened_by == caller.actor}
        alarms = tuple(
            each
            for each in alarms
            if each.window in own or (each.kind == "emergency" and not each.is_silent)
        )
    return Answer(content={"items": [_content(each) for each in alarms], "next": None})


@operation(
    "POST",
    "/alarms/{alarm_id}/accept",
    tag=_TAG,
    summary="Go there",
    scope="act_own_window",
    body=NothingBody,
    answers={200: AlarmShape},
    problems=(404, 409),
    links=(Link("close", "close_alarm", _BY_ID),),
)
async def accept_alarm(request: ApiRequest[NothingBody], alarm_id: UUID) -> Answer:
    """Say that you are coming; the first who said so stays. A clerk may answer an emergency that
    all desks are told of.
    """
    alarm = await windows.accept_alarm(
        request.app[QUEUE],
        alarm_id,
        actor=request.caller.actor,
        any_window=may_everywhere(request.caller),
        claim=request.claim,
    )
    return Answer(content=_content(alarm))


@operation(
    "POST",
    "/alarms/{alarm_id}/close",
    tag=_TAG,
    summary="Close an alarm",
    scope="act_own_window",
    body=AlarmEndBody,
    answers={200: AlarmShape},
    problems=(404, 409),
)
async def close_alarm(request: ApiRequest[AlarmEndBody], alarm_id: UUID) -> Answer:
    """Say how it ended; one that is closed stays as it is. A clerk closes those raised by them and
    those of the own window.
    """
    alarm = await windows.close_alarm(
        request.app[QUEUE],
        alarm_id,
        why=request.body.why,
        actor=request.caller.actor,
        any_window=may_everywhere(request.caller),
        claim=request.claim,
    )
    return Answer(content=_content(alarm))


@operation(
    "GET",
    "/alarms/episodes",
    tag=_TAG,
    summary="List what was wrong in the hall",
    scope="close_any_window",
    query=EpisodeQuery,
    answers={200: EpisodeList},
)
async def list_episodes(request: ApiRequest[None], query: EpisodeQuery) -> Answer:
    """Each time that something was wrong on a business day, by default today, the newest first;
    with `open` what is wrong now, the oldest first.

    The server looks every two seconds, whether or not a page is open. `level` counts steps; an
    alarm that rises in it asks for a person again.
    """
    book, queue = request.app[ALARM_BOOK], request.app[QUEUE]
    more = None
    if query.open:
        found = await book.open()
    else:
        day = within_calendar(query.day or queue.today()[0])
        found = await book.of_day(day, before=query.after, limit=query.limit)
        more = str(found[-1].id) if len(found) == query.limit else None
    at = queue.clock.now()
    items = [_episode(each, each.seconds(at)) for each in found]
    return Answer(content={"items": items, "next": more})


@operation(
    "POST",
    "/alarms/episodes/{episode_id}/acknowledge",
    tag=_TAG,
    summary="Say that an alarm was seen",
    scope="close_any_window",
    answers={200: EpisodeShape},
    problems=(404, 409),
)
async def acknowledge_episode(request: ApiRequest[None], episode_id: UUID) -> Answer:
    """It stands apart until it is over or grows worse; one that was seen stays as it is."""
    found = await request.app[ALARM_BOOK].acknowledge(
        episode_id, actor=request.caller.actor, claim=request.claim
    )
    return Answer(content=_episode(found, found.seconds(request.app[QUEUE].clock.now())))


def _episode(episode: Episode, seconds: int) -> dict[str, Any]:
    return {
        "id": episode.id,
        "kind": episode.kind,
        "subject": episode.subject,
        "grave": episode.is_grave,
        "level": episode.level,
        "facts": dict(episode.facts),
        "raised_at": episode.raised_at,
        "worse_at": episode.worse_at,
        "acknowledged_at": episode.acknowledged_at,
        "acknowledged_by": episode.acknowledged_by,
        "cleared_at": episode.cleared_at,
        "seconds": seconds,
    }
