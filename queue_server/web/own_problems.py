"""The problems that any page or operation may meet: sign-in, forms, input, the database."""

from collections.abc import Mapping

from core_services.database.errors import DatabaseGone, DiskFull, LockTimeout, StatementTimeout
from core_services.l10n import Language
from core_services.people.errors import TooManyAttemptsError, WrongCredentialsError
from queue_server.web import errors
from queue_server.web.problems import Problems
from queue_server.web.words import Words


def register_own_problems(problems: Problems) -> None:
    """Tell `problems` about the errors of the web frame, of sign-in and of the database."""
    _register_requests(problems)
    _register_people(problems)
    _register_database(problems)


def _register_requests(problems: Problems) -> None:
    problems.register(
        errors.NotSignedInError,
        status=401,
        slug="not-signed-in",
        title=Words("يلزم تسجيل الدخول", "Sign in first"),
        detail=Words(
            "سجّل الدخول، أو أرسل مفتاحًا ساريًا في ترويسة Authorization.",
            "Sign in, or send a key that holds in the Authorization header.",
        ),
    )
    problems.register(
        errors.NotPermittedError,
        status=403,
        slug="not-permitted",
        title=Words("لا تملك صلاحية هذا الفعل", "You may not do this"),
        detail=Words(
            "الصلاحية المطلوبة: {permission}. اطلبها من مدير النظام.",
            "It needs the permission {permission}. Ask the centre's administrator for it.",
        ),
        facts=("permission",),
    )
    problems.register(
        errors.ForeignOriginError,
        status=403,
        slug="foreign-origin",
        title=Words("الطلب جاء من موقع آخر", "The request came from another site"),
        detail=Words(
            "افتح الصفحة من عنوان المركز نفسه وأعد المحاولة.",
            "Open the page at the centre's own address and try again.",
        ),
    )
    problems.register(
        errors.StaleFormError,
        status=403,
        slug="stale-form",
        title=Words("انتهت صلاحية الصفحة", "This page is out of date"),
        detail=Words(
            "حدّث الصفحة وأعد المحاولة؛ لم يُنفَّذ شيء.",
            "Reload the page and try again; nothing was done.",
        ),
    )
    problems.register(
        errors.MalformedRequestError,
        status=400,
        slug="malformed",
        title=Words("طلب غير مفهوم", "The request cannot be understood"),
        detail=lambda error, language: error.reason.say(language),
    )
    problems.register(
        errors.UnsupportedMediaError,
        status=415,
        slug="unsupported-media-type",
        title=Words("نوع المحتوى غير مدعوم", "This media type is not supported"),
        detail=Words("أرسل المحتوى بصيغة application/json.", "Send the body as application/json."),
    )
    problems.register(
        errors.InvalidInputError,
        status=422,
        slug="invalid-input",
        title=Words("بعض الحقول غير صحيحة", "Some fields are not right"),
        detail=lambda error, language: " ".join(
            each.message.say(language) for each in error.errors
        ),
        facts=lambda error, language: {"errors": [_fact(each, language) for each in error.errors]},
    )


def _register_people(problems: Problems) -> None:
    problems.register(
        WrongCredentialsError,
        status=401,
        slug="wrong-credentials",
        title=Words(
            "اسم المستخدم أو كلمة المرور غير صحيحة", "The username or the password is wrong"
        ),
    )
    problems.register(
        TooManyAttemptsError,
        status=429,
        slug="too-many-attempts",
        title=Words("محاولات كثيرة", "Too many attempts"),
        retry_after_s=lambda error: error.wait_s,
    )


def _register_database(problems: Problems) -> None:
    again = Words(
        "أعد المحاولة بعد ثوانٍ. إن كان للطلب مفتاح تكرار فأعده بالمفتاح نفسه.",
        "Try again in a few seconds, with the same idempotency key if there was one.",
    )
    problems.register(
        DatabaseGone,
        status=503,
        slug="database-gone",
        title=Words("قاعدة البيانات لا ترد الآن", "The database does not answer now"),
        detail=again,
        retry_after_s=2,
    )
    problems.register(
        DiskFull,
        status=503,
        slug="disk-full",
        title=Words("قرص قاعدة البيانات ممتلئ", "The database's disk is full"),
        detail=Words(
            "لم يُنفَّذ شيء. أبلغ مدير النظام ليفرغ مكانًا على القرص، ثم أعد المحاولة. "
            "إن كان للطلب مفتاح تكرار فأعده بالمفتاح نفسه.",
            "Nothing was done. Tell the administrator to make room on it, then try again, with the "
            "same idempotency key if there was one.",
        ),
        retry_after_s=10,
    )
    for error_type in (LockTimeout, StatementTimeout):
        problems.register(
            error_type,
            status=503,
            slug="busy",
            title=Words("النظام مشغول الآن", "The system is busy now"),
            detail=again,
            retry_after_s=1,
        )


def _fact(error: errors.FieldError, language: Language) -> Mapping[str, str]:
    return {
        "in": error.place,
        "field": error.field,
        "code": error.code,
        "message": error.message.say(language),
    }
