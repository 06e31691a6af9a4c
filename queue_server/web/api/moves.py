"""The API of suggested moves: what would help in the hall now, and what it promises."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from queue_server.planning.model import Suggestion
from queue_server.web.keys import MOVES
from queue_server.web.operations import Answer, ApiModel, ApiRequest, operation

_TAG = "hall"
_LONGEST_S = 86_400


class MoveRange(ApiModel):
    """In seconds of waiting; of a stop in people who stand in line when numbers end."""

    low: int
    likely: int
    high: int


class MoveShape(ApiModel):
    """A move that would help, with its promise."""

    kind: Literal["open", "resume", "profile", "keep", "stop"]
    window: int | None = Field(description="Null: numbers end for everybody.")
    profile: str | None
    until: datetime | None = Field(
        description="Until when a window would be open; of a stop, when numbers would end."
    )
    before: MoveRange = Field(
        description="Without the move: the wait that four in five do not pass, in nine of ten days."
    )
    after: MoveRange = Field(description="The same with the move.")
    counts_until: datetime = Field(
        description="Whoever stands in line now, or comes before this moment, is meant."
    )
    people: int = Field(description="About how many these are.")


class MoveList(ApiModel):
    """The best moves, the best first; `at` is when the hall was looked at."""

    at: datetime | None
    items: list[MoveShape]
    next: str | None = None


@operation(
    "GET",
    "/moves",
    tag=_TAG,
    summary="Suggested moves",
    scope="see_hall",
    answers={200: MoveList},
)
async def list_moves(request: ApiRequest[None]) -> Answer:
    """What would shorten waits now: at most three moves, reckoned at most every 20 seconds."""
    moves = request.app[MOVES]
    said = await moves.latest()
    return Answer(
        content={
            "at": moves.looked_at,
            "items": [_move_answer(each) for each in said],
            "next": None,
        }
    )


def _move_answer(said: Suggestion) -> dict[str, Any]:
    move = said.move
    until = move.at if move.kind == "stop" else move.until
    return {
        "kind": move.kind,
        "window": move.window,
        "profile": move.profile,
        "until": None if until is None else datetime.fromtimestamp(until, UTC),
        "before": _range_answer(said.before.low_s, said.before.likely_s, said.before.high_s),
        "after": _range_answer(said.after.low_s, said.after.likely_s, said.after.high_s),
        "counts_until": datetime.fromtimestamp(said.by, UTC),
        "people": said.people,
    }


def _range_answer(low: float, likely: float, high: float) -> dict[str, int]:
    return {
        "low": round(min(low, _LONGEST_S)),
        "likely": round(min(likely, _LONGEST_S)),
        "high": round(min(high, _LONGEST_S)),
    }
