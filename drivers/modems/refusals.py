"""What the numbers of `+CMS ERROR` and `+CME ERROR` mean for a message and for the modem; pure.

3GPP TS 24.011, E-2 (1 to 127, the network's), TS 23.040, 9.2.3.22 (128 to 255, the service
centre's), TS 27.005, 3.2.5 (300 and on, the modem's), TS 27.007, 9.2 (`+CME`).
"""

from collections.abc import Mapping
from typing import Literal

from drivers.modems.at import Final
from drivers.modems.model import ModemReason

Verdict = Literal["permanent", "for_now", "modem", "uncertain"]
"""`permanent` this message never · `for_now` this message later · `modem` no message, until the
modem or its SIM is mended · `uncertain` it may have been sent all the same."""

_FOR_NOW = frozenset(
    {17, 21, 22, 27, 31, 38, 41, 42, 47, 111, 127}
    | {192, 194, 211, 213, 255}
    | {300, 301, 302, 314, 320, 322}
)
"""21 and 111 (rejected, unspecified) are worth another try: operators give them to a SIM that sends
too much."""

_OF_THE_MODEM: Mapping[int, ModemReason] = {
    310: "no_sim",
    311: "pin_missing",
    312: "sim_error",
    313: "sim_error",
    315: "sim_error",
    316: "puk",
    317: "sim_error",
    318: "sim_error",
    330: "no_service_centre",
    331: "searching",
}
_UNCERTAIN = frozenset({332, 500})
"""Network time-out and unknown error: the network may have the message. So may it where a maker's
own number (512 and more) or no number at all is told."""

_CME_OF_THE_SIM: Mapping[int, ModemReason] = {
    10: "no_sim",
    11: "pin_missing",
    12: "puk",
    13: "sim_error",
    15: "sim_error",
    16: "pin_refused",
}

NAMES: Mapping[int, str] = {
    1: "no such number",
    8: "barred by the operator",
    10: "calls are barred",
    17: "network failure",
    21: "rejected",
    22: "congestion",
    27: "destination out of service",
    28: "unidentified subscriber",
    29: "facility rejected",
    30: "unknown subscriber",
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    47: "resources unavailable",
    50: "facility not subscribed",
    69: "facility not implemented",
    81: "invalid reference",
    95: "invalid message",
    96: "invalid mandatory information",
    97: "no such message type",
    98: "message not compatible with the state",
    99: "no such information element",
    111: "protocol error",
    127: "interworking",
    192: "service centre busy",
    193: "no subscription with the service centre",
    194: "service centre failure",
    195: "invalid destination",
    196: "destination barred",
    197: "duplicate rejected",
    300: "modem failure",
    301: "message service reserved",
    302: "not allowed",
    303: "not supported",
    304: "invalid message octets",
    305: "invalid text parameter",
    310: "no SIM",
    311: "PIN required",
    312: "phone's own PIN required",
    313: "SIM failure",
    314: "SIM busy",
    315: "wrong SIM",
    316: "PUK required",
    317: "PIN2 required",
    318: "PUK2 required",
    320: "memory failure",
    321: "invalid place in memory",
    322: "memory full",
    330: "service centre's address unknown",
    331: "no network",
    332: "network time-out",
    340: "no acknowledgement expected",
    500: "unknown error",
}


def verdict_on(final: Final) -> Verdict:
    """Judge the answer to a message whose octets were handed over."""
    code = final.code
    if final.kind != "cms":
        # `+CME` tells of the modem before it ever sends; a bare ERROR tells nothing.
        return "modem" if final.kind == "cme" and code in _CME_OF_THE_SIM else "uncertain"
    if code is None or code in _UNCERTAIN or code >= 512:
        return "uncertain"
    if code in _OF_THE_MODEM:
        return "modem"
    return "for_now" if code in _FOR_NOW else "permanent"


def verdict_before(final: Final) -> Verdict:
    """Judge a refusal that came instead of the prompt: nothing was handed over."""
    if final.kind == "cms" and final.code is not None and final.code < 512:
        judged = verdict_on(final)
        return "for_now" if judged == "uncertain" else judged
    if final.kind == "cme":
        return "modem"
    return "for_now"


def trouble_in(final: Final) -> ModemReason:
    """Name what keeps the modem from sending."""
    if final.kind == "cme":
        return _CME_OF_THE_SIM.get(final.code or 0, "sim_error")
    return _OF_THE_MODEM.get(final.code or 0, "sim_error")


def name_of(code: int | None) -> str:
    """Return a code's name for a log."""
    return "unnamed" if code is None else NAMES.get(code, "unnamed")
