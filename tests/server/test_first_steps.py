"""The guided page of a new centre's first machines: codes, who has come, sample slips."""

import re

import pytest

from core_services.l10n import western
from core_services.link.work_frames import Outcome
from queue_server.errands import Errands
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

ROOT = "/admin/first-steps"


@pytest.fixture
async def admin(scene: HallScene) -> Visitor:
    await scene.site.add_staff("admin", "admin", "سامي رشاد", "Sami Rashad")
    return await scene.site.sign_in("admin", "en")


def done(seen: Seen) -> list[bool]:
    """Return which of the four steps are done."""
    stages = seen.find("ol", class_="setup__trail")
    return ["setup__stage--done" in each.get("class", "") for each in stages]


async def pair(admin: Visitor, kind: str, name: str) -> Seen:
    page = await admin.get(ROOT)
    for form in page.all("form", action=f"{ROOT}/pair"):
        fields = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
        if fields["kind"] == kind:
            return await admin.post(f"{ROOT}/pair", {**fields, "name": name})
    raise AssertionError(f"no form for a {kind}")


async def test_nothing_has_come_yet_and_names_are_offered(admin: Visitor) -> None:
    page = await admin.get(f"{ROOT}?new")
    assert done(page) == [False, False, False, False]
    assert page.find("input", id="name-kiosk").get("value") == "K1"
    assert page.find("input", id="name-display").get("value") == "D1"
    assert "you are signed in" in page.words()


async def test_a_code_is_shown_once_with_what_is_typed_on_the_machine(
    scene: HallScene, admin: Visitor
) -> None:
    shown = await pair(admin, "display", "D4")
    code = western("".join(shown.find("p", id="code").itertext()))
    assert re.fullmatch("[0-9]{6}", code)
    assert f"shubbak-display pair --server {admin.origin} --code {code} --name D4" in shown.words()
    assert "systemctl enable --now shubbak-display" in shown.words()
    assert code not in western((await admin.get(ROOT)).words())
    wrong = await pair(admin, "kiosk", "ك ١")
    assert wrong.status == 422
    assert wrong.find("input", id="name-kiosk").get("aria-invalid") == "true"
    assert wrong.find("input", id="name-kiosk").get("value") == "ك ١"
    toaster = await admin.submit(await admin.get(ROOT), f"{ROOT}/pair", kind="toaster", name="T1")
    assert toaster.status == 422


async def test_what_has_come_and_what_became_of_a_sample_slip_is_seen(
    scene: HallScene, admin: Visitor
) -> None:
    kiosk = await scene.machine("K1", printer="not_ready", paper="out")
    page = await admin.get(ROOT)
    assert done(page) == [True, False, False, False]
    assert "no paper" in page.words()
    assert page.find("input", id="name-kiosk").get("value") == "K2"
    await scene.machine("D1", "display")
    await scene.machine("K1")
    page = await admin.get(ROOT)
    assert done(page) == [True, True, True, False]
    page = await admin.submit(page, f"{ROOT}/slip")
    assert "waits for the machine" in page.words()
    errands = Errands(scene.site.queue)
    [trial] = await errands.of_device(kiosk.id, limit=9)
    assert trial.kind == "trial"
    await errands.outcome(kiosk, Outcome(job=str(trial.id), state="failed", reason="paper_out"))
    page = await admin.get(ROOT)
    assert "not done" in page.words("section", **{"aria-labelledby": "step-slip"})
    page = await admin.submit(page, f"{ROOT}/slip")
    again = (await errands.of_device(kiosk.id, limit=9))[0]
    await errands.outcome(kiosk, Outcome(job=str(again.id), state="done"))
    assert done(await admin.get(ROOT)) == [True, True, True, True]
    now = await (await admin.client.get(f"{ROOT}/now?lang=en")).text()
    assert "carried out" in now


async def test_a_slip_of_no_kiosk_is_not_found_and_the_page_is_an_administrators(
    scene: HallScene, admin: Visitor
) -> None:
    await scene.machine("K1")
    await scene.machine("D1", "display")
    page = await admin.get(ROOT)
    for device in ("D1", "K9"):
        assert (await admin.submit(page, f"{ROOT}/slip", device=device)).status == 404
    hoda = await scene.site.sign_in("hoda")
    assert (await hoda.get(ROOT)).status == 403
    stranger = await Visitor(scene.site.client).get(ROOT, follow=False)
    assert stranger.status in (303, 403)
