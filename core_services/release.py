"""Which release of Shubbak a program is, for whoever asks it on a command line."""

from typing import Annotated

import typer


def _tell(is_asked: bool) -> None:
    if not is_asked:
        return
    from importlib.metadata import version  # paid by nobody else's start

    typer.echo(f"Shubbak {version('shubbak')}")
    raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_tell, is_eager=True, help="Say which release this is, and leave."
    ),
]
