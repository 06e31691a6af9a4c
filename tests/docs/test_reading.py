"""What a stranger reads holds true: links lead somewhere, commands exist, nothing is left out."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import typer.main

from queue_server.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "drivers" / "SUPPORTED.md"],
    key=lambda page: str(page.relative_to(ROOT)),
)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PICTURES_LIMIT_BYTES = 1_500_000

LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)

A_DEVELOPERS_FOLDER = re.compile(r"/home/\w+/|/root/|/tmp/")
"""Paths that exist on one machine only."""


FILE = re.compile(r"`([\w*./-]+\.(?:py|sql|toml|css|js|po|typ|html|rules|service|json|md))`")
OF_A_CENTRE = (
    *("server.toml", "server.secrets.toml", "kiosk.toml", "display.toml", "centre.toml"),
    "workstation.toml",
    *("demo.json", "demo-data/", "/etc/", "/var/", "/api/", "persons.json", "keys/persons.json"),
    "own-numbers.json",
    "0001_words.sql",  # an example of a name
)


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(text: str) -> str:
    """Return a page without its blocks of code, in which `#` and `](` mean something else."""
    return FENCE.sub("", text)


def headings(page: Path) -> list[tuple[int, str]]:
    return [
        (len(level), title)
        for level, title in HEADING.findall(prose(page.read_text(encoding="utf-8")))
    ]


def anchor(title: str) -> str:
    """Make the anchor of a heading as GitHub does."""
    words = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(title) for _, title in headings(page)}


def links(page: Path) -> Iterator[str]:
    for in_text, in_picture in LINK.findall(prose(page.read_text(encoding="utf-8"))):
        yield in_text or in_picture


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_every_link_of_a_page_leads_somewhere(document: Path) -> None:
    lost = []
    for link in links(document):
        if link.startswith(("https://", "http://")):
            continue
        name, _, section = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (section and section not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_document_is_in_the_index() -> None:
    listed = {
        (index.parent / link.partition("#")[0]).resolve()
        for index in (DOCS / "README.md", DOCS / "adr" / "README.md")
        for link in links(index)
    }
    listed |= {(ROOT / link).resolve() for readme in READMES for link in links(readme)}
    there = {path for path in DOCS.rglob("*") if path.is_file() and path.name != "README.md"}
    assert sorted(named(path) for path in there - listed) == []


READMES = (ROOT / "README.md", ROOT / "README.ar.md")


def test_both_readmes_have_the_same_sections() -> None:
    english, arabic = (headings(readme) for readme in READMES)
    assert [level for level, _ in english] == [level for level, _ in arabic]


def test_both_readmes_say_the_same_commands_addresses_and_folders() -> None:
    english, arabic = (_facts(readme.read_text(encoding="utf-8")) for readme in READMES)
    assert english == arabic


def test_the_arabic_readme_calls_the_kiosk_what_its_screens_call_it() -> None:
    text = READMES[1].read_text(encoding="utf-8")
    assert text.count("كشك") <= 1
    assert "جهاز الأرقام" in text


def _facts(text: str) -> dict[str, list[str]]:
    """Take what is not prose: commands without their remarks, quoted names, rows of the map."""
    return {
        "commands": [re.sub(r"\s*#.*", "", block) for _, block in FENCE.findall(text)],
        "quoted": sorted(re.findall(r"`([^`\n]+)`", prose(text))),
        "rows": re.findall(r"^\| \[`([^`]+)`\]", text, re.MULTILINE),
        "pictures": [
            re.sub(r"-en\.png$", ".png", name) for name in re.findall(r'src="([^"]+)"', text)
        ],
        "steps": re.findall(r"^(\d+)\. \*\*", text, re.MULTILINE),
    }


GUIDES = (DOCS / "operations.md", DOCS / "operations.ar.md")


def test_the_technicians_page_is_the_same_in_both_languages() -> None:
    """Sections, every block of code, links to other pages, and the length of each table."""
    english, arabic = (guide.read_text(encoding="utf-8") for guide in GUIDES)
    assert [level for level, _ in headings(GUIDES[0])] == [
        level for level, _ in headings(GUIDES[1])
    ]
    assert FENCE.findall(english) == FENCE.findall(arabic)
    assert _elsewhere(arabic) == [GUIDES[0].name, *_elsewhere(english)]
    rows = [len(re.findall(r"^\| ", each, re.MULTILINE)) for each in (english, arabic)]
    assert rows[0] == rows[1]


def _elsewhere(text: str) -> list[str]:
    """Return the links to other pages, in their order."""
    return [in_text for in_text, _ in LINK.findall(prose(text)) if not in_text.startswith("#")]


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_every_file_that_a_page_names_exists(document: Path) -> None:
    """By its whole path or the end of it; settings files are a centre's own."""
    tracked = [f"/{name}" for name in _git("ls-files").splitlines()]
    lost = [
        name
        for name in FILE.findall(prose(document.read_text(encoding="utf-8")))
        if not name.startswith(OF_A_CENTRE)
        and not any(fnmatch(path, f"*/{name}") for path in tracked)
    ]
    assert lost == []


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_every_make_command_of_a_page_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    code = " ".join([*re.findall(r"`[^`]+`", prose(text)), *re.findall(r"^make .+$", text, re.M)])
    commands = set(re.findall(r"\bmake ([a-z][\w-]*)", code))
    targets = set(re.findall(r"^([a-z][\w-]*):", MAKEFILE, re.MULTILINE))
    assert commands <= targets
    variables = set(re.findall(r"\bmake [a-z-]+ ([A-Z_]+)=", code))
    assert variables <= set(re.findall(r"\$\(([A-Z_]+)\)", MAKEFILE))


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_every_shubbak_command_of_a_page_is_understood(document: Path) -> None:
    """Of those in blocks of shell, where a reader copies them from."""
    for language, block in FENCE.findall(document.read_text(encoding="utf-8")):
        if language != "sh":
            continue
        for line in block.replace("\\\n", " ").splitlines():
            command = re.search(r"(?:^|/| )shubbak ([a-z].*)", line.partition(" #")[0])
            if command:
                _understand(command[1].split(), line)


def _understand(words: list[str], line: str) -> None:
    """Walk the command's own tree of commands, then compare the options."""
    place: Any = typer.main.get_command(app)
    while words and hasattr(place, "commands"):
        word = words.pop(0)
        assert word in place.commands, line
        place = place.commands[word]
    known = {option for parameter in place.params for option in parameter.opts}
    used = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert used <= known, line


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_a_page_names_no_path_of_one_developers_machine(document: Path) -> None:
    assert A_DEVELOPERS_FOLDER.findall(document.read_text(encoding="utf-8")) == []


def test_the_changelog_has_room_for_the_next_change() -> None:
    titles = headings(ROOT / "CHANGELOG.md")
    assert (2, "[Unreleased]") in titles
    released = [title for level, title in titles if level == 2 and title != "[Unreleased]"]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert not released or version in released[0]


def test_the_pictures_are_few_and_light() -> None:
    pictures = list((DOCS / "pictures").glob("*"))
    assert sum(picture.stat().st_size for picture in pictures) <= PICTURES_LIMIT_BYTES
