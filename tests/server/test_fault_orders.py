"""From a reported fault to its maintenance order, and back when that or a swap mended it."""

import pytest

from core_services.database.pool import Connection
from queue_server.faults import store
from queue_server.faults.faults import Faults
from queue_server.faults.model import Fault, FaultKind, Place, Report
from queue_server.maintenance.availability import Availability
from queue_server.maintenance.maintenance import Maintenance
from queue_server.web.keys import FAULTS
from tests.server.test_supervisor_maintenance import PATH, entered, send
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


@pytest.fixture
def faults(scene: HallScene) -> Faults:
    return scene.site.client.app[FAULTS]


async def reported(
    scene: HallScene, faults: Faults, kind: FaultKind, place: Place, *, stops: bool = True
) -> Fault:
    report = Report(kind, place, stops_work=stops)
    return (await faults.report(report, actor=scene.supervisor)).fault


async def test_an_order_is_opened_for_a_fault_once_and_mends_it_when_it_is_done(
    scene: HallScene, hoda: Visitor, faults: Faults
) -> None:
    kiosk = await scene.machine("K1")
    here, there = await entered(hoda, "machine:K1"), await entered(hoda, "window:5")
    await entered(hoda, kind="ups", place="window:5")
    fault = await reported(scene, faults, "printer", Place(kiosk.id))
    at = f"{PATH}/faults/{fault.id}"
    assert at in [
        each.get("href") for each in (await hoda.get(f"/supervisor/faults/{fault.id}")).all("a")
    ]
    asked = await hoda.get(at)
    offered = [each.get("value") for each in asked.find("select", name="label").iter("option")]
    assert offered == [here, there]
    opened = await send(hoda, asked, f"{at}/order", label=here, title="لا تطبع")
    assert "فُتح أمر الصيانة" in opened.words()
    assert "البلاغ" in opened.words()
    again = await send(hoda, asked, f"{at}/order", label=here, title="لا تطبع")
    assert again.path.partition("?")[0] == opened.path.partition("?")[0]
    assert not (await hoda.get(at)).all("form", action=f"{at}/order")
    [order] = await Maintenance(scene.site.queue).orders_of_fault(fault.id)
    begun = await send(hoda, opened, f"{PATH}/orders/{order.id}/start")
    await send(hoda, begun, f"{PATH}/orders/{order.id}/finish", done_text="نُظّف الرأس", mends="yes")
    assert (await faults.one(fault.id)).state == "mended"
    assert "نُظّف الرأس" in (await hoda.get(f"/supervisor/faults/{fault.id}")).words()
    late = await send(hoda, asked, f"{at}/order", label=here, title="لا تطبع")
    assert "لم يتم" in late.words()
    await faults.act(fault.id, "reopen", words="ما زالت لا تطبع", actor=scene.supervisor)
    anew = await send(hoda, await hoda.get(at), f"{at}/order", label=here, title="لا تطبع")
    assert "فُتح أمر الصيانة" in anew.words()


async def test_a_swap_ends_the_fault_that_was_reported_there_and_its_downtime(
    scene: HallScene, hoda: Visitor, faults: Faults
) -> None:
    kiosk = await scene.machine("K1")
    broken, spare = await entered(hoda, "machine:K1"), await entered(hoda)
    printer = await reported(scene, faults, "printer", Place(kiosk.id))
    network = await reported(scene, faults, "network", Place(kiosk.id), stops=False)
    elsewhere = await reported(scene, faults, "printer", Place(window=5))
    scene.site.clock.jump(600)
    await scene.machine("K1")
    ready = await hoda.get(f"{PATH}/swap?broken={broken}&spare={spare}")
    assert "يُصلح هذا الاستبدال العطل المُبلَّغ هنا" in ready.words()
    for _ in range(2):
        await send(hoda, ready, f"{PATH}/swap", mends="yes")
    states = [(await faults.one(each.id)).state for each in (printer, network, elsewhere)]
    assert states == ["mended", "reported", "reported"]
    scene.site.clock.jump(600)
    day = scene.site.queue.today()[0]
    found = {each.name: each for each in await Availability(scene.site.queue).of(day, day)}
    assert abs(found["K1"].down_s["fault"] - 600) <= 5
    assert found["5"].down_s["fault"] >= 1200


async def test_what_breaks_between_the_work_and_the_mending_leaves_neither_done(
    scene: HallScene, hoda: Visitor, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = await scene.machine("K1")
    broken, spare = await entered(hoda, "machine:K1"), await entered(hoda)
    printer = await reported(scene, faults, "printer", Place(kiosk.id))
    care = Maintenance(scene.site.queue)
    at = f"{PATH}/faults/{printer.id}"
    opened = await send(hoda, await hoda.get(at), f"{at}/order", label=broken, title="لا تطبع")
    [order] = await care.orders_of_fault(printer.id)
    begun = await send(hoda, opened, f"{PATH}/orders/{order.id}/start")
    ready = await hoda.get(f"{PATH}/swap?broken={broken}&spare={spare}")

    async def cut(connection: Connection, *_: object, **__: object) -> None:
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    async def finish() -> Seen:
        return await send(
            hoda, begun, f"{PATH}/orders/{order.id}/finish", done_text="نُظّف", mends="yes"
        )

    with monkeypatch.context() as line:
        line.setattr(store, "_do", cut)
        assert (await finish()).status == 503
        assert (await send(hoda, ready, f"{PATH}/swap", mends="yes")).status == 503
    assert (await care.order(order.id)).state == "in_work"
    assert (await care.find(spare)).place.kind == "shelf"
    assert (await faults.one(printer.id)).state == "reported"
    await finish()
    assert (await care.order(order.id)).state == "done"
    assert (await faults.one(printer.id)).state == "mended"
    later = await reported(scene, faults, "printer", Place(kiosk.id))  # the page had not shown it
    await send(hoda, ready, f"{PATH}/swap", mends="yes")
    assert (await care.find(spare)).place.device == "K1"
    assert (await faults.one(later.id)).state == "reported"


async def test_a_fault_stays_open_where_the_technician_does_not_say_that_it_is_mended(
    scene: HallScene, hoda: Visitor, faults: Faults
) -> None:
    kiosk = await scene.machine("K1")
    broken, spare = await entered(hoda, "machine:K1"), await entered(hoda)
    fault = await reported(scene, faults, "printer", Place(kiosk.id))
    ready = await hoda.get(f"{PATH}/swap?broken={broken}&spare={spare}")
    await send(hoda, ready, f"{PATH}/swap")
    assert (await faults.one(fault.id)).state == "reported"
    nowhere = "01930000-0000-7000-8000-0000000000ff"
    assert (await hoda.get(f"{PATH}/faults/{nowhere}")).status == 404
    mona = await scene.site.sign_in("mona")
    assert (await mona.client.get(f"{PATH}/faults/{fault.id}")).status == 403
