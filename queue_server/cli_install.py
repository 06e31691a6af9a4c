"""`shubbak install`: makes a server, kiosk, hall screen or workstation of a Debian machine."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from queue_server.console import CANNOT, say

if TYPE_CHECKING:
    from queue_server.installing.model import Role
    from queue_server.installing.plan import Plan, Step


def install(
    role: Annotated[
        Literal["server", "kiosk", "display", "workstation", "all"],
        typer.Option(help="What this machine is."),
    ],
    apply: Annotated[
        bool,
        typer.Option(
            "--apply/--print", help="Do it, as root; or only print what would be done (default)."
        ),
    ] = False,
    root: Annotated[
        Path, typer.Option(help="The root of an image instead of this machine's.")
    ] = Path("/"),
    programs: Annotated[
        Path | None,
        typer.Option(help="Where the machine finds our programs; else where this one is."),
    ] = None,
) -> None:
    """Write a machine's units, users, folders, device rules and first settings.

    Settings that are there are never changed; how they differ from the packed ones is shown.
    """
    from queue_server.installing.carry_out import InstallFailed, carry_out
    from queue_server.installing.model import ROLES
    from queue_server.installing.plan import plan_for

    roles: tuple[Role, ...] = ROLES if role == "all" else (role,)
    try:
        plan = plan_for(roles, root.resolve(), programs or Path(sys.prefix) / "bin")
        if not apply:
            print("\n".join(_printed(plan)))
            return
        if os.geteuid() != 0:
            say("only root may install; --print shows what would be done")
            raise typer.Exit(CANNOT)
        carry_out(plan)
    except (OSError, UnicodeDecodeError, InstallFailed) as error:
        say(str(error))
        raise typer.Exit(CANNOT) from None
    for line in _done(plan):
        say(line)


def _printed(plan: "Plan") -> Iterator[str]:
    """Yield all that would be written and run."""
    for step in plan.steps:
        yield f"# {step.change}: {step.path}"
        if step.change == "new":
            yield step.text
        elif step.change != "same":
            yield from _differs(step)
    for command in plan.commands:
        yield f"# run: {' '.join(command)}"


def _done(plan: "Plan") -> Iterator[str]:
    """Yield what was done, and what a person does next."""
    from queue_server.installing.model import enabled_units, packages_for

    for step in plan.steps:
        if step.is_written:
            yield f"wrote {step.path}"
        elif step.change == "keep":
            yield f"kept {step.path} as it is; the packed one differs:"
            yield from _differs(step)
    if not any(step.is_written for step in plan.steps):
        yield "every file was there already"
    for command in plan.commands:
        yield f"ran {' '.join(command)}"
    if packages := packages_for(plan.roles):
        yield f"needs: apt-get install --no-install-recommends {' '.join(packages)}"
    settings = ", ".join(f"/etc/shubbak/{role}.toml" for role in plan.roles)
    yield f"next: set {settings} right, pair the devices, then"
    yield f"      systemctl enable --now {' '.join(enabled_units(plan.roles))}"
    if "server" in plan.roles:
        yield "      and open the set-up page of a new server, which tells its address and code:"
        yield "      journalctl -u shubbak-server -n 20 --no-pager"


def _differs(step: "Step") -> Iterator[str]:
    for line in step.diff():
        yield f"  {line}"
