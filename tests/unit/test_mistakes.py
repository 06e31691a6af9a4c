"""Whatever is wrong in a scenario or a centre's file is said in our own words, not pydantic's."""

from datetime import date, time
from typing import Any, Final

import pytest
from pydantic import BaseModel, ValidationError

from core_services.mistakes import mistake
from queue_server import centre_file
from queue_server.simulation import scenario

WRONG: Final[tuple[Any, ...]] = (
    "soon",
    "x" * 300,
    "",
    -1,
    1.5,
    1e300,
    float("inf"),
    True,
    [],
    ["soon"],
    [1] * 200,
    {},
    {"soon": "x"},
    date(1, 1, 1),
    date(9999, 12, 31),
    time(9),
)
MODELS: Final = sorted(
    (
        each
        for module in (scenario, centre_file)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseModel) and each is not BaseModel
    ),
    key=lambda each: each.__qualname__,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__qualname__)
def test_every_mistake_says_what_a_value_must_be(model: type[BaseModel]) -> None:
    for name in model.model_fields:
        for value in WRONG:
            try:
                model.model_validate({name: value})
            except ValidationError as error:
                told = [each for each in error.errors() if each["loc"][:1] == (name,)]
            else:
                continue
            for each in told:
                assert each["type"] == "extra_forbidden" or _is_ours(mistake(each)), each


def _is_ours(said: str) -> bool:
    return "should" not in said and "valid" not in said


def test_a_long_text_is_cut() -> None:
    with pytest.raises(ValidationError) as raised:
        scenario.Burst.model_validate({"at": time(9), "people": "x" * 300})
    [problem] = raised.value.errors()
    assert mistake(problem) == f'must be a whole number, not "{"x" * 40}…"'
