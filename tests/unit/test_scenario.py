"""A scenario's file is checked whole, and a mistake in it is named with its line."""

from pathlib import Path

import pytest

from queue_server.simulation.library import (
    Scenario,
    ScenarioError,
    library,
    load_scenario,
    scenario_of,
)
from queue_server.simulation.pure import live_day
from queue_server.simulation.world import make_world

SMALLEST = """\
title = { ar = "يوم", en = "A day" }
date = 2026-11-22

[arrivals]
people = 100

[[windows]]
numbers = [1, 2]
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "day.toml"


def problems_of(path: Path, text: str) -> tuple[str, ...]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    return caught.value.problems


def test_the_library_has_ten_days_with_titles_in_both_languages() -> None:
    assert len(library()) == 10
    titles = [load_scenario(name).plan.title for name in library()]
    assert len({title.ar for title in titles}) == len({title.en for title in titles}) == 10
    assert all(any("\u0600" <= letter <= "\u06ff" for letter in title.ar) for title in titles)


@pytest.mark.parametrize("name", library())
def test_each_day_of_the_library_is_one_of_a_real_hall(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.plan.about is not None
    days = [live_day(make_world(scenario, day=day)) for day in range(2)]
    for day in days:
        served = sum(passage.end == "finished" for passage in day.passages)
        assert 400 < len(day.passages) < 1300
        assert served > 0.75 * len(day.passages)
        assert max(day.waits_s) < 3 * 3600
    assert any(max(day.waits_s) > 600 for day in days)


def test_the_smallest_file_is_a_quiet_day(written: Path) -> None:
    written.write_text(SMALLEST, encoding="utf-8")
    scenario = load_scenario(written)
    assert scenario.name == "day"
    plan = scenario.plan
    assert [plan.breaks, plan.faults, plan.appointments] == [(), (), ()]
    assert scenario.plan.patience.mean_minutes is None
    assert scenario.centre.centre.code == "KFS"


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match='did you mean "ordinary_sunday"'):
        load_scenario("ordinary-sunday")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there is no such file"):
        load_scenario(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        (
            "people = 100",
            "people = 100\nat_door = 9",
            6,
            'at_door: is not known here; did you mean "at_the_door"?',
        ),
        ("people = 100", "people = -1", 5, "arrivals.people: must be 0 or more, not -1"),
        (
            "date = 2026-11-22",
            'date = "soon"',
            2,
            'date: must be a date such as 2026-11-22, not "soon"',
        ),
        ("numbers = [1, 2]", "numbers = [1, 1]", 7, "windows: window 1 is named twice"),
        ("numbers = [1, 2]", "numbers = [1, 17]", 8, "the centre has no window 17"),
        (
            "numbers = [1, 2]",
            'numbers = [1]\nprofile = "unifed"',
            9,
            '"unifed" is no profile of the centre; did you mean "unified"?',
        ),
        (
            "[[windows]]",
            "[services]\nmix = { enquiri = 3 }\n[[windows]]",
            8,
            'services.mix.enquiri: "enquiri" is no service of the centre; did you mean "enquiry"?',
        ),
        (
            "[[windows]]",
            "[people]\nage65 = 0.7\ninfant = 0.6\n[[windows]]",
            7,
            "people: age65, disability and infant together are more than 1",
        ),
        (
            "[[windows]]",
            '[[faults]]\nkind = "service"\nat = 10:00:00\nminutes = 5\n[[windows]]',
            7,
            "faults 1: services: name the services that are down",
        ),
        (
            "[[windows]]",
            "[[breaks]]\nwindows = [9]\nat = 10:00:00\nminutes = 5\n[[windows]]",
            8,
            "breaks 1.windows: window 9 is not staffed in this scenario",
        ),
        (
            "numbers = [1, 2]",
            "numbers = [1]\nopens = 12:00:00\ncloses = 10:00:00",
            7,
            "windows 1: closes: the window closes before it opens",
        ),
        (
            "date = 2026",
            "opens = 14:00:00\ncloses = 09:00:00\ndate = 2026",
            None,
            "closes: numbers end before they begin",
        ),
        ("date = 2026", 'centre = "nowhere.toml"\ndate = 2026', 2, 'there is no "nowhere.toml"'),
        ("[[windows]]\nnumbers = [1, 2]\n", "", None, "windows: must be given"),
        (
            "[[windows]]",
            '[[faults]]\nkind = "fire"\nat = 10:00:00\nminutes = 5\n[[windows]]',
            8,
            "faults 1.kind: must be 'printer', 'kiosk', 'display', 'server', 'service', 'payments' "
            "or 'window', not \"fire\"",
        ),
        ("numbers = [1, 2]", "numbers = 1", 8, "windows 1.numbers: must be a list in square"),
        ("[1, 2]", "[]", 8, "windows 1.numbers: must have at least 1 entry"),
        ("people = 100", 'people = "many"', 5, 'arrivals.people: must be a number, not "many"'),
        ("date = 2026", "seed = 1.5\ndate = 2026", 2, "seed: must be a whole number, not 1.5"),
        ("date = 2026", "opens = 9\ndate = 2026", 2, "opens: is no time of day; write it as 09:00"),
        ("date = 2026", 'opens = "09:00Z"\ndate = 2026', 2, "opens: has an offset"),
        (
            "people = 100",
            "people = 100\nhalf_hours = [inf]",
            6,
            "half_hours 1: must be a finite number, not inf",
        ),
        (
            "people = 100",
            "people = 100\nhalf_hours = [1e308]",
            6,
            "half_hours 1: must be 1000000 or less",
        ),
        (
            "[[windows]]",
            "[services]\nothers = inf\n[[windows]]",
            8,
            "services.others: must be a finite number",
        ),
        ("2026-11-22", "9999-12-31", 2, "date: must be 2199-12-31 or less, not 9999-12-31"),
        ("[1, 2]", "[1, 2]\nspeed = 1e-300", 9, "windows 1.speed: must be 0.05 or more"),
        ("[1, 2]", "[1, 2]\nopens = 20:00:00", 9, "by then the last window has closed"),
        ("[1, 2]", "[1, 2]\ncloses = 08:00:00", 9, "by then the hall has not opened"),
        (
            "people = 100",
            "people = 100\nbursts = [{ at = 23:00:00, people = 5 }]",
            6,
            "arrivals.bursts 1.at: nobody gets a number then, only 09:00 to 14:00",
        ),
        (
            "[[windows]]",
            "[[breaks]]\nwindows = [1]\nat = 16:00:00\nminutes = 5\n[[windows]]",
            9,
            "breaks 1.at: lies outside the day, 09:00 to 14:00 and 90 minutes",
        ),
        (
            "[[windows]]",
            '[[faults]]\nkind = "kiosk"\nkiosk = 2\nat = 10:00:00\nminutes = 5\n[[windows]]',
            9,
            "faults 1.kiosk: there is no kiosk 2: taking.kiosks is 1",
        ),
        (
            "[[windows]]",
            '[[faults]]\nkind = "printer"\nat = 10:00:00\nminutes = 50\n'
            '[[faults]]\nkind = "kiosk"\nkiosk = 1\nat = 10:30:00\nminutes = 50\n[[windows]]',
            11,
            "faults 2: breaks what fault 1 has broken already",
        ),
        (
            "[[windows]]",
            '[[faults]]\nkind = "server"\nat = 10:00:00\nminutes = 50\n'
            '[[faults]]\nkind = "payments"\nat = 10:30:00\nminutes = 50\n[[windows]]',
            11,
            "faults 2: overlaps fault 1: while the server is away",
        ),
        (
            "[[windows]]",
            '[[appointments]]\nservices = ["enquiry"]\nfirst = 08:00:00\nlast = 10:00:00\n'
            "[[windows]]",
            9,
            "appointments 1.first: is no slot of the day",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_mend(
    written: Path, old: str, new: str, line: int | None, sentence: str
) -> None:
    text = SMALLEST.replace(old, new)
    assert text != SMALLEST
    (problem,) = problems_of(written, text)
    assert sentence in problem
    assert str(written) in problem
    if line is not None:
        assert f"line {line}:" in problem


def test_faults_one_after_another_and_of_different_things_are_no_contradiction(
    written: Path,
) -> None:
    faults = (
        ("server", "10:00:00", 10, ""),
        ("server", "10:10:00", 10, ""),
        ("payments", "09:30:00", 120, ""),
        ("kiosk", "11:00:00", 30, "kiosk = 1"),
        ("printer", "11:00:00", 30, "kiosk = 2"),
        ("window", "12:00:00", 30, "windows = [1]"),
        ("window", "12:00:00", 30, "windows = [2]"),
    )
    text = SMALLEST + "\n[taking]\nkiosks = 2\n"
    for kind, at, minutes, more in faults:
        text += f'[[faults]]\nkind = "{kind}"\nat = {at}\nminutes = {minutes}\n{more}\n'
    written.write_text(text, encoding="utf-8")
    assert len(load_scenario(written).plan.faults) == 7


def test_all_mistakes_are_named_at_once(written: Path) -> None:
    text = SMALLEST.replace("[1, 2]", "[1, 17, 18]") + "\n[services]\nmix = { x = 1, y = 2 }\n"
    assert len(problems_of(written, text)) == 4


def test_a_scenario_may_play_in_a_centre_beside_it(written: Path) -> None:
    packaged = load_scenario("ordinary_sunday").centre_path.read_text(encoding="utf-8")
    centre = written.parent / "village.toml"
    centre.write_text(packaged.replace('code = "KFS"', 'code = "VLG"'), encoding="utf-8")
    written.write_text('centre = "village.toml"\n' + SMALLEST, encoding="utf-8")
    scenario = load_scenario(written)
    assert scenario.centre.centre.code == "VLG"
    assert scenario.centre_path == centre


def test_a_mistake_in_the_centres_file_is_told_as_one_of_that_file(written: Path) -> None:
    (written.parent / "village.toml").write_text("[centre]\nid = 0\n", encoding="utf-8")
    problems = problems_of(written, 'centre = "village.toml"\n' + SMALLEST)
    assert all("village.toml" in problem for problem in problems)


@pytest.fixture(scope="module")
def sunday() -> Scenario:
    return load_scenario("ordinary_sunday")


class TestChanged:
    def test_a_change_leaves_the_rest_as_it_was(self, sunday: Scenario) -> None:
        other = sunday.changed({"absences": {"share": 0.15}})
        assert other.plan.absences.share == 0.15
        assert other.plan.absences.returns == sunday.plan.absences.returns
        assert other.changed({"absences": {"share": 0.05}}) == sunday

    def test_a_list_is_replaced(self, sunday: Scenario) -> None:
        assert sunday.changed({"breaks": []}).plan.breaks == ()

    def test_a_wrong_change_is_refused_by_name(self, sunday: Scenario) -> None:
        with pytest.raises(ScenarioError, match=r"absences\.share: must be 1 or less, not 2"):
            sunday.changed({"absences": {"share": 2}})


def test_values_make_a_scenario_without_a_file() -> None:
    scenario = scenario_of(
        {
            "title": {"ar": "يوم", "en": "A day"},
            "date": "2026-11-22",
            "arrivals": {"people": 10},
            "windows": [{"numbers": [1]}],
        }
    )
    assert scenario.plan.windows[0].numbers == (1,)
