"""The options of `doctor`, the same for every program; nothing here costs a command its start."""

from pathlib import Path
from typing import Annotated, Final

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Write the report as JSON.")]
Fix = Annotated[
    bool,
    typer.Option("--fix", help="Mend what is safe: modes of secrets, fonts, missing folders."),
]
InLanguage = Annotated[
    str | None, typer.Option("--language", help="`ar` or `en`; else that of this machine (LANG).")
]
Bundle = Annotated[
    Path | None,
    typer.Option(
        "--bundle",
        help="Also write report, versions, settings without secrets and the ends of "
        "the logs into this new .tar.gz.",
    ),
]
EPILOG: Final = "Exit codes: 0 nothing is broken, 1 something is, 2 it could not run."
