"""Puts pyserial's errors into the system's words."""

import errno
import os
import re

_NUMBER = re.compile(r"\[Errno (\d+)\]|\((\d+), '")
_WORDS = {
    errno.ENOENT: "no such device",
    errno.EAGAIN: "in use by another program",
    errno.EBUSY: "in use by another program",
    errno.ENOTTY: "not a serial line",
}


def reason_of_serial(error: BaseException) -> str:
    """Return why a serial port failed; pyserial hides the number in its sentence, or one deeper."""
    number = getattr(error, "errno", None)
    if not isinstance(number, int):
        found = _NUMBER.search(str(error))
        number = int(found[1] or found[2]) if found else None
    if number is None and error.args and isinstance(error.args[0], int):
        number = error.args[0]
    if number is not None:
        return _WORDS.get(number, os.strerror(number))
    return str(error) or type(error).__name__
