"""The page of features names tests that exist, and a run of everything is held to them."""

from pathlib import Path

import pytest

from tests.support.features import PAGE, ROOT, named_tests, offered_tests

pytest_plugins = ["pytester"]
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]


def test_every_test_that_the_page_names_exists() -> None:
    named = named_tests(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 80
    files = {name.partition("::")[0] for name in named}
    assert {name for name in files if not (ROOT / name).is_file()} == set()
    offered = set().union(*(offered_tests(ROOT / name) for name in files))
    assert sorted(set(named) - offered) == []


@pytest.mark.parametrize(
    "row", [row for row in ROWS if not row.startswith(("| ---", "| feature", "| need"))]
)
def test_every_row_names_a_test_or_says_why_not(row: str) -> None:
    assert named_tests(row) or "left out" in row, row


def test_no_feature_rests_on_a_test_that_only_the_soak_runs() -> None:
    for name in named_tests(PAGE.read_text(encoding="utf-8")):
        path, *parts = name.split("::")
        if not parts:
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        before = text[: text.index(f"def {parts[-1]}(")].rstrip().splitlines()
        marks = []
        for line in reversed(before):
            if not line.strip().startswith(("@", ")", '"', "(", "async")) and line.strip():
                break
            marks.append(line)
        # Where the mark stands on some parameters alone, the others are run
        assert not any(mark.strip().startswith("@pytest.mark.soak") for mark in marks), name


def test_a_run_of_everything_fails_when_a_named_test_did_not_pass(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Path(pytester.path, "features.md")
    page.write_text("| x | `tests/test_a.py::test_one`, `tests/test_a.py::test_gone` |")
    pytester.makeini("[pytest]\ntestpaths = tests\naddopts = -m 'not soak'\nmarkers = soak: x\n")
    pytester.makeconftest(
        "from pathlib import Path\n"
        "from tests.support import features\n"
        f"features.PAGE = Path({str(page)!r})\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(features.FeaturesRan(config))\n"
    )
    folder = pytester.mkdir("tests")
    (folder / "test_a.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    everything = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--import-mode=importlib")
    everything.stdout.fnmatch_lines(["*test_gone, which did not pass*"])
    assert everything.ret == pytest.ExitCode.TESTS_FAILED
    narrow = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "--import-mode=importlib", "-k", "one"
    )
    assert narrow.ret == pytest.ExitCode.OK
