"""What is committed is what `make docs` writes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.generate import DOCS, ROOT

WRITTEN = ("openapi.json", "asyncapi.json", "schema.sql", "lifecycles.md")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents as the command makes them now."""
    folder = tmp_path_factory.mktemp("docs")
    subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.docs.generate", folder], cwd=ROOT, check=True
    )
    return folder


def test_the_command_writes_these_documents_and_no_other(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == sorted(WRITTEN)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_committed_document_is_the_one_that_the_code_makes(made: Path, name: str) -> None:
    assert (DOCS / name).read_text() == (made / name).read_text(), "run: make docs"


def test_no_two_shapes_of_the_api_share_a_name() -> None:
    """Two models of one name are told apart by their modules, and a client's types are renamed."""
    shapes = json.loads((DOCS / "openapi.json").read_text())["components"]["schemas"]
    assert [name for name in shapes if "__" in name] == []
