"""A change of what is wrong with a virtual device, as a person or a test asks for it; pure."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

AnyFaults = TypeVar("AnyFaults", bound="DataclassInstance")

_ENDS_AS: Mapping[tuple[str, object], str] = {
    ("power", "cycle"): "on",
    ("power", "restart"): "on",
    ("plug", "cycle"): "in",
}
"""What passes, and what it leaves behind."""


class Change(BaseModel):
    """What is asked for; what is not named stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def changed(faults: AnyFaults, change: Change) -> AnyFaults:
    """Return the faults after a change; what was switched off and on again ends switched on."""
    names = {field.name for field in fields(faults)}
    named: dict[str, Any] = change.model_dump(exclude_none=True, include=names)
    return replace(
        faults, **{name: _ENDS_AS.get((name, value), value) for name, value in named.items()}
    )
