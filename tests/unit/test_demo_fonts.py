"""One cache of fonts for all programs of a demonstration."""

from pathlib import Path

from core_services.look.font import web_font
from core_services.paper.fonts import static_fonts
from queue_server.demo.fonts import PROGRAMS, cut_fonts
from queue_server.demo.place import Place
from tests.support.fonts import share_fonts


def place_in(folder: Path) -> Place:
    return Place(folder, port=1, printer=None, speed=1, bots=False)


def files_in(folder: Path) -> dict[Path, int]:
    """Return its files and when each was written."""
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}


async def test_every_program_finds_its_fonts_made(tmp_path: Path) -> None:
    await cut_fonts(place_in(tmp_path))
    made = files_in(tmp_path / "cache")
    assert {file.suffix for file in made} == {".woff2", ".ttf"}
    for program in PROGRAMS:
        for font in (web_font, static_fonts):
            assert font(tmp_path / program / "cache").resolve().is_relative_to(tmp_path / "cache")
    assert files_in(tmp_path / "cache") == made


async def test_a_program_that_has_a_cache_of_its_own_keeps_it(tmp_path: Path) -> None:
    share_fonts(tmp_path)
    own = tmp_path / "kiosk" / "cache"
    own.mkdir(parents=True)
    await cut_fonts(place_in(tmp_path))
    assert own.is_dir()
    assert not own.is_symlink()


async def test_a_folder_that_cannot_be_written_is_left_to_the_programs(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    await cut_fonts(place_in(tmp_path))
    assert not (tmp_path / "server").exists()
