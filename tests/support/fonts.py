"""The fonts of screens and slips, cut once for all tests; their names tell the recipe."""

import os
import tempfile
from pathlib import Path


def font_cache() -> Path:
    """Return the folder that keeps them, between runs too."""
    return Path(tempfile.gettempdir()) / f"shubbak-test-fonts-{os.getuid()}"


def share_fonts(data_dir: Path) -> None:
    """Let a program that will keep its data there find its fonts made."""
    cache = font_cache()
    cache.mkdir(exist_ok=True)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (data_dir / "cache").exists():
        (data_dir / "cache").symlink_to(cache)
