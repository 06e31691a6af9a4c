"""What our texts tell people to type: our commands are there with those options, and any machine
has the other programs, or is told what to install.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer._click import exceptions as click

import displays.cli
import kiosk.cli
import kiosk.station.cli
import queue_server.cli
from core_services.doctor.tools import PACKAGES, USUAL, program_of, with_tools

ROOT = Path(__file__).parents[2]
PAGES = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("README*.md")]
PARTS = ("core_services", "displays", "kiosk", "queue_server")
SOURCES = [each for part in PARTS for each in (ROOT / part).rglob("*.py")]
DOCTORS = [each for each in SOURCES if "doctor" in str(each) or each.stem == "device_checks"]
LINES = {
    "shubbak": typer.main.get_command(queue_server.cli.app),
    "shubbak-kiosk": typer.main.get_command(kiosk.cli.cli),
    "shubbak-display": typer.main.get_command(displays.cli.cli),
    "shubbak-workstation": typer.main.get_command(kiosk.station.cli.cli),
}
BLOCK = re.compile(r"^```(?:sh|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
OURS = re.compile(r"(?:^|(?<!-u) |[/(`])(shubbak(?:-kiosk|-display|-workstation)?) +([a-z-].*)")
COMMENT = re.compile(r" +# .*")
ENDS = re.compile(r" [|>&].*|[`;)].*| \(.*|[.,:](?: .*)?$")
VALUES = {"kind": "kiosk", "role": "kiosk", "options": "--host a.lan"}
"""What stands for a value of ours in a command; else 1."""


def wrong_with(text: str) -> str | None:
    """Parse the command of ours in a line as its program does, without doing it; None where it is
    well, or is only a part of one."""
    found = OURS.search(COMMENT.sub("", text))
    if found is None:
        return None
    program, words = found[1], shlex.split(ENDS.sub("", found[2]).replace("[", "").replace("]", ""))
    command: Any = LINES[program]
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"{program} has no command {words[0]!r}: {text}"
        command, words = command.commands[words[0]], words[1:]
    try:
        command.make_context(program, [each for each in words if each != "\\"])
    except typer.Exit:
        return None  # such as --version
    except (click.MissingParameter, click.NoArgsIsHelpError):
        return None
    except click.UsageError as error:
        said = error.format_message()
        is_part = "requires an argument" in said or "does not exist" in said
        return None if is_part else f"{said}: {text}"
    return None


def test_every_command_in_the_documents_is_one_of_ours() -> None:
    told = [
        (page.name, line)
        for page in PAGES
        for text in [page.read_text(encoding="utf-8")]
        for line in (
            *(line for block in BLOCK.findall(text) for line in block.splitlines()),
            *(" ".join(each.split()) for each in INLINE.findall(BLOCK.sub("", text))),
        )
        if not line.startswith(("local ", "install -d", "chown "))
    ]
    assert len(told) > 1000
    assert [(page, why) for page, line in told if (why := wrong_with(line))] == []


def test_every_command_that_our_programs_tell_is_one_of_ours() -> None:
    told = [text for path in DOCTORS for text in texts_of(path) if text.startswith("shubbak")]
    told += [text for path in SOURCES for text in texts_of(path) if ": shubbak " in text]
    assert len(told) > 40
    assert [why for text in told if (why := wrong_with(text))] == []


def test_what_remedies_call_is_on_any_machine_or_told_to_be_installed() -> None:
    ours = {*LINES, "1"}  # "1": python3 of a folder
    sql = ("ALTER", "CREATE", "GRANT", "REVOKE", "SELECT")
    told = {
        program_of(command.lstrip("(").partition("umask 077; ")[2] or command)
        for path in DOCTORS
        for command in commands_of(path)
        if not command.startswith(sql) and " = " not in command
    }
    assert told >= {"apt-get", "curl", "systemctl", "shubbak"}
    assert told - ours - USUAL - set(PACKAGES) == set()
    lsusb = list(with_tools(("lsusb", "psql  # on the server")))
    assert lsusb[-2:] == ["lsusb", "psql  # on the server"]


def commands_of(path: Path) -> Iterator[str]:
    """Yield the commands of a module's remedies: what follows the remedy in a finding's call."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("broken", "warning"):
            yield from (text for each in call.args[2:] if (text := as_text(each)))


def texts_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if text := as_text(node):
            yield text


def as_text(node: ast.AST) -> str | None:
    """Return a text of the source, with words for its values; None for what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        VALUES.get(ast.unparse(each.value).removeprefix("self._"), "1")
        if isinstance(each, ast.FormattedValue)
        else str(as_text(each))
        for each in node.values
    )
