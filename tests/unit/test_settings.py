"""Settings files as people write them, right and wrong."""

import os
import pwd
import tempfile
from pathlib import Path

import pytest
from pydantic import Field

from core_services.doctor.running import settings_findings
from core_services.settings import (
    Settings,
    SettingsError,
    load_settings,
    read_secret,
    settings_file,
)
from core_services.toml_file import key_lines
from displays.settings import DisplaySettings
from kiosk.settings import KioskSettings
from kiosk.station.settings import WorkstationSettings
from queue_server.settings import ServerSettings


class Example(Settings):
    """A program's settings."""

    colour: str = Field(default="green", description="Its colour.")
    size: int = Field(default=3, ge=1, description="Its size.")
    home: Path = Field(default=Path("/srv"), description="Its folder.")
    spare: Path | None = Field(default=None, description="Another folder.")
    secrets_file: Path | None = Field(default=None, description="A private file.")


class Needy(Settings):
    """Settings of which one has no default."""

    name: str = Field(description="What this machine is called.")


def write(folder: Path, text: str, name: str = "example.toml", mode: int = 0o644) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def problems_of(folder: Path, text: str) -> list[str]:
    path = write(folder, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(Example, path)
    return [problem.removeprefix(f"{path}, ") for problem in caught.value.problems]


def test_without_a_file_the_defaults_hold() -> None:
    assert load_settings(Example, None) == Example()


def test_a_file_and_then_the_command_line_win_over_the_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, 'colour = "blue"\nsize = 4\n')
    assert load_settings(Example, path, size=5, home=None) == Example(colour="blue", size=5)


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(tmp_path: Path) -> None:
    assert problems_of(tmp_path, '# ours\ncolor = "blue"\n') == [
        'line 2: "color" is not a setting; did you mean "colour"?'
    ]


def test_an_unknown_key_near_nothing_is_answered_with_all_that_is_known(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "xyzzy = 1\n") == [
        'line 1: "xyzzy" is not a setting; known are: colour, home, secrets_file, size, spare.'
    ]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert problems_of(tmp_path, 'size = 0\ncolour = 7\n\nhmoe = ""\n') == [
        'line 2: "colour": must be a text in quotes, not 7',
        'line 1: "size": must be 1 or more, not 0',
        'line 4: "hmoe" is not a setting; did you mean "home"?',
    ]


def test_a_missing_key_is_told_with_what_it_means() -> None:
    with pytest.raises(SettingsError, match='"name" must be set: What this machine is called'):
        load_settings(Needy, None)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        load_settings(Example, Path("/nowhere/server.toml"))


@pytest.mark.parametrize("text", ["colour = ", 'colour = "a"\ncolour = "b"', "= 3", "\x00"])
def test_what_is_not_toml_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"is not TOML: .*(line \d|at end of document)"):
        load_settings(Example, write(tmp_path, text))


def test_bytes_that_are_not_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_bytes(b'colour = "\xff"')
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings(Example, path)


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'home = "data"\nspare = "/abs"\n')
    settings = load_settings(Example, path)
    assert settings.home == tmp_path / "data"
    assert settings.spare == Path("/abs")


def test_a_private_secrets_file_wins_over_the_settings_file(tmp_path: Path) -> None:
    write(tmp_path, 'colour = "secret"\n', "secrets.toml", 0o600)
    path = write(tmp_path, 'colour = "blue"\nsize = 9\nsecrets_file = "secrets.toml"\n')
    settings = load_settings(Example, path)
    assert (settings.colour, settings.size) == ("secret", 9)


def test_a_secrets_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secrets = write(tmp_path, 'colour = "secret"\n', "secrets.toml", 0o640)
    path = write(tmp_path, 'secrets_file = "secrets.toml"\n')
    with pytest.raises(SettingsError, match=f"chmod 600 {secrets}"):
        load_settings(Example, path)


def test_a_mistake_in_the_secrets_file_is_told_with_its_place(tmp_path: Path) -> None:
    secrets = write(tmp_path, '\n\nsize = "x"\n', "secrets.toml", 0o600)
    path = write(tmp_path, 'secrets_file = "secrets.toml"\nsize = 1\n')
    with pytest.raises(SettingsError, match=f'{secrets}, line 3: "size"'):
        load_settings(Example, path)


def test_the_file_is_chosen_by_option_then_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHUBBAK_KIOSK_CONFIG", raising=False)
    assert settings_file("kiosk", None) is None
    monkeypatch.setenv("SHUBBAK_KIOSK_CONFIG", "/a/kiosk.toml")
    assert settings_file("kiosk", None) == Path("/a/kiosk.toml")
    assert settings_file("kiosk", tmp_path) == tmp_path


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")
def test_a_folder_of_settings_that_is_shut_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHUBBAK_KIOSK_CONFIG", raising=False)
    with tempfile.TemporaryDirectory() as shut:
        monkeypatch.setattr("core_services.settings.SYSTEM_FOLDER", Path(shut))
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            file = settings_file("kiosk", None)
            with pytest.raises(SettingsError, match=r"kiosk\.toml: cannot be read: Permission"):
                load_settings(KioskSettings, file)
            (found,) = settings_findings(["it cannot be read"], Path(shut, "kiosk.toml"))
        finally:
            os.seteuid(0)
    assert found.commands == (f"ls -l {file}",)


def test_a_secret_is_read_from_a_private_file_only(tmp_path: Path) -> None:
    path = write(tmp_path, "device_abc\n", "token", 0o600)
    assert read_secret(path) == "device_abc"
    path.chmod(0o604)
    with pytest.raises(SettingsError, match="can be read by others"):
        read_secret(path)
    write(tmp_path, " \n", "token", 0o600)
    with pytest.raises(SettingsError, match="is empty"):
        read_secret(path)
    with pytest.raises(SettingsError, match="No such file"):
        read_secret(tmp_path / "none")


def test_lines_are_found_in_every_form_of_toml() -> None:
    text = '''a = 1
"b c" = """
not_a_key = 2
"""
d.e = [
  { f = 1 },
]
[g.h]
i = 3  # = "
[[j]]
k = '[x]'
[[j]]
k = 2
[j.l]
m = 1
'''
    assert key_lines(text) == {
        ("a",): 1,
        ("b c",): 2,
        ("d",): 5,
        ("d", "e"): 5,
        ("g", "h"): 8,
        ("g", "h", "i"): 9,
        ("j",): 10,
        ("j", 0): 10,
        ("j", 0, "k"): 11,
        ("j", 1): 12,
        ("j", 1, "k"): 13,
        ("j", 1, "l"): 14,
        ("j", 1, "l", "m"): 15,
    }


@pytest.mark.parametrize(
    "listen", ["127.0.0.1:8080", "localhost:80", "[::1]:8080", "127.3.2.1:65535"]
)
def test_the_server_listens_on_this_machine(listen: str) -> None:
    settings = load_settings(ServerSettings, None, listen=listen)
    assert settings.port == int(listen.rpartition(":")[2])
    assert "[" not in settings.host


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", "192.168.1.10:8080", "[::]:8080"])
def test_the_server_goes_beyond_this_machine_only_when_told_so(listen: str) -> None:
    with pytest.raises(SettingsError, match="allow_plain_lan = true"):
        load_settings(ServerSettings, None, listen=listen)
    load_settings(ServerSettings, None, listen=listen, allow_plain_lan=True)


@pytest.mark.parametrize(
    "listen", ["8080", ":8080", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "example.org:80", ""]
)
def test_the_server_listens_on_an_address_and_a_port(listen: str) -> None:
    with pytest.raises(SettingsError, match=r"such as 127\.0\.0\.1:8080"):
        load_settings(ServerSettings, None, listen=listen)


def test_the_database_is_embedded_or_a_dsn() -> None:
    assert load_settings(ServerSettings, None).is_embedded
    dsn = "postgresql://shubbak_app@db/shubbak"
    assert not load_settings(ServerSettings, None, database=dsn).is_embedded
    with pytest.raises(SettingsError, match="begins with postgresql://"):
        load_settings(ServerSettings, None, database="embeded")


def test_an_address_ends_without_a_slash() -> None:
    assert load_settings(ServerSettings, None, public_url="https://x.eg/").public_url == (
        "https://x.eg"
    )
    assert load_settings(KioskSettings, None, server="http://s:1/").server == "http://s:1"
    with pytest.raises(SettingsError, match="https://"):
        load_settings(DisplaySettings, None, server="s:8080")


def test_a_kiosk_waits_at_least_twenty_seconds_for_an_answer() -> None:
    with pytest.raises(SettingsError, match='"idle_answer_s"'):
        load_settings(KioskSettings, None, idle_answer_s=19)


def test_a_printer_is_a_url() -> None:
    with pytest.raises(SettingsError, match="tcp://"):
        load_settings(KioskSettings, None, printer="192.168.1.50")


def test_a_display_speaks_arabic_or_english() -> None:
    with pytest.raises(SettingsError, match="'ar' or 'en'"):
        load_settings(DisplaySettings, None, languages=["fr"])
    with pytest.raises(SettingsError, match="twice"):
        load_settings(DisplaySettings, None, languages=["ar", "ar"])


class TestCredentials:
    """What systemd gives a unit by LoadCredential=."""

    @pytest.fixture
    def given(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "credentials"
        folder.mkdir()
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
        return folder

    def test_a_file_may_be_a_credential(self, given: Path, tmp_path: Path) -> None:
        write(given, "abc\n", "token", mode=0o400)
        config = write(tmp_path, 'token_file = "credential:token"', "kiosk.toml")
        assert load_settings(KioskSettings, config).read_token() == "abc"

    def test_its_keys_win_when_it_is_the_file_of_secrets(self, given: Path, tmp_path: Path) -> None:
        write(given, 'colour = "red"', "secrets", mode=0o440)
        config = write(tmp_path, 'secrets_file = "credential:secrets"')
        assert load_settings(Example, config).colour == "red"

    def test_an_access_list_of_systemd_is_private_and_the_world_is_not(
        self, given: Path, tmp_path: Path
    ) -> None:
        by_list = write(given, "abc", "token", mode=0o440)
        assert read_secret(by_list) == "abc"
        for mode in (0o444, 0o460):
            by_list.chmod(mode)
            with pytest.raises(SettingsError, match="can be read by others"):
                read_secret(by_list)
        outside = write(tmp_path, "abc", "token", mode=0o440)
        with pytest.raises(SettingsError, match="can be read by others"):
            read_secret(outside)

    @pytest.mark.parametrize("name", ["", "a/b", ".."])
    def test_it_has_a_plain_name(self, given: Path, tmp_path: Path, name: str) -> None:
        config = write(tmp_path, f'token_file = "credential:{name}"', "kiosk.toml")
        with pytest.raises(SettingsError, match="a credential has a plain name"):
            load_settings(KioskSettings, config)

    def test_without_any_it_is_told_which_line_the_unit_lacks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        config = write(tmp_path, 'token_file = "credential:token"', "kiosk.toml")
        with pytest.raises(SettingsError, match="LoadCredential=token:/whole/path"):
            load_settings(KioskSettings, config)

    def test_a_modems_pin_may_be_one(self, given: Path, tmp_path: Path) -> None:
        pin = write(given, "1234", "pin", mode=0o400)
        text = '[modem]\nurl = "serial:///dev/x"\npin_file = "credential:pin"\n'
        config = write(tmp_path, text, "workstation.toml")
        modem = load_settings(WorkstationSettings, config).modem
        assert modem is not None
        assert modem.pin_file == pin
