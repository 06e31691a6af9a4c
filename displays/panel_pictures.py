"""Draws a number in Eastern digits and Arabic letters, in the few dots of a matrix panel; pure.

No outline font can be read at seven dots, so each sign is drawn here by hand. Nothing is joined:
a label is one letter, which stands at the right, and a number, whose digits run from the left.
"""

from collections.abc import Mapping
from types import MappingProxyType

HEIGHT = 7
_GAP = 1
_LETTER_GAP = 3

_SIGNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "0": ("...", "...", ".#.", "###", ".#.", "...", "..."),
        "1": ("#", "#", "#", "#", "#", "#", "#"),
        "2": ("#..#", "#..#", "###.", "#...", "#...", "#...", "#..."),
        "3": ("#.#.#", "#.#.#", "####.", "#....", "#....", "#....", "#...."),
        "4": ("..##", ".#..", "#...", ".##.", "#...", ".#..", "..##"),
        "5": ("..#..", ".#.#.", "#...#", "#...#", "#...#", "#...#", ".###."),
        "6": ("####", "...#", "...#", "...#", "...#", "...#", "...#"),
        "7": ("#...#", "#...#", "#...#", ".#.#.", ".#.#.", "..#..", "..#.."),
        "8": ("..#..", "..#..", ".#.#.", ".#.#.", "#...#", "#...#", "#...#"),
        "9": (".##.", "#..#", "#..#", ".###", "...#", "...#", "...#"),
        "-": ("....", "....", "....", "####", "....", "....", "...."),
        "A": (".##", "#..", ".##", "...", ".#.", ".#.", ".#."),
        "J": (".#####", "...#..", "..#...", ".#..#.", ".#....", ".#...#", "..###."),
        "D": (".....", ".#...", "..#..", "...#.", "....#", "#####", "....."),
        "S": (
            "..........", "..........", ".....#.#.#", ".....#.#.#",
            "#....#####", "#....#....", ".####.....",
        ),
        "M": ("..##.", ".#..#", ".####", ".#...", ".#...", ".#...", ".#..."),
        "K": ("......#", "...##.#", "..#...#", "...#..#", "......#", "#.....#", ".#####."),
        "L": ("....#", "....#", "....#", "....#", "#...#", "#...#", ".###."),
        "N": ("...#...", ".......", "#.....#", "#.....#", "#.....#", ".#...#.", "..###.."),
        "W": (".....", "..##.", ".#..#", "..###", "....#", "...#.", "###.."),
        "Y": ("....##", "...#..", "....#.", "#....#", ".####.", "......", "..#.#."),
    }
)  # fmt: skip
"""By API form: A is أ, J ج, D د, S س, M م, K ك, L ل, N ن, W و, Y ي."""


def draw(text: str, width: int) -> tuple[str, ...]:
    """Return rows of 0 and 1, the label amid so many dots; empty where it cannot be drawn."""
    if not text or any(sign not in _SIGNS for sign in text):
        return ()
    letters = [sign for sign in text if sign.isalpha()]
    digits = [sign for sign in text if not sign.isalpha()]
    rows = []
    for row in range(HEIGHT):
        number = ("." * _GAP).join(_SIGNS[sign][row] for sign in digits)
        parts = [number] if number else []
        parts += [_SIGNS[sign][row] for sign in letters]
        rows.append(("." * _LETTER_GAP).join(parts))
    if len(rows[0]) > width:
        return ()
    before = (width - len(rows[0])) // 2
    return tuple(
        row.rjust(before + len(row), ".").ljust(width, ".").translate(_AS_DOTS) for row in rows
    )


_AS_DOTS = str.maketrans(".#", "01")
