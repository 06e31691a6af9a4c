"""An administrator of Kafr Saqr with a browser, and a policy that is quickly published."""

from datetime import time

from queue_server.policy import store, versions
from queue_server.policy.body import DAYS, OpeningHours, PolicyBody, Span, Week
from queue_server.policy.model import Seen
from queue_server.tickets.model import Actor
from queue_server.web.keys import REREAD
from tests.support.hall_scene import HallScene

WORKING_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday")
OPEN_8_TO_15 = OpeningHours(
    applies=True,
    decree_number="77",
    week=Week(**{day: Span(opens=time(8), closes=time(15)) for day in WORKING_DAYS}),
)
NEVER_TODAY = OpeningHours(
    applies=True, week=Week(**{day: Span(opens=time(1), closes=time(1, 1)) for day in DAYS})
)


async def add_admin(scene: HallScene) -> Actor:
    """Let Amir look after the centre's policy; his username is `amir`."""
    person = await scene.site.add_staff("amir", "admin", "أمير فهمي", "Amir Fahmy")
    return Actor("staff", person.id)


async def publish(scene: HallScene, body: PolicyBody, actor: Actor) -> int:
    """Publish a body, and let the server obey it."""
    queue = scene.site.queue
    draft = await store.read_draft(queue.pool, 1)
    seen = Seen() if draft is None else draft.seen
    saved = await versions.save(queue, body, seen=seen, actor=actor)
    version = await versions.publish(queue, seen=saved.seen, note=None, actor=actor)
    await scene.site.client.app[REREAD]()
    return version
