"""`shubbak backup …`: make, list, verify and restore backups."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from queue_server.console import Config, run, say, settings_from, show_progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from queue_server.backup.listing import Listed
    from queue_server.backup.sealing import Secrets
    from queue_server.settings import ServerSettings

backup_app = typer.Typer(help="Backups: make, list, verify, restore.", no_args_is_help=True)

Folder = Annotated[
    Path | None, typer.Option("--dir", help="The folder for backups instead of the settings'.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="A file, mode 0600, with the passphrase."),
]
PassphraseStdin = Annotated[
    bool, typer.Option("--passphrase-stdin", help="Read the passphrase from standard input.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", help="The private key that `shubbak backup key` made."),
]
BackupFile = Annotated[
    Path | None, typer.Argument(help="The backup; else the newest in the folder.")
]


@backup_app.command("create")
def backup_create(
    folder: Folder = None,
    with_secrets: Annotated[
        bool,
        typer.Option(
            "--with-secrets", help="Put the keys into the backup although it is not sealed."
        ),
    ] = False,
    keep_daily: Annotated[
        int | None, typer.Option(min=1, help="Keep the newest backup of each of so many days.")
    ] = None,
    keep_weekly: Annotated[
        int | None, typer.Option(min=0, help="And the newest of each of so many weeks.")
    ] = None,
    keep_all: Annotated[bool, typer.Option("--keep-all", help="Remove no older backup.")] = False,
    within: Annotated[
        float | None, typer.Option(min=1, help="Give up after so many seconds; else 3600.")
    ] = None,
    config: Config = None,
) -> None:
    """Make a backup of the whole centre while it works."""
    from dataclasses import replace

    from core_services.clock import SystemClock
    from core_services.settings import SettingsError
    from queue_server.backup.create import LONGEST_S, create_backup
    from queue_server.backup.model import Made
    from queue_server.backup.ordering import order_of
    from queue_server.database import OwnerUnknown, reach_database, require_migrated

    settings = settings_from(
        config,
        backup_dir=folder,
        backup_with_secrets=True if with_secrets else None,
        backup_keep_daily=keep_daily,
        backup_keep_weekly=keep_weekly,
    )
    try:
        order = order_of(settings, config, within_s=within or LONGEST_S)
    except SettingsError as error:
        say(str(error))
        raise typer.Exit(2) from None
    if keep_all:
        order = replace(order, keep=None)

    async def create() -> Made:
        async with reach_database(settings) as addresses:
            if addresses.owner is None:
                raise OwnerUnknown
            await require_migrated(addresses.owner, is_training=settings.training)
            with show_progress("tables") as progress:
                return await create_backup(
                    order, addresses.owner, clock=SystemClock(), on_progress=progress
                )

    made = run(create())
    seal = "sealed" if made.is_sealed else "not sealed"
    say(f"{made.rows} rows, {made.files} files, {made.bytes} bytes, {seal}")
    if not made.has_secrets:
        say("keys are not in it: keep copies of them apart, or seal the backups")
    for name in made.removed:
        say(f"removed {name}")
    print(made.path)


@backup_app.command("list")
def backup_list(folder: Folder = None, config: Config = None) -> None:
    """List the backups: moment, age, size, sealed or plain, verified when, name."""
    from core_services.clock import SystemClock
    from queue_server.backup.listing import list_backups

    settings = settings_from(config, backup_dir=folder)
    at = SystemClock().now()
    try:
        found = list_backups(settings.backups)
    except OSError as error:
        say(f"{settings.backups} cannot be read: {error.strerror}")
        raise typer.Exit(1) from None
    for each in found:
        age = "-" if each.made_at is None else _hours((at - each.made_at).total_seconds())
        print("\t".join([_moment(each), age, str(each.bytes), *_state(each), each.path.name]))
    if not found:
        say(f"there is no backup in {settings.backups}")


@backup_app.command("verify")
def backup_verify(
    file: BackupFile = None,
    deep: Annotated[
        bool,
        typer.Option(
            "--deep", help="Restore it into a passing database, count rows, walk the chain."
        ),
    ] = False,
    scratch: Annotated[
        Path | None, typer.Option(help="The folder for the passing database; else the system's.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    passphrase_stdin: PassphraseStdin = False,
    key_file: KeyFile = None,
    folder: Folder = None,
    config: Config = None,
) -> None:
    """Say whether a backup is whole; exit code 1 and the name of the damage when it is not."""
    from core_services.clock import SystemClock
    from queue_server.backup.verify import verify_backup

    settings = settings_from(config, backup_dir=folder)
    path = _chosen(settings, file)
    secrets = _secrets(settings, passphrase_file, passphrase_stdin, key_file)
    manifest, depth = run(
        verify_backup(
            path,
            secrets,
            at=SystemClock().now(),
            bar=_bar,
            is_deep=deep,
            scratch=scratch,
            embedded_user=settings.embedded_user,
        )
    )
    said = {
        "stored": "whole as stored; it is sealed and was not opened",
        "opened": "whole and opens",
        "restored": "whole: restored aside, every row counted, the chain walked",
    }
    print(f"{path.name}: {said[depth]}")
    for centre in manifest.centres:
        print(f"{centre.code}: {centre.revision} events, head {centre.digest}")


@backup_app.command("restore")
def backup_restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Set what is there aside and put the backup in its place."),
    ] = False,
    numbers_from: Annotated[
        int | None,
        typer.Option(
            min=1, max=9999, help="Today's next number; else well above all that is known of today."
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
    passphrase_stdin: PassphraseStdin = False,
    key_file: KeyFile = None,
    config: Config = None,
) -> None:
    """Make the centre of a backup again; the server must be stopped."""
    from core_services.clock import SystemClock
    from queue_server.backup.restore import CONFIGURATION, Order, restore_backup

    settings = settings_from(config)
    order = Order(
        settings=settings,
        path=_chosen(settings, file),
        secrets=_secrets(settings, passphrase_file, passphrase_stdin, key_file),
        replace=replace,
        numbers_from=numbers_from,
    )
    done = run(restore_backup(order, clock=SystemClock(), bar=_bar))
    for centre in done.centres:
        print(
            f"{centre.code}: as of {done.made_at.isoformat(timespec='seconds')}, "
            f"epoch {centre.epoch}, numbers of {centre.day} go on from {centre.numbers_from}"
        )
    for place in done.set_aside:
        say(f"what was there before is in {place}")
    if (settings.data_dir / CONFIGURATION).exists():
        say(f"its settings are in {settings.data_dir / CONFIGURATION}; none was put to use")
    if not done.has_secrets:
        say("keys were not in it: bring the folder keys back from its copy before the first start")
    say("start the server; everyone signs in anew, screens and kiosks follow by themselves")


@backup_app.command("key")
def backup_key(
    file: Annotated[Path, typer.Argument(help="Where the private key is written, mode 0600.")],
) -> None:
    """Make a key for which backups are sealed; keep its file away from the server."""
    from queue_server.administration import make_private
    from queue_server.backup.sealing import make_identity

    identity, recipient = make_identity()

    async def write() -> None:
        import os

        with os.fdopen(make_private(file), "w") as out:
            out.write(identity + "\n")

    run(write())
    say(f"{file} opens the backups: keep it away from the server, in two places; in its settings:")
    print(f'backup_recipient = "{recipient}"')


def _secrets(
    settings: "ServerSettings",
    passphrase_file: Path | None,
    from_stdin: bool,
    key_file: Path | None,
) -> "Secrets":
    from core_services.settings import SettingsError
    from queue_server.backup.sealing import Secrets, read_identity

    if from_stdin:
        passphrase: str | None = sys.stdin.readline().rstrip("\r\n")
    else:
        passphrase = _passphrase(passphrase_file or settings.backup_passphrase_file)
    try:
        identity = None if key_file is None else read_identity(key_file)
    except SettingsError as error:
        say(str(error))
        raise typer.Exit(2) from None
    return Secrets(passphrase, identity)


def _passphrase(path: Path | None) -> str | None:
    from core_services.settings import SettingsError, read_secret

    if path is None:
        return None
    try:
        return read_secret(path)
    except SettingsError as error:
        say(str(error))
        raise typer.Exit(2) from None


def _chosen(settings: "ServerSettings", file: Path | None) -> Path:
    """Return the file, which may be named without its folder; or the newest one."""
    from queue_server.backup.listing import newest_backup

    if file is None:
        newest = newest_backup(settings.backups)
        if newest is None:
            say(f"there is no backup in {settings.backups}")
            raise typer.Exit(1)
        return newest
    inside = settings.backups / file
    path = file if file.exists() or not inside.exists() else inside
    if not path.is_file():
        say(f"{path} is not there")
        raise typer.Exit(2)
    return path


def _bar(what: str) -> "AbstractContextManager[Callable[[int, int], None]]":
    return show_progress(what)


def _moment(each: "Listed") -> str:
    return "-" if each.made_at is None else each.made_at.isoformat(timespec="seconds")


def _state(each: "Listed") -> list[str]:
    if each.manifest is None:
        return ["damaged", str(each.damage or "")]
    sealed = "sealed" if each.manifest.is_sealed else "plain"
    if each.manifest.is_training:
        sealed = f"{sealed} training"
    mark = each.verified
    if mark is None:
        return [sealed, "not verified"]
    return [sealed, f"{mark.depth} {mark.at.isoformat(timespec='seconds')}"]


def _hours(seconds: float) -> str:
    hours = int(seconds // 3600)
    return f"{hours // 24}d{hours % 24:02}h" if hours >= 24 else f"{hours}h"
