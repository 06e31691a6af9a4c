"""`shubbak user …` and `shubbak key …`: who and what may act."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from queue_server.console import (
    CentreCode,
    Config,
    on_centre,
    read_password,
    run,
    say,
    settings_from,
)

if TYPE_CHECKING:
    from core_services.database.pool import Pool
    from core_services.people.model import Scope
    from queue_server.store_centre import KnownCentre

NewPassword = Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]

user_app = typer.Typer(help="Staff who sign in.", no_args_is_help=True)
key_app = typer.Typer(help="Keys with which programs use the API.", no_args_is_help=True)


@user_app.command("add")
def user_add(
    username: Annotated[str, typer.Argument(help="2 to 32 small Latin letters, digits, . _ -")],
    role: Annotated[
        Literal["receptionist", "clerk", "supervisor", "admin"],
        typer.Option(help="What the person may do."),
    ] = "clerk",
    name_ar: Annotated[str, typer.Option(help="Display name in Arabic.")] = "",
    name_en: Annotated[str, typer.Option(help="Display name in English.")] = "",
    window: Annotated[
        int | None, typer.Option(min=1, max=99, help="The window this person usually works at.")
    ] = None,
    woman: Annotated[
        bool, typer.Option("--woman", help="She serves citizens who ask for a woman.")
    ] = False,
    generate: NewPassword = False,
    password_stdin: FromStdin = False,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Add a member of staff; the password is prompted for, read or made."""
    from core_services.clock import SystemClock
    from queue_server.administration import add_user

    password = read_password(generate=generate, from_stdin=password_stdin)

    async def add(pool: "Pool", known: "KnownCentre") -> None:
        await add_user(
            pool,
            known,
            username=username,
            password=password,
            role=role,
            name_ar=name_ar,
            name_en=name_en,
            window=window,
            is_woman=woman,
            at=SystemClock().now(),
        )

    run(on_centre(settings_from(config), centre, add))
    say(f"added {username} as {role}")
    if generate:
        say("the password, shown this once:")
        print(password)


@user_app.command("password")
def user_password(
    username: Annotated[str, typer.Argument(help="Whose password.")],
    generate: NewPassword = False,
    password_stdin: FromStdin = False,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Give a member of staff another password; it ends their sign-ins."""
    from core_services.clock import SystemClock
    from queue_server.administration import reset_user

    password = read_password(generate=generate, from_stdin=password_stdin)

    async def reset(pool: "Pool", known: "KnownCentre") -> None:
        await reset_user(pool, known, username=username, password=password, at=SystemClock().now())

    run(on_centre(settings_from(config), centre, reset))
    say(f"{username} has another password")
    if generate:
        say("the password, shown this once:")
        print(password)


@user_app.command("disable")
def user_disable(
    username: Annotated[str, typer.Argument(help="Who is shut out.")],
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Shut a member of staff out and end their sign-ins."""
    from core_services.clock import SystemClock
    from core_services.people.staff import disable_staff, find_staff
    from queue_server.administration import SYSTEM

    async def disable(pool: "Pool", known: "KnownCentre") -> None:
        staff = await find_staff(pool, centre_id=known.id, username=username)
        await disable_staff(
            pool, centre_id=known.id, staff_id=staff.id, actor=SYSTEM, at=SystemClock().now()
        )

    run(on_centre(settings_from(config), centre, disable))
    say(f"{username} is shut out")


@user_app.command("woman")
def user_woman(
    username: Annotated[str, typer.Argument(help="Who serves citizens who ask for a woman.")],
    no: Annotated[bool, typer.Option("--no", help="Not any more.")] = False,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Say that a member of staff serves citizens who ask for a woman."""
    from core_services.clock import SystemClock
    from core_services.people.staff import change_staff, find_staff
    from queue_server.administration import SYSTEM

    async def change(pool: "Pool", known: "KnownCentre") -> None:
        staff = await find_staff(pool, centre_id=known.id, username=username)
        await change_staff(
            pool,
            centre_id=known.id,
            staff_id=staff.id,
            role=staff.role,
            name_ar=staff.name_ar,
            name_en=staff.name_en,
            default_window=staff.default_window,
            is_woman=not no,
            actor=SYSTEM,
            at=SystemClock().now(),
        )

    run(on_centre(settings_from(config), centre, change))
    said = "no longer serves" if no else "serves"
    say(f"{username} {said} citizens who ask for a woman")


@user_app.command("list")
def user_list(centre: CentreCode = None, config: Config = None) -> None:
    """List the staff: username, role, window, state."""
    from core_services.people.model import Staff
    from core_services.people.staff import list_staff

    async def everyone(pool: "Pool", known: "KnownCentre") -> list[Staff]:
        return await list_staff(pool, centre_id=known.id)

    for staff in run(on_centre(settings_from(config), centre, everyone)):
        window = staff.default_window or "-"
        state = "active" if staff.is_active else "disabled"
        print(f"{staff.username}\t{staff.role}\t{window}\t{state}\t{staff.name('ar')}")


@key_app.command("add")
def key_add(
    name: Annotated[str, typer.Option("--name", help="What uses the key.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may do: read, issue, act, supervise, personal, metrics, admin; may be "
            "repeated."
        ),
    ] = None,
    all_scopes: Annotated[bool, typer.Option("--all-scopes", help="It may do everything.")] = False,
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Add an API key and print it, once."""
    from core_services.clock import SystemClock
    from core_services.people.api_keys import add_key
    from core_services.people.model import NewApiKey
    from core_services.people.permissions import ALL_SCOPES
    from queue_server.administration import SYSTEM

    scopes = ALL_SCOPES if all_scopes else _scopes(scope or [])

    async def add(pool: "Pool", known: "KnownCentre") -> NewApiKey:
        return await add_key(
            pool,
            centre_id=known.id,
            name=name,
            scopes=scopes,
            actor=SYSTEM,
            at=SystemClock().now(),
        )

    new = run(on_centre(settings_from(config), centre, add))
    say(f'added the key "{name}" ({", ".join(new.key.scopes)}); it is shown this once:')
    print(new.text)


@key_app.command("revoke")
def key_revoke(
    name: Annotated[str, typer.Option("--name", help="Which key.")],
    centre: CentreCode = None,
    config: Config = None,
) -> None:
    """Revoke an API key; it is refused within two seconds."""
    from core_services.clock import SystemClock
    from core_services.people.api_keys import revoke_key_named
    from queue_server.administration import SYSTEM

    async def revoke(pool: "Pool", known: "KnownCentre") -> None:
        await revoke_key_named(
            pool, centre_id=known.id, name=name, actor=SYSTEM, at=SystemClock().now()
        )

    run(on_centre(settings_from(config), centre, revoke))
    say(f'revoked the key "{name}"')


def _scopes(words: list[str]) -> "tuple[Scope, ...]":
    from core_services.people.permissions import ALL_SCOPES
    from core_services.settings import did_you_mean

    if not words:
        raise typer.BadParameter("name at least one --scope, or give --all-scopes")
    for word in words:
        if word not in ALL_SCOPES:
            raise typer.BadParameter(f'"{word}" is no scope{did_you_mean(word, ALL_SCOPES)}')
    return tuple(scope for scope in ALL_SCOPES if scope in words)
