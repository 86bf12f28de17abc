"""A local server that speaks Booking.com's connectivity protocol, with state in memory and a control page.

The three real hosts stand side by side below the mount (`/booking_com`): `/auth`, `/supply` and `/secure` for
connectivity-authentication, supply-xml and secure-supply-xml. Their paths differ, so all of them also work
without the name of a host. The control page is at `/`. Default account: `llavero-demo` / `llavero-demo-secret`
with property 4400123.

The pieces: `sandbox_world` and `sandbox_calendar` (state), `sandbox_seed` (its beginning), `sandbox_wire` (XML),
`sandbox_core` (tokens, limits, clock, switches), `sandbox_queues` and `sandbox_messages` (reservations, OTA),
`sandbox_bxml` (reservations, B.XML), `sandbox_properties` (lists), `sandbox_updates` (availability and rates),
`sandbox_selling` (what may be booked), `sandbox_actions` (what guests do), `sandbox_control`, `sandbox_pages` and
`sandbox_html` (the control page).
"""

from __future__ import annotations

from integrations.providers.booking_com.sandbox_bxml import PlainQueueRoutes
from integrations.providers.booking_com.sandbox_control import ControlRoutes
from integrations.providers.booking_com.sandbox_queues import QueueRoutes
from integrations.providers.booking_com.sandbox_updates import UpdateRoutes


class BookingComSandbox(ControlRoutes, QueueRoutes, PlainQueueRoutes, UpdateRoutes):
    """The whole sandbox; the options of the constructor are those of `BookingCore`."""


SANDBOX = BookingComSandbox
