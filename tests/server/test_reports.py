"""Reports say what the events say, in every form, and to those alone who may read them."""

import csv
import io
from uuid import uuid4

import aiohttp

from core_services.people.api_keys import add_key
from core_services.people.model import Scope
from queue_server.figures.rollup import Rollup
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor


async def test_page_csv_and_events_say_the_same_and_so_does_yesterday_once_it_is_kept(
    scene: HallScene,
) -> None:
    await scene.morning()
    day, _ = scene.site.queue.today()
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor/reports?by=window")
    assert "مؤشر للمتابعة ولا يُعد سندًا للجزاء" in page.words()
    assert "شباك ٥" in page.words("table")
    events = await scene.pool.fetch(
        "SELECT window_number AS window, count(*) FILTER (WHERE event = 'call') AS calls,"
        " count(*) FILTER (WHERE event = 'finish') AS finishes"
        " FROM ticket_event WHERE window_number IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    told = await table(hoda, "window")
    assert [(row["window"], int(row["calls"]), int(row["finishes"])) for row in told] == [
        (f"شباك {row['window']}".translate(EASTERN), row["calls"], row["finishes"])
        for row in events
    ]
    today = [await table(hoda, by) for by in ("hour", "service", "priority", "queue")]
    waits = await scene.pool.fetchrow(
        "SELECT count(*) AS n, round(avg(s))::integer AS mean,"
        " round(percentile_cont(0.8) WITHIN GROUP (ORDER BY s))::integer AS p80"
        " FROM (SELECT extract(epoch FROM min(c.at) - min(i.at)) AS s FROM ticket_event i"
        "   JOIN ticket_event c USING (centre_id, ticket_id)"
        "  WHERE i.event = 'issue' AND c.event = 'call' GROUP BY ticket_id) w"
    )
    assert waits is not None
    [whole] = await table(hoda, "day")
    assert abs(int(whole["wait_mean_s"]) - waits["mean"]) <= 1
    assert abs(int(whole["wait_p80_s"]) - waits["p80"]) <= 1
    scene.site.clock.jump(86_400)
    await scene.site.queue.keep_house()
    hoda = await scene.site.sign_in("hoda")
    await Rollup(scene.site.queue, lambda: 1800, process_id=uuid4()).look()
    kept = [
        await table(hoda, by, f"&period=day&day={day}")
        for by in ("hour", "service", "priority", "queue")
    ]
    for before, after in zip(today, kept, strict=True):
        for row, again in zip(before, after, strict=True):
            assert {key: row[key] for key in row if key.startswith(("came", "wait", "calls"))} == {
                key: again[key] for key in row if key.startswith(("came", "wait", "calls"))
            }


EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


async def table(visitor: Visitor, by: str, more: str = "") -> list[dict[str, str]]:
    answer = await visitor.get(f"/supervisor/reports.csv?by={by}{more}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_a_program_reads_the_same_figures_and_clerks_only_where_it_may_see_staff(
    scene: HallScene,
) -> None:
    await scene.morning()
    day, _ = scene.site.queue.today()
    hoda = await scene.site.sign_in("hoda")
    page = [row for row in await table(hoda, "service") if row["service"]]
    url = f"http://127.0.0.1:{scene.site.client.port}"
    async with aiohttp.ClientSession() as session:
        answers = {}
        asked: tuple[tuple[Scope, str], ...] = (
            ("metrics", "service"), ("metrics", "clerk"), ("read", "day"),
        )  # fmt: skip
        for scope, by in asked:
            new = await add_key(
                scene.pool, centre_id=1, name=f"bi-{by}", scopes=[scope],
                actor=scene.supervisor, at=scene.site.clock.now(),
            )  # fmt: skip
            async with session.get(
                f"{url}/api/v1/figures?from={day}&to={day}&by={by}",
                headers={"Authorization": f"Bearer {new.text}"},
            ) as answer:
                answers[by] = (answer.status, await answer.json(content_type=None))
    assert answers["clerk"][0] == answers["day"][0] == 403
    status, told = answers["service"]
    assert status == 200
    assert told["days"] == 1
    assert sorted(item["counts"]["came"] for item in told["items"]) == sorted(
        int(row["came"]) for row in page
    )
    assert told["whole"]["wait"]["n"] == sum(item["wait"]["n"] for item in told["items"])
    assert sorted(int(item["wait"]["mean_s"] + 0.5) for item in told["items"]) == sorted(
        int(row["wait_mean_s"]) for row in page
    )
