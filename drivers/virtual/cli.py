"""`shubbak-devices`: virtual devices as programs, for demonstrations, tests and training."""

import typer

from drivers.virtual.escl.command import document_scanner
from drivers.virtual.modem.command import modem
from drivers.virtual.panel.command import panel
from drivers.virtual.printer.command import printer
from drivers.virtual.scanner.command import hid_scanner, scanner
from drivers.virtual.together import hall

app = typer.Typer(
    help="Virtual devices that speak the bytes of real ones.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def devices() -> None:
    """Keep each device a command of its own."""


app.command()(modem)
app.command()(printer)
app.command()(panel)
app.command()(scanner)
app.command()(hid_scanner)
app.command()(hall)
app.command()(document_scanner)


def main() -> None:
    """Run the command line."""
    app()
