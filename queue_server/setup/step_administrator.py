"""The step that names the first administrator; the rules are those of `shubbak user add`."""

from collections.abc import Mapping
from typing import Final

from core_services.l10n import digits, one_line
from core_services.people.errors import WeakPasswordError
from core_services.people.passwords import MINIMUM_LENGTH, check_password
from core_services.people.store import USERNAME
from queue_server.administration import Administrator
from queue_server.setup.form import Field, Reading
from queue_server.web.words import Words

LONGEST_NAME: Final = 100

FIELDS: Final[tuple[Field, ...]] = (
    Field(
        "name_ar",
        Words("اسمك بالعربية", "Your name in Arabic"),
        Words("يراه زملاؤك وسجل الأحداث.", "Colleagues see it, and the record of events."),
        language="ar",
        at_most=LONGEST_NAME,
    ),
    Field(
        "name_en",
        Words("اسمك بالإنجليزية (اختياري)", "Your name in English (optional)"),
        language="en",
        at_most=LONGEST_NAME,
    ),
    Field(
        "username",
        Words("اسم المستخدم", "Username"),
        Words(
            "من حرفين إلى ٣٢ حرفًا لاتينيًا صغيرًا أو رقمًا، مثل admin",
            "2 to 32 small Latin letters or digits, such as admin",
        ),
        kind="username",
        first="admin",
        at_most=32,
    ),
    Field(
        "password",
        Words("كلمة المرور", "Password"),
        Words(
            "عشرة حروف على الأقل، وليس فيها اسم المستخدم. لا توجد كلمة مرور جاهزة.",
            "At least 10 characters, without the username. There is no default password.",
        ),
        kind="password",
    ),
    Field("again", Words("كلمة المرور مرة أخرى", "The password again"), kind="password"),
)
SECRET: Final = ("password", "again")
"""These are never kept."""

_LONG: Final = Words(
    f"الاسم {digits(str(LONGEST_NAME), 'ar')} حرف على الأكثر",
    f"A name has {LONGEST_NAME} letters at most",
)
_WEAK: Final = Words(
    f"اختر كلمة مرور من {digits(str(MINIMUM_LENGTH), 'ar')} حروف على الأقل، "
    "لا تحتوي على اسم المستخدم ولا تكرّر حروفًا قليلة",
    f"Choose a password of {MINIMUM_LENGTH} characters or more that neither contains the username "
    "nor repeats a few characters",
)


def read_names(typed: Mapping[str, str]) -> Reading:
    """Read the step without its password, as it is kept."""
    wrong: dict[str, Words] = {}
    names = {name: one_line(typed.get(name, "")) for name in ("name_ar", "name_en")}
    wrong.update({name: _LONG for name, text in names.items() if len(text) > LONGEST_NAME})
    if not names["name_ar"]:
        wrong["name_ar"] = Words("اكتب اسمك بالعربية", "Write your name in Arabic")
    if not USERNAME.fullmatch(typed.get("username", "").strip()):
        wrong["username"] = Words(
            "اسم المستخدم من حرفين إلى ٣٢ حرفًا لاتينيًا صغيرًا أو رقمًا، يبدأ بحرف، مثل admin",
            "A username has 2 to 32 small Latin letters or digits and begins with a letter, such "
            "as admin",
        )
    return Reading(wrong=wrong)


def read_administrator(typed: Mapping[str, str]) -> tuple[Administrator | None, Reading]:
    """Return who is to be made, or what is to be mended."""
    reading = read_names(typed)
    wrong = dict(reading.wrong)
    username, password = typed.get("username", "").strip(), typed.get("password", "")
    try:
        check_password(password, username=username)
    except WeakPasswordError:
        wrong["password"] = _WEAK
    else:
        if password != typed.get("again", ""):
            wrong["again"] = Words(
                "كلمتا المرور مختلفتان، اكتبهما مرة أخرى",
                "The two passwords differ; write them again",
            )
    if wrong:
        return None, Reading(wrong=wrong)
    return (
        Administrator(
            username=username,
            password=password,
            name_ar=one_line(typed.get("name_ar", "")),
            name_en=one_line(typed.get("name_en", "")) or username,
        ),
        reading,
    )
