"""A night whose backtest came to nothing: the one before it still counts, and staff are told."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from core_services.database.pool import Pool
from queue_server.estimate.promises import Promises
from queue_server.estimate.promises_kept import PromisesKept
from queue_server.estimate.store_backtest import (
    MOST_TRIES,
    SILENT,
    claim_backtest,
    failed_since,
    keep_backtest,
    latest_backtest,
)
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene

SCORE: Final = {
    "n": 9000,
    "mae_s": 130.0,
    "bias_s": 9.0,
    "coverage_80": 0.7,
    "rmse_s": 300.0,
    "mean_width_80_s": 720.0,
}
RESULT: Final = {"days": 21, "train_days": 14, "product": SCORE, "baselines": {}}


async def night(
    pool: Pool, day: date, at: datetime, result: dict[str, Any] | None, failed: str | None = None
) -> None:
    process = uuid4()
    assert await claim_backtest(pool, 1, day=day, process=process, at=at)
    await keep_backtest(pool, 1, day=day, process=process, at=at, result=result, failed=failed)


async def test_a_failed_night_leaves_the_one_before_it_to_judge_by_and_is_told(
    scene: HallScene,
) -> None:
    pool, (day, at) = scene.pool, scene.site.queue.today()
    await night(pool, day - timedelta(days=1), at, RESULT)
    await night(pool, day, at, None, "no memory")
    proof = await latest_backtest(pool, 1)
    assert proof is not None
    assert proof.day == day - timedelta(days=1)
    kept = await PromisesKept(scene.site.queue).now()
    assert (kept.night, kept.night_of) == (Promises(9000, 6300, 720.0), day - timedelta(days=1))
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor/waits")
    assert "لم يصل اختبار الليلة السابقة ليوم" in page.words()
    assert "صدق المدى في ٧٠٪ من الأوقات" in page.words()
    assert "تقديرنا" in page.words("table")

    await night(pool, day + timedelta(days=1), at, RESULT)
    assert await failed_since(pool, 1, at=at) is None
    assert "لم يصل اختبار" not in (await hoda.get("/supervisor/waits")).words()


async def test_a_night_whose_every_process_died_has_failed_too(scene: HallScene) -> None:
    pool, (day, at) = scene.pool, scene.site.queue.today()
    for nth in range(MOST_TRIES):
        assert await failed_since(pool, 1, at=at + nth * SILENT) is None
        assert await claim_backtest(pool, 1, day=day, process=uuid4(), at=at + nth * SILENT)
    assert await failed_since(pool, 1, at=at + (MOST_TRIES - 1) * SILENT) is None
    assert await failed_since(pool, 1, at=at + MOST_TRIES * SILENT) == day
