"""The commands of training as an administrator types them, and what is refused by its exit code."""

from pathlib import Path

from queue_server.administration import load_centre
from queue_server.console import packaged_centre
from tests.support.clock import ManualClock
from tests.support.command import shubbak
from tests.support.database import Database, Servers, fresh_database
from tests.support.training import LISTEN, PASSWORD, settings_of


def write_toml(path: Path, database: Database, *, training: bool = False) -> Path:
    path.write_text(
        f'listen = "127.0.0.1:18998"\ndata_dir = "{path.parent / path.stem}"\n'
        f'database = "{database.app_dsn}"\ndatabase_owner = "{database.owner_dsn}"\n'
        f"training = {str(training).lower()}\n"
    )
    return path


async def test_a_training_centre_is_made_by_one_command_and_each_server_refuses_the_others_database(
    database: Database, postgres_servers: Servers, tmp_path: Path
) -> None:
    await load_centre(
        settings_of(database, tmp_path / "real"),
        packaged_centre(),
        renew_key=False,
        at=ManualClock().now(),
    )
    real = write_toml(tmp_path / "real.toml", database)
    async with fresh_database(await postgres_servers.server("embedded")) as other:
        place = tmp_path / "lesson"
        made = await shubbak(
            *("training", "init", "--config", str(real), "--folder", str(place)),
            *("--listen", LISTEN, "--database", other.app_dsn),
            *("--database-owner", other.owner_dsn, "--password-stdin"),
            stdin=f"{PASSWORD}\n",
        )
        assert (made.code, made.out) == (0, "")
        assert f"shubbak serve --config {place}/server.toml" in made.err
        again = await shubbak(
            *("training", "init", "--config", str(real), "--folder", str(place)),
            *("--password-stdin",),
            stdin=f"{PASSWORD}\n",
        )
        assert (again.code, "there is a training centre already" in again.err) == (1, True)
        wrong = write_toml(tmp_path / "wrong.toml", other)
        served = await shubbak("serve", "--config", str(wrong))
        assert served.code == 1
        assert "the database is marked for training" in served.err
    claims = write_toml(tmp_path / "claims.toml", database, training=True)
    served = await shubbak("serve", "--config", str(claims))
    assert served.code == 1
    assert "the database is not marked for training" in served.err
    emptied = await shubbak("training", "reset", "--config", str(claims))
    assert (emptied.code, "not marked for training" in emptied.err) == (1, True)
    emptied = await shubbak("training", "reset", "--config", str(real))
    assert (emptied.code, "nothing was touched" in emptied.err) == (1, True)
