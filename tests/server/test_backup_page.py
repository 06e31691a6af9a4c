"""How old the last good backup is: on the supervisor's page, among the alarms, in the metrics."""

from datetime import timedelta

from queue_server.backup.model import Run
from queue_server.backup.store import record_run
from queue_server.backup.watch import KEPT
from tests.support.database import Database
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene


async def test_the_page_the_alarm_and_the_metrics_tell_the_same_age(
    scene: HallScene, database: Database
) -> None:
    clock, client = scene.site.clock, scene.site.client
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor")
    assert "نسخة احتياطية" not in page.words(), "nobody expects backups here"

    made_at = clock.now() - timedelta(hours=3)
    await record_run(database.owner_dsn, Run(made_at, made_at, "a.shubbak", bytes=51_200))
    clock.jump(KEPT.total_seconds())
    page = await hoda.get("/supervisor")
    assert page.words("p", id="backup") == "آخر نسخة احتياطية سليمة: منذ ٣ ساعات"

    failed = Run(
        clock.now(), clock.now(), "/mnt/backup", why="/mnt/backup: No space left on device"
    )
    await record_run(database.owner_dsn, failed)
    clock.jump(KEPT.total_seconds())
    page = await hoda.get("/supervisor")
    alarms = page.words("section", class_="alarms")
    assert "فشلت آخر نسخة احتياطية. مضت ٣ ساعات على آخر نسخة سليمة." in alarms
    assert "No space left on device" in alarms
    assert "والتي بعدها فشلت" in page.words("p", id="backup")

    clock.jump(36 * 3600)
    page = await (await scene.site.sign_in("hoda", "en")).get("/supervisor")
    assert "The last good backup is 39 hours old." in page.words("section", class_="alarms")
    async with client.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
        told = dict(line.split(" ") for line in lines if line.startswith("shubbak_backup"))
    assert 39 * 3600 <= float(told["shubbak_backup_age_seconds"]) < 39 * 3600 + 120
    assert float(told["shubbak_backup_bytes"]) == 51_200
    assert float(told["shubbak_backup_last_failed"]) == 1
