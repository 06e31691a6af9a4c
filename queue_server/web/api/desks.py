"""The API of who has a window and what it serves: hand-over, assignment, work profile."""

from typing import Any

from queue_server.tickets import windows
from queue_server.tickets.model import Window
from queue_server.web.api.answers import window_answer
from queue_server.web.api.desk_shapes import (
    AssignBody,
    NothingBody,
    ProfileBody,
    ProfileList,
)
from queue_server.web.api.shapes import WindowNumber, WindowShape
from queue_server.web.keys import PUBLIC_URL, QUEUE
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG = "windows"
_NUMBER = {"number": "$response.body#/number"}


def _answer(request: ApiRequest[Any], window: Window) -> Answer:
    return Answer(content=window_answer(window, public_url=request.app[PUBLIC_URL]))


@operation(
    "POST",
    "/windows/{number}/offer",
    tag=_TAG,
    summary="Hand a window over",
    scope="act_own_window",
    body=NothingBody,
    answers={200: WindowShape},
    problems=(404, 409),
    links=(Link("keep", "keep_window", _NUMBER), Link("open", "open_window", _NUMBER)),
)
async def offer_window(request: ApiRequest[NothingBody], number: WindowNumber) -> Answer:
    """Let whoever opens the window next have it, with the ticket in its hand; until then its clerk
    works on.
    """
    return await _hand_over(request, number, offers=True)


@operation(
    "POST",
    "/windows/{number}/keep",
    tag=_TAG,
    summary="Keep a window after all",
    scope="act_own_window",
    body=NothingBody,
    answers={200: WindowShape},
    problems=(404, 409),
    links=(Link("offer", "offer_window", _NUMBER),),
)
async def keep_window(request: ApiRequest[NothingBody], number: WindowNumber) -> Answer:
    """Take a hand-over back before anybody has opened the window."""
    return await _hand_over(request, number, offers=False)


async def _hand_over(request: ApiRequest[NothingBody], number: int, *, offers: bool) -> Answer:
    window = await windows.hand_over(
        request.app[QUEUE],
        number,
        offers=offers,
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        claim=request.claim,
    )
    return _answer(request, window)


@operation(
    "POST",
    "/windows/{number}/assign",
    tag=_TAG,
    summary="Give a window to somebody",
    scope="close_any_window",
    body=AssignBody,
    answers={200: WindowShape},
    problems=(404, 409),
)
async def assign_window(request: ApiRequest[AssignBody], number: WindowNumber) -> Answer:
    """Give an open or paused window to another member of staff, with the ticket in its hand.

    Somebody who may not act at a window is not known here.
    """
    window = await windows.assign_window(
        request.app[QUEUE],
        number,
        to=request.body.staff,
        actor=request.caller.actor,
        claim=request.claim,
    )
    return _answer(request, window)


@operation(
    "POST",
    "/windows/{number}/profile",
    tag=_TAG,
    summary="Change what a window serves",
    scope="close_any_window",
    body=ProfileBody,
    answers={200: WindowShape},
    problems=(404, 409),
)
async def set_window_profile(request: ApiRequest[ProfileBody], number: WindowNumber) -> Answer:
    """Let a window serve another work profile from its next call on.

    Tickets bound to it in a queue that it leaves are seen by every window from then on.
    """
    window = await windows.set_profile(
        request.app[QUEUE],
        number,
        profile=request.body.profile,
        actor=request.caller.actor,
        claim=request.claim,
    )
    return _answer(request, window)


@operation(
    "GET",
    "/work-profiles",
    tag=_TAG,
    summary="List work profiles",
    scope="see_hall",
    answers={200: ProfileList},
)
async def list_work_profiles(request: ApiRequest[None]) -> Answer:
    """What a window can be set to serve."""
    names = await windows.profiles(request.app[QUEUE])
    items = [{"code": code, "name_ar": ar, "name_en": en} for code, (ar, en) in names.items()]
    return Answer(content={"items": items, "next": None})
