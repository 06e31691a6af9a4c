"""Says in the reader's words what pydantic found wrong with a field, and how to mend it."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from queue_server.web.errors import FieldError, InvalidInputError, MalformedRequestError, Place
from queue_server.web.words import Words

NOT_JSON = Words("المحتوى ليس JSON صحيحًا.", "The body is not valid JSON.")

_SENTENCES: Mapping[str, Words] = {
    "missing": Words("الحقل {field} مطلوب.", "The field {field} is needed."),
    "extra_forbidden": Words(
        "الحقل {field} غير مدعوم؛ احذفه.", "The field {field} is not supported; leave it out."
    ),
    "literal_error": Words(
        "قيمة {field} يجب أن تكون واحدة من: {expected}.", "{field} must be one of: {expected}."
    ),
    "enum": Words(
        "قيمة {field} يجب أن تكون واحدة من: {expected}.", "{field} must be one of: {expected}."
    ),
    "string_type": Words("قيمة {field} يجب أن تكون نصًا.", "{field} must be text."),
    "string_too_short": Words(
        "{field} أقصر من المطلوب؛ أقل طول {min_length}.",
        "{field} is too short; it needs at least {min_length} characters.",
    ),
    "string_too_long": Words(
        "{field} أطول من المسموح؛ أكبر طول {max_length}.",
        "{field} is too long; it may have at most {max_length} characters.",
    ),
    "string_pattern_mismatch": Words(
        "صيغة {field} غير صحيحة.", "{field} is not in the right form."
    ),
    "bool_type": Words("قيمة {field} يجب أن تكون true أو false.", "{field} must be true or false."),
    "int_type": Words("قيمة {field} يجب أن تكون عددًا صحيحًا.", "{field} must be a whole number."),
    "int_parsing": Words("قيمة {field} يجب أن تكون عددًا صحيحًا.", "{field} must be a whole number."),
    "greater_than_equal": Words(
        "أقل قيمة للحقل {field} هي {ge}.", "{field} must be at least {ge}."
    ),
    "less_than_equal": Words("أكبر قيمة للحقل {field} هي {le}.", "{field} must be at most {le}."),
    "greater_than": Words("قيمة {field} يجب أن تزيد على {gt}.", "{field} must be more than {gt}."),
    "less_than": Words("قيمة {field} يجب أن تقل عن {lt}.", "{field} must be less than {lt}."),
    "uuid_type": Words("قيمة {field} يجب أن تكون معرّف UUID.", "{field} must be a UUID."),
    "uuid_parsing": Words("قيمة {field} يجب أن تكون معرّف UUID.", "{field} must be a UUID."),
    "date_from_datetime_parsing": Words(
        "قيمة {field} يجب أن تكون تاريخًا مثل 2026-11-22.",
        "{field} must be a date such as 2026-11-22.",
    ),
    "date_parsing": Words(
        "قيمة {field} يجب أن تكون تاريخًا مثل 2026-11-22.",
        "{field} must be a date such as 2026-11-22.",
    ),
    "timezone_aware": Words(
        "قيمة {field} يجب أن تحمل فرق التوقيت مثل 2026-11-22T12:30:00Z.",
        "{field} must carry its offset, such as 2026-11-22T12:30:00Z.",
    ),
    "list_type": Words("قيمة {field} يجب أن تكون قائمة.", "{field} must be a list."),
    "too_long": Words("عناصر {field} أكثر من {max_length}.", "{field} has more than {max_length}."),
    "model_type": Words("{field} يجب أن يكون كائن JSON.", "{field} must be a JSON object."),
    "value_error": Words("قيمة {field} غير صحيحة: {error}.", "{field} is not right: {error}."),
}
_ELSE = Words("قيمة {field} غير صحيحة.", "{field} is not right.")


def input_error(
    place: Place, error: ValidationError, name: str | None = None
) -> InvalidInputError | MalformedRequestError:
    """Return the error of this package that names every wrong field of a validation.

    `name` is the field's name where the value was validated alone (a path parameter).
    """
    details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] == "json_invalid":
        return MalformedRequestError(NOT_JSON)
    return InvalidInputError([_field_error(place, detail, name) for detail in details])


def _field_error(place: Place, detail: ErrorDetails, name: str | None) -> FieldError:
    field = name or ".".join(str(part) for part in detail["loc"]) or place
    values = {"field": field, **{key: str(value) for key, value in detail.get("ctx", {}).items()}}
    sentence = _SENTENCES.get(detail["type"], _ELSE)
    return FieldError(
        place=place,
        field=field,
        code=detail["type"],
        message=Words(sentence.ar.format_map(values), sentence.en.format_map(values)),
    )
