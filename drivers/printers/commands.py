"""The ESC/POS commands we send, by name (Epson *ESC/POS Application Programming Guide*)."""

INITIALISE = b"\x1b@"
CUT = b"\x1dVB\x00"
"""GS V 66 0: feed to the knife, cut and leave one point."""
CUT_THROUGH = b"\x1dVA\x00"
"""GS V 65 0: the same, and leave nothing."""
AUTO_STATUS_ON = b"\x1da\xff"
"""GS a: tell us of every change. ESC @ turns it off on network boards, so each job repeats it."""
READ_STATUS = b"\x1dr\x01"
"""GS r 1: buffered, so its answer means that everything before it was read."""
IDENTIFY_MAKER = b"\x1dIB"
IDENTIFY_MODEL = b"\x1dIC"

_ID_FIRST, _ID_SIGNS = 32, 95
"""Process ids are four signs of 32 to 126."""
PROBE_ID = bytes((_ID_FIRST,)) * 4
"""Asks only whether the printer echoes at all; no job has it."""


def real_time_status(n: int) -> bytes:
    """DLE EOT n (1 printer, 2 why offline, 3 which error, 4 paper): answered even when offline."""
    return bytes((0x10, 0x04, n))


def echo_request(process_id: bytes) -> bytes:
    """GS ( H fn 48: the printer sends these four signs back once all before it is on paper."""
    return b"\x1d(H\x06\x00\x30\x30" + process_id


def feed_rows(rows: int) -> bytes:
    """ESC J: feed 1 to 255 rows of dots."""
    return b"\x1bJ" + bytes((rows,))


def process_id(number: int) -> bytes:
    """Write a job's number as four signs, never `PROBE_ID`; the same again after 81 million."""
    rest = 1 + number % (_ID_SIGNS**4 - 1)
    signs = []
    for _ in range(4):
        rest, sign = divmod(rest, _ID_SIGNS)
        signs.append(_ID_FIRST + sign)
    return bytes(reversed(signs))
