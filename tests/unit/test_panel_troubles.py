"""What a display says of its panels, and how the supervisor's page reads it."""

import pytest

from displays.panels import _short
from queue_server.web.supervisor.panels import PanelTrouble, panel_troubles

ALL = ", ".join(str(number) for number in range(1, 100))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (None, ()),
        ("", ()),
        ("silent: 3, 7", (PanelTrouble("silent", (3, 7)),)),
        (
            "silent: 3; garbled: 12, 13",
            (PanelTrouble("silent", (3,)), PanelTrouble("garbled", (12, 13))),
        ),
        ("a word of a later program", ()),
    ],
)
def test_each_trouble_is_read_with_its_windows(
    said: str | None, read: tuple[PanelTrouble, ...]
) -> None:
    assert panel_troubles(said) == read


@pytest.mark.parametrize("cut", range(40))
def test_a_long_list_is_cut_between_two_windows_and_names_none_that_is_well(cut: int) -> None:
    silent = ", ".join(str(number) for number in range(10 + cut, 100))
    said = _short(f"silent: {silent}; garbled: {ALL}")
    assert len(said) <= 200
    [trouble, *_] = panel_troubles(said)
    assert set(trouble.windows) <= set(range(10 + cut, 100))


def test_a_short_list_is_whole() -> None:
    assert _short("silent: 3, 7") == "silent: 3, 7"
