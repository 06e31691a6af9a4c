"""Equipment as the API takes and answers it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from queue_server.maintenance.labels import LABEL_PATTERN, LONGEST, SHORTEST
from queue_server.maintenance.model import Equipment, EquipmentKind, Place, PlaceKind
from queue_server.maintenance.texts import (
    MODEL_LENGTH,
    ROOM_LENGTH,
    SERIAL_LENGTH,
    TITLE_LENGTH,
)
from queue_server.web.api.devices import DeviceName
from queue_server.web.api.shapes import WindowNumber
from queue_server.web.operations import ApiModel, PlainText

Label = Annotated[
    str, StringConstraints(pattern=LABEL_PATTERN, min_length=SHORTEST, max_length=LONGEST)
]
Title = Annotated[PlainText, StringConstraints(max_length=TITLE_LENGTH)]
"""Of a maintenance order."""
_Model = Annotated[PlainText, StringConstraints(max_length=MODEL_LENGTH)]
_Serial = Annotated[PlainText, StringConstraints(max_length=SERIAL_LENGTH)]
_Room = Annotated[PlainText, StringConstraints(max_length=ROOM_LENGTH)]


class PlaceShape(ApiModel):
    """Where a piece is; each of the first three kinds names its spot."""

    kind: PlaceKind
    machine: DeviceName | None = Field(default=None, description="Of `machine`: its name.")
    window: WindowNumber | None = Field(default=None, description="Of `window`.")
    room: _Room | None = Field(default=None, description="Of `room`: which place, in words.")


class CountsShape(ApiModel):
    """What a kiosk's printer has printed since it is counted, in whichever kiosk it stood."""

    slips: int
    metres: float
    rolls: int


class EquipmentShape(ApiModel):
    """A piece of equipment."""

    label: str
    kind: EquipmentKind
    model: str
    serial: str | None
    place: PlaceShape
    since: datetime = Field(description="Since when it is there.")
    in_use_since: datetime | None
    counts: CountsShape | None = Field(description="Null: nobody counts what it does.")


class EquipmentList(ApiModel):
    items: list[EquipmentShape]
    next: str | None = None


class NewEquipment(ApiModel):
    """A piece to be entered."""

    kind: EquipmentKind
    model: _Model
    label: Label | None = Field(default=None, description="Null: the next one is given.")
    serial: _Serial | None = None
    place: PlaceShape


class EquipmentMoveBody(ApiModel):
    """Where it is to be."""

    place: PlaceShape


class SwapBody(ApiModel):
    """A broken piece and the spare that takes its place."""

    broken: Label
    spare: Label
    to: Literal["repair", "shelf"] = "repair"
    note: Title | None = Field(
        default=None, description="What is wrong: the title of the order for its repair."
    )


class SwapShape(ApiModel):
    """What became of the two."""

    broken: EquipmentShape
    spare: EquipmentShape
    order: UUID = Field(description="The maintenance order under which the broken one is mended.")


def place_of(shape: PlaceShape) -> Place:
    """Return the place that a body names; whether it can be is looked at by whoever puts there."""
    return Place(shape.kind, shape.machine, shape.window, shape.room)


def equipment_shape(piece: Equipment) -> dict[str, Any]:
    """Return a piece as the API answers it."""
    place, counts = piece.place, piece.counts
    is_counted = piece.is_counted or counts.slips > 0
    return {
        "label": piece.label,
        "kind": piece.kind,
        "model": piece.model,
        "serial": piece.serial,
        "place": place_shape(place),
        "since": piece.since,
        "in_use_since": piece.in_use_since,
        "counts": {
            "slips": counts.slips,
            "metres": round(counts.metres, 3),
            "rolls": counts.rolls,
        }
        if is_counted
        else None,
    }


def place_shape(place: Place) -> dict[str, Any]:
    """Return a place as the API answers it."""
    return {
        "kind": place.kind,
        "machine": place.device,
        "window": place.window,
        "room": place.room,
    }
