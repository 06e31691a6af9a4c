"""Looks whether Arabic is set right: fonts are there, letters join, lines run as they must."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from core_services.doctor.machine import in_thread
from core_services.doctor.model import N_, Check, Finding, Words, broken, skipped, well
from core_services.doctor.wheels import from_wheels
from core_services.look.font import FontUnavailableError, web_font
from core_services.paper.fonts import static_fonts
from core_services.paper.proof import Proof, ProofFailed, prove


def fonts_check(cache_dir: Path) -> Check:
    """Look at the fonts of screens and paper in a program's cache, and at what they print."""
    return Check("fonts", N_("Arabic letters"), in_thread(lambda: _fonts(cache_dir)))


def _fonts(cache_dir: Path) -> Sequence[Finding]:
    if not cache_dir.parent.exists():
        return [skipped(N_("there is no data folder yet"))]
    if _is_anothers(cache_dir.parent):
        return [
            skipped(
                N_("only the program's own user looks at its fonts, for they would be this user's")
            )
        ]
    try:
        web_font(cache_dir)
        proof = prove(cache_dir)
    except FontUnavailableError as error:
        return [
            broken(
                N_("the font is not installed: {why}", why=error.reason),
                N_("Install the program again, with its fonts."),
                from_wheels("--force-reinstall", "fontpkg-noto-sans-arabic"),
            )
        ]
    except (OSError, ProofFailed) as error:
        return [_broken(cache_dir, N_("nothing can be set: {why}", why=str(error)))]
    if not proof.is_good:
        return [_broken(cache_dir, _wrong(proof))]
    return [well(N_("letters join, figures and brackets stand right"))]


def _is_anothers(data_dir: Path) -> bool:
    """Say whether fonts made by this process would belong to another user than the program's."""
    try:
        return data_dir.stat().st_uid != os.geteuid()
    except OSError:
        return False


def _wrong(proof: Proof) -> Words:
    if not proof.joins:
        return N_("letters do not join: they stand apart")
    if not proof.digits:
        return N_("figures stand in the wrong order within a line")
    return N_("brackets do not turn with the line")


def _broken(cache_dir: Path, seen: Words) -> Finding:
    async def make_again() -> None:
        await asyncio.to_thread(_make_again, cache_dir)

    return broken(
        seen,
        N_("Let the fonts be made again: remove those that are there and start the program."),
        f"rm -rf {cache_dir}/slip-fonts-* {cache_dir}/shubbak-*.woff2",
        mend=make_again,
    )


def _make_again(cache_dir: Path) -> None:
    """Remove the fonts, which are made of those that are installed, and make them."""
    if cache_dir.is_dir():
        for folder in cache_dir.glob("slip-fonts-*"):
            shutil.rmtree(folder)
        for file in cache_dir.glob("shubbak-*.woff2"):
            file.unlink()
    try:
        web_font(cache_dir)
        static_fonts(cache_dir)
    except FontUnavailableError as error:
        raise OSError(str(error)) from error
