"""Work for a test's workstation: orders of a real size, and the parts that give them."""

import io
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from PIL import Image, ImageDraw

from core_services.devices.model import Device, DeviceKind
from core_services.devices.register import add_device
from core_services.devices.work import Document
from core_services.ids import new_id
from core_services.people.sealing import PersonKeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor
from queue_server.work import WorkOrders
from tests.support.person_keys import FIRST

TITLE_AR, TITLE_EN = "دفتر الطوارئ KFS-T-3", "Emergency book KFS-T-3"
PAGE = Document("application/pdf", b"%PDF-1.7\n" + b"a page of the book\n" * 2000)
MARKED_PAGE = Document("application/pdf", b"%PDF-1.7\n" + b"a page printed again\n" * 2000)
SUPERVISOR = Actor("staff", UUID("01930000-0000-7000-8000-0000000000aa"))


def work_orders(queue: Queue) -> WorkOrders:
    """Return the orders of a queue's centre, under keys that stand in no file."""
    return WorkOrders(queue, PersonKeys([FIRST]))


@lru_cache
def picture(*, marked: bool = False, width: int = 576, height: int = 400) -> Document:
    """Return a receipt as the server draws it; the marked one is longer."""
    image = Image.new("1", (width, height + 80 * marked), 1)
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((4, 4, width - 5, image.height - 5), outline=0, width=3)
    drawing.text((40, 40), "143.50 EGP", fill=0)
    file = io.BytesIO()
    image.save(file, "PNG")
    return Document("image/png", file.getvalue())


async def register(
    queue: Queue, name: str = "W1", kind: DeviceKind = "workstation", *, at: datetime | None = None
) -> Device:
    """Register a machine of a queue's centre."""
    made = await add_device(
        queue.pool,
        centre_id=queue.centre.id,
        kind=kind,
        name=name,
        actor=Actor("system"),
        at=at or queue.clock.now(),
    )
    return made.device


async def order_page(
    work: WorkOrders, queue: Queue, device: Device, order_id: UUID | None = None
) -> UUID:
    """Order the book's page from a machine and return the order's id."""
    order_id = order_id or new_id(queue.clock.now())
    await work.order_paper(
        order_id,
        device.id,
        "page",
        title_ar=TITLE_AR,
        title_en=TITLE_EN,
        document=PAGE,
        marked=MARKED_PAGE,
        attached=None,
        actor=SUPERVISOR,
    )
    return order_id


async def order_receipt(
    work: WorkOrders, queue: Queue, device: Device, *, width: int = 576
) -> UUID:
    """Order a receipt from a machine and return the order's id."""
    order_id = new_id(queue.clock.now())
    await work.order_paper(
        order_id,
        device.id,
        "receipt",
        title_ar="إيصال",
        title_en="Receipt",
        document=picture(width=width),
        marked=picture(width=width, marked=True),
        attached=None,
        actor=SUPERVISOR,
    )
    return order_id


async def order_message(work: WorkOrders, queue: Queue, device: Device, to: str, text: str) -> UUID:
    """Order a text message from a machine and return the order's id."""
    order_id = new_id(queue.clock.now())
    await work.order_message(
        order_id,
        device.id,
        title_ar="رسالة تجربة",
        title_en="Trial message",
        to=to,
        text=text,
        attached=None,
        actor=SUPERVISOR,
    )
    return order_id
