"""The step that names the centre; what it may be named is the rule of the centre's file."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core_services.l10n import one_line, western
from queue_server.centre_file import CentrePart
from queue_server.setup.form import Field, Reading
from queue_server.setup.governorates import GOVERNORATES
from queue_server.web.words import Words

CENTRE_ID: Final = 1

FIELDS: Final[tuple[Field, ...]] = (
    Field(
        "governorate",
        Words("المحافظة", "Governorate"),
        kind="choice",
        choices=tuple(GOVERNORATES.items()),
    ),
    Field(
        "unit_ar",
        Words("الجهة التي يتبعها المركز، بالعربية", "Local unit, in Arabic"),
        Words(
            "كما تُكتب على الأوراق: الوحدة المحلية لمركز ومدينة …",
            "Whom the centre belongs to, as papers have it: «الوحدة المحلية لمركز ومدينة كفر صقر».",
        ),
        language="ar",
    ),
    Field(
        "unit_en",
        Words("الجهة التي يتبعها المركز، بالإنجليزية", "Local unit, in English"),
        Words("تظهر لمن يختار الإنجليزية.", "For those who choose English: Local Unit of …"),
        language="en",
    ),
    Field(
        "name_ar",
        Words("اسم المركز بالعربية", "The centre's name in Arabic"),
        first="المركز التكنولوجي لخدمة المواطنين",
        language="ar",
    ),
    Field(
        "name_en",
        Words("اسم المركز بالإنجليزية", "The centre's name in English"),
        first="Technology Centre for Citizen Service",
        language="en",
    ),
    Field(
        "short_ar",
        Words("الاسم المختصر بالعربية", "Short name in Arabic"),
        Words(
            "للشاشات والرسائل، مثل: مركز كفر صقر",
            "For screens and messages, such as «مركز كفر صقر».",
        ),
        language="ar",
    ),
    Field(
        "short_en",
        Words("الاسم المختصر بالإنجليزية", "Short name in English"),
        Words("للشاشات والرسائل.", "For screens and messages, such as Kafr Saqr Centre."),
        language="en",
    ),
    Field(
        "code",
        Words("رمز المركز", "The centre's code"),
        Words(
            "من حرفين إلى ثمانية حروف لاتينية كبيرة أو أرقام، مثل KFS. يدخل في أرقام الطلبات ولا "
            "يتغيّر بعد ذلك.",
            "2 to 8 capital Latin letters or digits, such as KFS. Application numbers bear it, "
            "and it stays for ever.",
        ),
        kind="latin",
        at_most=8,
    ),
    Field(
        "first_number",
        Words("أول رقم كل يوم", "The first number of each day"),
        Words("١٠١ أسهل في السمع من ١.", "101 is easier to hear than 1."),
        kind="number",
        first="101",
        at_most=4,
    ),
)

_CODE: Final = Words(
    "اكتب الرمز من حرفين إلى ثمانية حروف لاتينية أو أرقام، مثل KFS",
    "Write the code with 2 to 8 Latin letters or digits, such as KFS",
)
_NUMBER: Final = Words("اكتب أول رقم من ١ إلى ٩٠٠٠", "Write a first number from 1 to 9000")
_GOVERNORATE: Final = Words("اختر المحافظة", "Choose the governorate")


def read_centre(typed: Mapping[str, str]) -> Reading:
    """Read the step into the file's `centre`."""
    texts = {each.name: one_line(typed.get(each.name, "")) for each in FIELDS}
    governorate = GOVERNORATES.get(texts["governorate"], Words("", ""))
    values: dict[str, Any] = {
        "id": CENTRE_ID,
        "code": western(texts["code"]).upper(),
        "first_number": western(texts["first_number"]),
        "governorate": {"ar": governorate.ar, "en": governorate.en},
    }
    for name in ("unit", "name", "short"):
        values[name] = {"ar": texts[f"{name}_ar"], "en": texts[f"{name}_en"]}
    try:
        part = CentrePart.model_validate(values)
    except ValidationError as error:
        found = {_name_of(problem): problem for problem in error.errors()}
        return Reading(
            wrong={
                each.name: _sentence(each, found[each.name])
                for each in FIELDS
                if each.name in found
            }
        )
    return Reading(values={**values, "first_number": part.first_number})


def _name_of(problem: ErrorDetails) -> str:
    part, *language = (str(each) for each in problem["loc"])
    if part == "governorate" or not language:
        return part
    return f"{part}_{language[0]}"


def _sentence(field: Field, problem: ErrorDetails) -> Words:
    match field.name:
        case "code":
            return _CODE
        case "first_number":
            return _NUMBER
        case "governorate":
            return _GOVERNORATE
    if problem["type"] == "string_too_long":
        return Words(
            f"{field.label.ar}: ٢٠٠ حرف على الأكثر", f"{field.label.en}: 200 letters at most"
        )
    return Words(f"اكتب: {field.label.ar}", f"Write: {field.label.en}")
