"""A machine's whole tree in a namespace of its own, where a stranger follows `docs/operations.md`.

Nothing of the machine that the tests run on is touched: what is written goes to an overlay in
memory, or to a bare tree, and every process ends with the namespace.
"""

import asyncio
import re
import shutil
import site
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
SYSTEMCTL = Path(__file__).with_name("systemctl.py")
BLOCK = re.compile(r"^<!-- path: (\w+) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMES = "the citizen may come"
SETS_UP = "a browser may set the centre up"
JOURNALCTL = "#!/bin/sh\ntail -n 40 /var/log/shubbak-server.log\n"
"""Stands for the journal where no systemd keeps one."""

ENTER = r"""
set -e
tree=$1 bare=$2 over=$1.over
mount -t tmpfs none "$over"
mkdir "$over/upper" "$over/work"
mount -t overlay overlay -o "lowerdir=$bare,upperdir=$over/upper,workdir=$over/work" "$tree"
mount --rbind /dev "$tree/dev"
mount -t proc proc "$tree/proc"
mount -t tmpfs none "$tree/run"
mkdir -p "$tree/setup" "$tree/usr/local/sbin"
cp -r "$tree.files/." "$tree/"
cp /etc/resolv.conf "$tree/etc/resolv.conf" 2>/dev/null || true
while read -r folder; do chmod o+x "$tree$folder"; done < "$tree.open"
exec chroot "$tree" /bin/bash -eu /setup/path.sh
"""


def blocks() -> dict[str, str]:
    """Return the marked blocks of commands, in their order."""
    return dict(BLOCK.findall(OPERATIONS.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who followed the page to its end, and what the machine said to it."""

    said: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """What lies on a machine before its first command, besides Debian."""

    folder: Path
    bare: Path = Path("/")
    """The tree that the machine begins with."""

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    @property
    def files(self) -> Path:
        """What is laid over the tree."""
        return self.folder / "tree.files"

    def lay(self, path: str, text: str, *, mode: int = 0o644) -> None:
        target = self.files / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    def lend_environment(self) -> str:
        """Let the machine use this environment's libraries instead of fetching their wheels.

        Returns the folder of its Python, for the machine's PATH.
        """
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        (packages,) = {Path(each).resolve() for each in site.getsitepackages()}
        self.lay(f"/opt/shubbak/lib/{version}/site-packages/lent.pth", f"{packages}\n")
        interpreter = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
        opened = {each for path in (interpreter, packages / "x") for each in path.parents}
        (self.folder / "tree.open").write_text("".join(f"{each}\n" for each in sorted(opened)))
        return str(interpreter.parent)


def prepared(folder: Path, script: str, *, bare: Path = Path("/")) -> Preparation:
    """Prepare a machine whose person types `script`."""
    machine = Preparation(folder, bare)
    machine.tree.mkdir()
    (folder / "tree.over").mkdir()
    (folder / "tree.open").write_text("")
    machine.lay("/setup/path.sh", script)
    return machine


def path_of(port: int, printer: str, *, lines: str = "") -> str:
    """Return the page's commands in their order, with this test's addresses for the page's."""
    page = blocks()
    kiosk = page["kiosk"].replace("192.168.10.2:8080", f"127.0.0.1:{port}")
    kiosk = kiosk.replace("file:///dev/shubbak/printer", printer)
    kiosk = kiosk.replace("\nEOF\n", f'\nport = {port + 1}\nprinter_profile = "epson-576"\nEOF\n')
    return (
        f"{lines}\ncd /setup\n{page['install']}\n"
        f"echo 'listen = \"127.0.0.1:{port}\"' > /etc/shubbak/server.toml\n"
        f"{page['server']}\n"
        f"echo '{SETS_UP}'\nread -r _\n"
        f"{page['users']}\n"
        "backup=$(shubbak backup create)\n"
        '[ "$(stat -c %U "$backup")" = shubbak ]\n'
        "shubbak device add --kind kiosk --name K1 > /setup/token\n"
        "/opt/shubbak/bin/shubbak install --role kiosk --apply\n"
        f"{{\n{kiosk}}} < /setup/token\n"
        f"echo '{COMES}'\nread -r _\nsystemctl stop shubbak-kiosk shubbak-server\n"
    )


@asynccontextmanager
async def followed(
    machine: Preparation, *, within_s: float, at_setup: Callable[[str], Awaitable[None]]
) -> AsyncIterator[Stranger]:
    """Follow the path to its end, keep the machine for the block, and end all that runs there.

    `at_setup` is given what the machine has said until it waits to be set up, and sets it up.
    """
    python = sys.executable if machine.bare == Path("/") else "/usr/bin/python3"
    machine.lay(
        "/usr/local/sbin/systemctl",
        f"#!{python}\n{SYSTEMCTL.read_text(encoding='utf-8')}",
        mode=0o755,
    )
    machine.lay("/usr/local/sbin/journalctl", JOURNALCTL, mode=0o755)
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", ENTER, "enter"),
        str(machine.tree),
        str(machine.bare),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
        },
    )
    assert process.stdout is not None
    assert process.stdin is not None
    said: list[str] = []
    try:
        try:
            async with asyncio.timeout(within_s):
                while line := (await process.stdout.readline()).decode():
                    said.append(line)
                    if line == f"{SETS_UP}\n":
                        await at_setup("".join(said))
                        process.stdin.write(b"\n")
                    if line == f"{COMES}\n":
                        break
        except TimeoutError:
            raise AssertionError(f"not there within {within_s} s:\n{''.join(said)}") from None
        assert said, "it said nothing"
        assert said[-1] == f"{COMES}\n", "".join(said[-60:])
        yield Stranger("".join(said))
        process.stdin.write(b"\n")
        async with asyncio.timeout(60):
            said.append((await process.stdout.read()).decode())
            assert await process.wait() == 0, "".join(said[-60:])
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        shutil.rmtree(machine.files, ignore_errors=True)
