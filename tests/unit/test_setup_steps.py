"""What is typed into the set-up, right and wrong, and the centre that it describes."""

from datetime import time
from pathlib import Path

import pytest

from queue_server.centre_file import CentreMistakes
from queue_server.setup.draft import STEPS, Draft, Step, forget_draft, keep_draft, read_draft
from queue_server.setup.leftovers import forget_setup
from queue_server.setup.offer import Offer, read_offer
from queue_server.setup.restoring import MARK, was_begun
from queue_server.setup.step_administrator import read_administrator
from queue_server.setup.steps import describe, done_steps, first_typed, names_of, read_step
from tests.support.setting_up import ADMINISTRATOR
from tests.support.setting_up import STEPS as TYPED

SUNDAY = {"numbers": "week", "sunday_opens": "09:00", "sunday_closes": "14:00"}


@pytest.fixture(scope="module")
def offer() -> Offer:
    return read_offer()


def draft_with(**steps: dict[str, str]) -> Draft:
    return Draft.model_validate({"typed": {**TYPED, **steps}})


def wrong(step: Step, typed: dict[str, str], offer: Offer) -> set[str]:
    return set(read_step(step, typed, offer).wrong)


def test_the_offer_is_the_whole_catalogue_with_the_times_of_the_packaged_centre(
    offer: Offer,
) -> None:
    assert set(offer.codes) == set(offer.catalogue.services)
    assert offer.target_s("enquiry") == 60
    assert offer.target_s("unheard-of") == 300


def test_what_was_typed_describes_a_centre_by_the_rule_of_its_file(offer: Offer) -> None:
    centre = describe(draft_with(), offer)
    assert (centre.centre.code, centre.centre.first_number) == ("KFS", 101)
    assert centre.centre.governorate.ar == "محافظة الشرقية"
    assert list(centre.services) == ["reconciliation", "enquiry"]
    by_profile = {part.profile: (part.numbers, part.accessible) for part in centre.windows}
    assert by_profile == {
        "priority": ((1,), True),
        "unified": ((2, 3, 4, 5, 6, 7, 8, 9), False),
    }
    assert centre.hours is None


def test_hours_are_those_of_the_policy(offer: Offer) -> None:
    hours = dict(first_typed("hours", offer)) | {"friday_opens": "٠٩:٣٠", "friday_closes": "11:00"}
    week = describe(draft_with(hours=hours), offer).hours
    assert week is not None
    assert week.saturday is None
    assert week.friday is not None
    assert (week.friday.opens, week.friday.closes) == (time(9, 30), time(11))


@pytest.mark.parametrize("count", ["1", "99"])
def test_windows_may_all_be_of_one_kind(offer: Offer, count: str) -> None:
    windows = {"count": count, "priority": "", "accessible": ""}
    centre = describe(draft_with(windows=windows), offer)
    assert [profile.code for profile in centre.profiles] == ["unified"]
    every = {"count": "2", "priority": "1، ٢", "accessible": "1,2"}
    centre = describe(draft_with(windows=every), offer)
    assert [profile.code for profile in centre.profiles] == ["priority"]


@pytest.mark.parametrize(
    ("step", "fields", "fault"),
    [
        ("centre", {"code": "K"}, {"code"}),
        ("centre", {"code": "كفر"}, {"code"}),
        ("centre", {"governorate": "atlantis"}, {"governorate"}),
        ("centre", {"first_number": "0"}, {"first_number"}),
        ("centre", {"first_number": "9001"}, {"first_number"}),
        ("centre", {"name_ar": "  ", "short_en": ""}, {"name_ar", "short_en"}),
        ("centre", {"unit_ar": "و" * 201}, {"unit_ar"}),
        ("hours", {"numbers": "sometimes"}, {"numbers"}),
        ("hours", {"numbers": "week"}, {"saturday_opens"}),
        ("hours", {"numbers": "week", "sunday_opens": "09:00"}, {"sunday_closes"}),
        (
            "hours",
            {"numbers": "week", "sunday_opens": "9", "sunday_closes": "x"},
            {"sunday_opens", "sunday_closes"},
        ),
        (
            "hours",
            {"numbers": "week", "sunday_opens": "09:00", "sunday_closes": "02:00"},
            {"sunday_closes"},
        ),
        ("windows", {"count": "0"}, {"count"}),
        ("windows", {"count": "100"}, {"count"}),
        ("windows", {"priority": "10"}, {"priority"}),
        ("windows", {"accessible": "one"}, {"accessible"}),
        ("windows", {"priority": "1-3"}, {"priority"}),
    ],
)
def test_each_mistake_is_told_at_its_field_in_both_languages(
    offer: Offer, step: Step, fields: dict[str, str], fault: set[str]
) -> None:
    typed = {**TYPED[step], **fields}
    reading = read_step(step, typed, offer)
    assert set(reading.wrong) == fault
    assert all(each.ar and each.en for each in reading.wrong.values())
    draft = draft_with(**{step: typed})
    assert step not in done_steps(draft, offer)
    with pytest.raises(CentreMistakes, match=step):
        describe(draft, offer)


def test_no_service_at_all_is_a_mistake_and_an_unknown_one_is_none(offer: Offer) -> None:
    assert wrong("services", {}, offer) == {"services"}
    assert wrong("services", {"s-unheard-of": "yes"}, offer) == {"services"}
    assert wrong("services", {"s-enquiry": "yes", "s-unheard-of": "yes"}, offer) == set()


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name_ar": " "}, {"name_ar"}),
        ({"username": "Sami"}, {"username"}),
        ({"username": "9hall"}, {"username"}),
        ({"password": "short", "again": "short"}, {"password"}),
        ({"password": "sami-in-the-hall", "again": "sami-in-the-hall"}, {"password"}),
        ({"again": "another-password"}, {"again"}),
    ],
)
def test_the_administrator_obeys_the_rules_of_every_member_of_staff(
    fields: dict[str, str], fault: set[str]
) -> None:
    administrator, reading = read_administrator({**ADMINISTRATOR, **fields})
    assert administrator is None
    assert set(reading.wrong) == fault


def test_names_are_lines_that_can_be_seen_and_turn_nothing_around_them(offer: Offer) -> None:
    for name in ("\u200f", "ا" * 101):
        administrator, reading = read_administrator({**ADMINISTRATOR, "name_ar": name})
        assert (administrator, set(reading.wrong)) == (None, {"name_ar"})
    named, _ = read_administrator(
        {**ADMINISTRATOR, "name_ar": "سامي\u202e رشاد", "name_en": "\u2066Sami"}
    )
    assert named is not None
    assert (named.name_ar, named.name_en) == ("سامي رشاد", "Sami")
    assert wrong("centre", {**TYPED["centre"], "unit_ar": "\u200f\u202e"}, offer) == {"unit_ar"}


def test_a_password_is_in_no_draft_and_in_no_text(offer: Offer) -> None:
    administrator, _ = read_administrator(ADMINISTRATOR)
    assert administrator is not None
    assert administrator.password not in repr(administrator)
    assert not {"password", "again"} & set(names_of("administrator", offer))


def test_a_draft_is_kept_and_one_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    draft = draft_with()
    keep_draft(tmp_path, draft)
    assert read_draft(tmp_path) == draft
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("{")
    assert read_draft(tmp_path) == Draft()
    forget_draft(tmp_path)
    forget_draft(tmp_path)
    assert read_draft(tmp_path) == Draft()


def test_a_server_with_a_centre_forgets_what_a_kill_left_of_its_set_up(tmp_path: Path) -> None:
    keep_draft(tmp_path, draft_with())
    (tmp_path / MARK).touch()
    assert was_begun(tmp_path)
    forget_setup(tmp_path)
    forget_setup(tmp_path)
    assert not was_begun(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_steps_are_done_one_by_one_and_the_last_with_the_act(offer: Offer) -> None:
    draft = Draft()
    for nth, step in enumerate(STEPS[:-1], start=1):
        draft = draft.with_step(step, TYPED[step])
        assert len(done_steps(draft, offer)) == nth
    draft = draft.with_step("administrator", ADMINISTRATOR)
    assert "administrator" not in done_steps(draft, offer)
