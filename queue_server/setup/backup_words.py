"""Why a backup cannot be made a centre of, by name of the damage, in both languages; pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from core_services.database.errors import DatabaseError
from core_services.l10n import digits
from queue_server.backup import errors
from queue_server.web.words import Words

_SENTENCES: Final[Mapping[type[Exception], Callable[[Any], str]]] = {
    errors.NotABackup: lambda _: "ليس هذا الملف نسخة احتياطية من شبّاك.",
    errors.Truncated: lambda e: f"النسخة تالفة: الملف مقطوع، ولا شيء سليم بعد {e.after}.",
    errors.MissingMember: lambda e: f"النسخة تالفة: ينقصها الملف {e.name}.",
    errors.WrongHash: lambda e: f"النسخة تالفة: تغيّرت محتويات الملف {e.name}.",
    errors.WrongRows: lambda e: (
        f"النسخة تالفة: في الجدول {e.table} {digits(str(e.found), 'ar')} صفًا، والمسجَّل "
        f"{digits(str(e.noted), 'ar')}."
    ),
    errors.ChainBroken: lambda e: (
        f"النسخة تالفة: سلسلة أحداث {e.centre} مكسورة عند الحدث {digits(str(e.revision), 'ar')}."
    ),
    errors.UnknownFormat: lambda _: "كتب هذه النسخة برنامج أحدث من هذا؛ ثبّته ثم أعد المحاولة.",
    errors.NewerSchema: lambda _: "كتب هذه النسخة برنامج أحدث من هذا؛ ثبّته ثم أعد المحاولة.",
    errors.OtherMigrations: lambda e: f"صُنعت النسخة ببرنامج آخر غير هذا ({e.migration}).",
    errors.OtherKind: lambda e: (
        "هذه نسخة مركز تدريب، وإعدادات هذا الخادم ليست للتدريب."
        if e.is_training
        else "هذه نسخة مركز حقيقي، وإعدادات هذا الخادم للتدريب."
    ),
    errors.SecretNeeded: lambda _: "النسخة مختومة: اكتب عبارة المرور أو ألصق المفتاح.",
    errors.WrongSecret: lambda e: (
        "عبارة المرور خاطئة. راجع لغة لوحة المفاتيح وأعد المحاولة."
        if e.kind == "passphrase"
        else "هذا المفتاح ليس مفتاح هذه النسخة."
    ),
    errors.NoRoom: lambda e: (
        f"حجم الملف {digits(str(-(-e.bytes // 10**6)), 'ar')} ميجابايت، وقرص الخادم لا يتسع إلا لـ "
        f"{digits(str(e.free // 10**6), 'ar')} ميجابايت. أفرغ مساحة ثم أعد الإرسال."
    ),
    errors.SendingBroke: lambda _: (
        "انقطع الإرسال قبل نهاية الملف، وحُذف ما وصل منه. راجع الشبكة ثم أرسله من جديد."
    ),
    errors.BackupRuns: lambda _: (
        "تُكتب الآن نسخة أخرى في مجلد النسخ. انتظر حتى تنتهي ثم أعد المحاولة."
    ),
    errors.ServerRuns: lambda _: "برنامج آخر يستعمل قاعدة البيانات. أوقفه ثم أعد المحاولة.",
    errors.SomethingThere: lambda _: "قاعدة البيانات ليست فارغة، فلم يُسترجع شيء.",
}


def told(error: Exception) -> Words:
    """Say why; the English is what the command says too."""
    for kind in type(error).__mro__:
        if kind in _SENTENCES:
            return Words(_SENTENCES[kind](error), _sentence(error))
    if isinstance(error, DatabaseError):
        arabic = "قاعدة البيانات لم تقبل الاسترجاع. السبب مكتوب في سجل الخادم."
    elif isinstance(error, OSError):
        arabic = "لا يمكن قراءة الملف أو الكتابة على القرص. راجع الملف والمساحة والصلاحيات."
    else:
        arabic = "لم يتم الاسترجاع. السبب مكتوب في سجل الخادم."
    return Words(arabic, _sentence(error))


def _sentence(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return f"{text[0].upper()}{text[1:]}."
