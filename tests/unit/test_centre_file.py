"""A centre's file as people write it, right and wrong."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core_services.catalogue.load import load_catalogue
from queue_server.administration import first_plans
from queue_server.appointments.slots import slots_of
from queue_server.centre_file import CentreFile, CentreFileError, read_centre_file
from queue_server.console import packaged_centre

CATALOGUE = ["reconciliation", "shop-new", "collection"]
GOOD = """\
[centre]
id = 1
code = "KFS"
name = { ar = "المركز", en = "Centre" }
unit = { ar = "الوحدة", en = "Unit" }
governorate = { ar = "الشرقية", en = "Sharqia" }
short = { ar = "كفر صقر", en = "Kafr Saqr" }

[[queues]]
code = "U"
name = { ar = "موحّد", en = "Unified" }

[[profiles]]
code = "unified"
name = { ar = "موحّد", en = "Unified" }
queues = ["U"]

[[windows]]
numbers = [1, 2, 3]
profile = "unified"

[services]
reconciliation = { queue = "U", target_s = 420 }
shop-new = { queue = "U" }
"""


def read(folder: Path, text: str) -> CentreFile:
    path = folder / "centre.toml"
    path.write_text(text, encoding="utf-8")
    return read_centre_file(path, CATALOGUE)


def problems_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(CentreFileError) as caught:
        read(folder, text)
    return [
        problem.removeprefix(str(folder / "centre.toml")).removeprefix(", ")
        for problem in caught.value.problems
    ]


def test_a_good_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    file = read(tmp_path, GOOD)
    assert file.centre.zone == "Africa/Cairo"
    assert file.centre.cut_over == time(3, 0)
    assert file.centre.first_number == 101
    assert dict(file.credit_minutes) == {"age65": 15, "disability": 15, "infant": 15}
    assert list(file.services) == ["reconciliation", "shop-new"]
    assert file.services["shop-new"].target_s == 300


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        (
            'code = "KFS"',
            'code = "kfs"',
            'line 3: centre.code: must be of the form ^[A-Z0-9]{2,8}$, not "kfs"',
        ),
        (
            'short = { ar = "كفر صقر", en = "Kafr Saqr" }',
            'short = { ar = "كفر صقر" }',
            "line 7: centre.short.en: must be given",
        ),
        ("id = 1", "", "line 1: centre.id: must be given"),
        ("id = 1", "id = 0", "line 2: centre.id: must be 1 or more, not 0"),
        (
            "id = 1",
            'id = 1\ntimezone = "x"',
            'line 3: centre.timezone: is not known here; did you mean "zone"?',
        ),
        (
            "id = 1",
            'id = 1\nzone = "Africa/Kairo"',
            "line 3: centre.zone: is no time zone; Egypt's is Africa/Cairo",
        ),
        (
            'queues = ["U"]',
            'queues = ["V"]',
            'line 16: profiles 1.queues: "V" is no queue of this file; known are: U.',
        ),
        (
            "numbers = [1, 2, 3]",
            "numbers = [1, 2, 1]",
            "line 19: windows 1.numbers: window 1 is named twice",
        ),
        (
            "numbers = [1, 2, 3]",
            "numbers = [100]",
            "line 19: windows 1.numbers 1: must be 99 or less, not 100",
        ),
        (
            'profile = "unified"',
            'profile = "unifed"',
            'line 20: windows 1.profile: "unifed" is no profile of this file; '
            'did you mean "unified"?',
        ),
        (
            "reconciliation = {",
            "reconcilation = {",
            'line 23: services.reconcilation: "reconcilation" is not in the catalogue of services; '
            'did you mean "reconciliation"?',
        ),
        (
            "target_s = 420",
            "target = 420",
            'line 23: services.reconciliation.target: is not known here; did you mean "target_s"?',
        ),
        (
            'shop-new = { queue = "U" }',
            'shop-new = { queue = "X" }',
            'line 24: services.shop-new.queue: "X" is no queue of this file; known are: U.',
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(
    tmp_path: Path, right: str, wrong: str, problem: str
) -> None:
    assert GOOD.count(right) == 1
    assert problem in problems_of(tmp_path, GOOD.replace(right, wrong))


def test_all_contradictions_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('shop-new = { queue = "U" }', 'shop = { queue = "X" }').replace(
        "numbers = [1, 2, 3]", "numbers = [3, 3]"
    )
    assert len(problems_of(tmp_path, text)) == 3


def test_a_service_that_no_window_serves_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace(
        "[[profiles]]",
        '[[queues]]\ncode = "X"\nletter = "A"\nname = { ar = "ب", en = "B" }\n\n[[profiles]]',
        1,
    ).replace('shop-new = { queue = "U" }', 'shop-new = { queue = "X" }')
    assert problems_of(tmp_path, text) == [
        'line 29: services.shop-new.queue: no window serves the queue "X"; '
        "give one a profile that does"
    ]


def test_a_letter_belongs_to_one_queue(tmp_path: Path) -> None:
    extra = '[[queues]]\ncode = "{}"\nletter = "A"\nname = {{ ar = "ب", en = "B" }}\n\n'
    text = GOOD.replace("[[profiles]]", extra.format("X") + extra.format("Y") + "[[profiles]]", 1)
    assert problems_of(tmp_path, text) == ['line 20: queues 3.letter: "A" is the letter of "X"']


def test_doubled_codes_are_refused(tmp_path: Path) -> None:
    queue = '[[queues]]\ncode = "U"\nname = { ar = "م", en = "U" }\n\n'
    text = GOOD.replace("[[profiles]]", queue + "[[profiles]]", 1)
    assert problems_of(tmp_path, text) == ['line 14: queues 2.code: "U" is named twice']


def test_a_file_that_is_not_there_or_not_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(CentreFileError, match="there is no such file"):
        read_centre_file(tmp_path / "none.toml", CATALOGUE)
    assert "is not TOML" in problems_of(tmp_path, "centre = [")[0]


PLAN = """
[[appointments]]
service = "reconciliation"
weekdays = ["sunday", "monday"]
opens = 09:00:00
closes = 14:00:00
capacity = 4
"""


def test_plans_of_appointments_are_read_with_their_defaults(tmp_path: Path) -> None:
    [plan] = read(tmp_path, GOOD + PLAN).appointments
    assert (plan.kind, plan.weekdays) == ("visit", ("sunday", "monday"))
    assert (plan.slot_minutes, plan.walk_in_percent, plan.horizon_days) == (30, 50, 14)
    assert read(tmp_path, GOOD).appointments == ()


@pytest.mark.parametrize(
    ("was", "wrong", "said"),
    [
        ('"reconciliation"', '"reconcilation"', "is no service of this file"),
        ('service = "rec', 'kind = "drop_off"\nservice = "rec', "leave the service out"),
        ("closes = 14:00:00", "closes = 09:20:00", "no slot of 30 minutes ends by then"),
        ("closes = 14:00:00", "closes = 08:00:00\nslot_minutes = 4", "slot_minutes"),
        ('"sunday", "monday"', "", "weekdays"),
        ('"monday"', '"mondays"', "weekdays"),
    ],
)
def test_a_plan_that_cannot_be_is_named(tmp_path: Path, was: str, wrong: str, said: str) -> None:
    [problem] = problems_of(tmp_path, GOOD + PLAN.replace(was, wrong))
    assert "appointments 1" in problem
    assert said in problem


def test_the_packaged_centre_can_be_booked_at_any_hour_and_has_a_drop_off_lane() -> None:
    file = read_centre_file(packaged_centre(), load_catalogue().services)
    plans = first_plans(file, at=datetime(2026, 11, 27, 2, 0, tzinfo=UTC))
    assert {plan.terms.kind for plan in plans} == {"visit", "drop_off"}
    friday = date(2026, 11, 27)
    for plan in plans:
        assert plan.terms.valid_from == friday
        slots = slots_of(plan, friday, ZoneInfo(file.centre.zone), file.centre.cut_over)
        assert len(slots) == 24 * 60 // plan.terms.slot_minutes
        assert slots[0].bookable > 0


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        ("K", "K (ك) is kept for the numbers that a kiosk gives while it is cut off"),
        ("Y", "Y (ي) is kept for the numbers that a kiosk gives while it is cut off"),
        ("T", "T (ط) is the emergency book's"),
    ],
)
def test_a_queue_cannot_have_a_letter_that_is_kept(tmp_path: Path, letter: str, said: str) -> None:
    problem, *_ = problems_of(
        tmp_path, GOOD.replace('code = "U"', f'code = "U"\nletter = "{letter}"')
    )
    assert said in problem
    assert "A, J, D, S, M" in problem
