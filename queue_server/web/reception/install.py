"""Puts reception's pages into the application."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from queue_server.configuration import Configuration
from queue_server.tickets.acts import Queue
from queue_server.web.keys import APPOINTMENTS
from queue_server.web.reception.acts import ReceptionActs
from queue_server.web.reception.book import BOOK, PRINTS_BOOKS, EmergencyBook
from queue_server.web.reception.pages import RECEIVE, ROOT, ReceptionPages
from queue_server.web.reception.reading import Reading
from queue_server.web.staff_pages import staff_page


def install_reception(
    app: web.Application,
    queue: Queue,
    *,
    configuration: Callable[[], Configuration],
    cache_dir: Path,
) -> None:
    """Serve `/reception`; the web frame is installed already."""
    reading = Reading(queue, configuration)
    pages = ReceptionPages(reading)
    acts = ReceptionActs(queue, reading, pages, app[APPOINTMENTS])
    book = EmergencyBook(queue, reading, cache_dir)
    shown, renewed = staff_page(RECEIVE), staff_page(RECEIVE, renews=True)
    app.router.add_get(ROOT, shown(pages.numbers))
    app.router.add_get(ROOT + "/now", renewed(pages.now))
    app.router.add_get(ROOT + "/find", shown(pages.find))
    app.router.add_get(ROOT + "/tickets/{ticket}", shown(pages.number))
    app.router.add_get(ROOT + "/tickets/{ticket}/now", renewed(pages.number_now))
    for path, act in acts.routes():
        app.router.add_post(ROOT + path, shown(act))
    prints = staff_page(PRINTS_BOOKS)
    app.router.add_get(BOOK, shown(book.show))
    app.router.add_post(BOOK, shown(book.key_in))
    app.router.add_post(BOOK + "/print", prints(book.make))
    app.router.add_get(BOOK + r"/{number:[1-9]\d{0,5}}.pdf", prints(book.pdf))
