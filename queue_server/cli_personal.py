"""`shubbak personal …`: the keys that seal what identifies citizens."""

import typer

from queue_server.console import Config, run, say, settings_from

personal_app = typer.Typer(help="What identifies citizens.", no_args_is_help=True)


@personal_app.callback()
def _group() -> None:
    """Keep the command's name though it is the only one."""


@personal_app.command("rekey")
def personal_rekey(config: Config = None) -> None:
    """Add a key that seals phones and national IDs from the server's next start on."""
    from core_services.clock import SystemClock
    from core_services.people.sealing import add_key
    from queue_server.person_keys import open_person_keys

    settings = settings_from(config)
    path = settings.person_keys

    async def rekey() -> str:
        at = SystemClock().now()
        open_person_keys(settings, at=at)
        return add_key(path, at=at).id.hex()

    key_id = run(rekey())
    say(f"added the key {key_id} to {path}; keep a copy, then restart the server")
    say("the older keys stay: without them what they sealed is lost until it is sealed anew")
