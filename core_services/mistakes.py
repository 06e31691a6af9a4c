"""What is wrong with a value that somebody wrote into a file, in our own words: what it must be."""

from datetime import date, time
from typing import Any

from pydantic_core import ErrorDetails

_MUST_BE = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text in quotes",
    "path_type": "a path in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
    "string_pattern_mismatch": "of the form {pattern}",
    "tuple_type": "a list in square brackets",
    "list_type": "a list in square brackets",
    "frozen_set_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date such as 2026-11-22",
    "date_parsing": "a date such as 2026-11-22",
    "date_from_datetime_parsing": "a date such as 2026-11-22",
    "date_from_datetime_inexact": "a date such as 2026-11-22",
    "time_type": "a time of day such as 09:00:00",
    "time_parsing": "a time of day such as 09:00:00",
}
"""By pydantic's name of the mistake. What follows from the declaration is filled in."""


def mistake(problem: ErrorDetails) -> str:
    """Return what a value must be, and what stands there instead where that is short.

    What a program's own check said stays as it is; so does what nobody has met yet.
    """
    kind, facts = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        return "must be given"
    if kind in ("too_short", "too_long"):
        bound = facts["min_length"] if kind == "too_short" else facts["max_length"]
        at = "least" if kind == "too_short" else "most"
        return f"must have at {at} {bound} {'entry' if bound == 1 else 'entries'}"
    if kind in ("string_too_short", "string_too_long"):
        bound = facts["min_length"] if kind == "string_too_short" else facts["max_length"]
        at = "least" if kind == "string_too_short" else "most"
        return f"must have at {at} {bound} {'letter' if bound == 1 else 'letters'}"
    if kind in _MUST_BE:
        told = {name: _written(fact) for name, fact in facts.items()}
        return f"must be {_MUST_BE[kind].format(**told)}{_instead(problem['input'])}"
    return problem["msg"].removeprefix("Value error, ")


def _instead(value: Any) -> str:
    if isinstance(value, str | bool | int | float | date | time):
        return f", not {_quoted(value) if isinstance(value, str) else _written(value)}"
    return ""


def _quoted(text: str) -> str:
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'


def _written(value: Any) -> str:
    """Return a value as the file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat() if isinstance(value, date | time) else str(value)
