"""Which release of Shubbak this is: for frames and files, and whoever asks on a command line."""

from functools import cache
from typing import Annotated

import typer


@cache
def release() -> str:
    """Return it, such as `0.1.0`."""
    from importlib.metadata import version  # paid by nobody's start who does not ask

    return version("shubbak")


def _tell(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"Shubbak {release()}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_tell, is_eager=True, help="Say which release this is, and leave."
    ),
]
