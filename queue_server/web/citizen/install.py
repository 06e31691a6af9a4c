"""Puts the pages of appointments that anybody may use into the application."""

from aiohttp import web

from queue_server.appointments.acts import Appointments
from queue_server.web.citizen import booking_view
from queue_server.web.citizen.booked import ROOT, BookedPages, Networks
from queue_server.web.citizen.booking import BookingPages
from queue_server.web.keys import CATALOGUE


def install_bookings(
    app: web.Application, appointments: Appointments, *, networks: Networks = ()
) -> None:
    """Serve `/book` and `/b/{token}`; the web frame is installed already."""
    booking = BookingPages(appointments, app[CATALOGUE])
    app.router.add_get(booking_view.ROOT, booking.show)
    app.router.add_post(booking_view.ROOT, booking.submit)
    booked = BookedPages(appointments, networks)
    app.router.add_get(ROOT + ".ics", booked.calendar)
    app.router.add_get(ROOT, booked.show)
    app.router.add_get(ROOT + "/move", booked.choose)
    app.router.add_post(ROOT + "/move", booked.move)
    app.router.add_post(ROOT + "/cancel", booked.cancel)
    app.router.add_post(ROOT + "/check-in", booked.check_in)
