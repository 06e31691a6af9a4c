"""Days that went by before a test's morning: a few people on each, served, and the figures kept."""

from uuid import UUID

from queue_server.figures.rollup import Rollup
from tests.support.desk_site import COLLEAGUE, DeskSite

_DAY_S = 24 * 3600
PROCESS = UUID("01970000-0000-7000-8000-0000000000f1")


async def live_days(site: DeskSite, days: int) -> None:
    """Let so many days pass, each with a morning of its own, and keep their figures.

    On day n so many more people come; who comes in the second hour waits longer.
    """
    for day in range(days):
        began = site.clock.now()
        await site.open(9)
        for hour, minutes in ((0, 4), (1, 9), (2, 6)):
            await site.issue(2 + day % 3 + hour, service="enquiry")
            for _ in range(2 + day % 3 + hour):
                site.clock.jump(30 * minutes)
                await site.serve(9, 30 * minutes)
            site.clock.jump(1200)
        await site.queue.act_on_window(9, "close", actor=COLLEAGUE, actor_name="", any_window=False)
        site.clock.jump(_DAY_S - (site.clock.now() - began).total_seconds())
        await site.queue.keep_house()
    await Rollup(site.queue, lambda: 1800, process_id=PROCESS).look()
