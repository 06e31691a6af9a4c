"""The GSM 7 bit alphabet and its packing into octets; pure.

3GPP TS 23.038: 6.2.1 the default alphabet, 6.2.1.1 its extension table, 6.1.2.1 the packing.
"""

from collections.abc import Iterable

ESCAPE = 0x1B
_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_SEPTETS: dict[str, tuple[int, ...]] = {
    **{sign: (code,) for code, sign in enumerate(_DEFAULT) if code != ESCAPE},
    **{sign: (ESCAPE, code) for code, sign in _EXTENSION.items()},
}


def septets_of(sign: str) -> tuple[int, ...] | None:
    """Return what one sign is sent as: one septet, or two with the escape; None: it can't be."""
    return _SEPTETS.get(sign)


def text_of(septets: Iterable[int]) -> str:
    """Read septets. An escape at the very end stays as it is: its other half is in the next part.

    What follows an escape and is in no table is shown as the default alphabet has it (6.2.1.1).
    """
    return joined("".join(_DEFAULT[septet] for septet in septets))


def joined(text: str) -> str:
    """Return a text with each escape and the sign after it made the one sign they mean."""
    signs, rest = [], iter(text)
    for sign in rest:
        if sign != "\x1b":
            signs.append(sign)
            continue
        following = next(rest, None)
        if following is None:
            signs.append(sign)
        elif following == "\x1b":  # kept free for another table: a space until there is one
            signs.append(" ")
        else:
            signs.append(_EXTENSION.get(_DEFAULT.find(following), following))
    return "".join(signs)


def pack(septets: Iterable[int], *, fill_bits: int = 0) -> bytes:
    """Put septets into octets, lowest bit first, after `fill_bits` zeros."""
    bits, length = 0, fill_bits
    for septet in septets:
        bits |= septet << length
        length += 7
    return bits.to_bytes((length + 7) // 8, "little")


def unpack(octets: bytes, count: int, *, fill_bits: int = 0) -> list[int]:
    """Take `count` septets out of octets; fewer where there are not so many."""
    bits = int.from_bytes(octets, "little") >> fill_bits
    there = max(0, (len(octets) * 8 - fill_bits) // 7)
    return [bits >> (7 * position) & 0x7F for position in range(min(count, there))]
