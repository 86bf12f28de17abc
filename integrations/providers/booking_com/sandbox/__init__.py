"""A local server that speaks Booking.com's connectivity protocol, with state in memory and a control page.

The three real hosts stand side by side below the mount (`/booking_com`): `/auth`, `/supply` and `/secure` for
connectivity-authentication, supply-xml and secure-supply-xml. Their paths differ, so all of them also work
without the name of a host. The control page is at `/`. Default account: `llavero-demo` / `llavero-demo-secret`
with property 4400123.

The pieces: `world` and `calendar` (state), `seed` (its beginning), `wire` (XML),
`core` (tokens, limits, clock, switches), `queues` and `messages` (reservations, OTA),
`bxml` (reservations, B.XML), `properties` (lists), `updates` (availability and rates),
`selling` (what may be booked), `actions` (what guests do), `control`, `pages` and
`html` (the control page).
"""

from __future__ import annotations

from integrations.providers.booking_com.sandbox.bxml import PlainQueueRoutes
from integrations.providers.booking_com.sandbox.control import ControlRoutes
from integrations.providers.booking_com.sandbox.queues import QueueRoutes
from integrations.providers.booking_com.sandbox.updates import UpdateRoutes


class BookingComSandbox(ControlRoutes, QueueRoutes, PlainQueueRoutes, UpdateRoutes):
    """The whole sandbox; the options of the constructor are those of `BookingCore`."""


SANDBOX = BookingComSandbox
