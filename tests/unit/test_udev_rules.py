"""The udev rules hold to the grammar of udev(7): Debian 12 has no command that checks them."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "systemd" / "99-shubbak.rules"

PAIR = re.compile(r'([A-Z]+)(?:\{([^}"]+)\})?(==|!=|\+=|-=|:=|=)"((?:[^"\\]|\\.)*)"')
MATCHED = {"ACTION", "DEVPATH", "KERNEL", "KERNELS", "SUBSYSTEM", "SUBSYSTEMS", "DRIVER", "ATTR"}
SET_ONCE = {"GROUP", "MODE", "OWNER", "LABEL", "GOTO"}
BOTH = {"ENV", "TAG"}
ADDED = {"SYMLINK", "TAG"}
WITH_ATTRIBUTE = {"ENV", "ATTR", "IMPORT"}
BUILTINS = {"usb_id", "path_id", "input_id", "hwdb", "keyboard", "kmod"}
SUBSTITUTION = re.compile(
    r"\$(?:env\{\w+\}|attr\{\w+\}|kernel|number|devpath|id|driver|name)|%[kn%]"
)


@dataclass(frozen=True)
class Pair:
    key: str
    attribute: str | None
    operator: str
    value: str


def parse(text: str) -> list[list[Pair]]:
    """Return the rules; raise ValueError with the number of the first line that is none."""
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        pairs, at = [], 0
        while True:
            found = PAIR.match(line, at)
            if found is None:
                raise ValueError(f"line {number}: no pair at {line[at:]!r}")
            pairs.append(Pair(*found.groups()))
            at = found.end()
            if at == len(line):
                break
            if not line.startswith(", ", at):
                raise ValueError(f"line {number}: no comma at {line[at:]!r}")
            at += 2
        for pair in pairs:
            wrong = problem(pair)
            if wrong:
                raise ValueError(f"line {number}: {pair}: {wrong}")
        rules.append(pairs)
    return rules


def problem(pair: Pair) -> str | None:
    """Say what udev would not take; None when nothing."""
    compares = pair.operator in ("==", "!=")
    if (pair.key in WITH_ATTRIBUTE) != (pair.attribute is not None):
        return "an attribute too many or too few"
    if pair.key in MATCHED:
        return None if compares else "can only be compared"
    if pair.key in BOTH and compares:
        return None
    if compares:
        return "can't be compared"
    if pair.key == "IMPORT":
        right = pair.attribute == "builtin" and pair.value in BUILTINS and pair.operator == "="
        return None if right else "not a builtin"
    if pair.key in ADDED:
        return rest_of(pair.value) if pair.operator == "+=" else "would take others' away"
    if pair.key == "ENV":
        return rest_of(pair.value) if pair.operator == "=" else "one value each"
    if pair.key not in SET_ONCE:
        return "unknown key"
    if pair.key == "MODE" and not re.fullmatch(r"0[0-7]{3}", pair.value):
        return "not a mode"
    return None if pair.operator == "=" else "set by =, so that a machine's own file may differ"


def rest_of(value: str) -> str | None:
    left = SUBSTITUTION.sub("", value)
    return "unknown substitution" if "$" in left or "%" in left else None


def test_every_line_is_a_rule() -> None:
    assert len(parse(RULES.read_text(encoding="utf-8"))) > 10


def test_every_jump_goes_forward_to_a_label_that_is_there() -> None:
    rules = parse(RULES.read_text(encoding="utf-8"))
    places = {
        pair.value: place
        for place, rule in enumerate(rules)
        for pair in rule
        if pair.key == "LABEL"
    }
    jumps = [
        (place, pair.value)
        for place, rule in enumerate(rules)
        for pair in rule
        if pair.key == "GOTO"
    ]
    assert jumps
    assert all(places[label] > place for place, label in jumps)


def test_no_device_is_open_to_everybody() -> None:
    rules = parse(RULES.read_text(encoding="utf-8"))
    modes = {pair.value for rule in rules for pair in rule if pair.key == "MODE"}
    assert modes == {"0660"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('SUBSYSTEM=="tty" GROUP="lp"', "no comma"),
        ('SUBSYSTEM=="tty", GROUP=="lp"', "can't be compared"),
        ('SUBSYSTEM="tty"', "only be compared"),
        ('SYMLINK="printer"', "take others' away"),
        ('SYMLINK+="p-$env(ID)"', "unknown substitution"),
        ('MODE="666"', "not a mode"),
        ('IMPORT{builtin}="usbid"', "not a builtin"),
        ('ENV=="1"', "attribute"),
        ("GROUP=lp", "no pair"),
        ('COLOUR="red"', "unknown key"),
    ],
)
def test_a_slip_of_the_pen_is_found(line: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(line)
