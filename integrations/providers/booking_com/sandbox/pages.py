"""The cards of the Booking.com sandbox's control page, made from what the sandbox knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from html import escape

from integrations.providers.booking_com.sandbox.calendar import NO_LIMIT, RateNight, RoomNight
from integrations.providers.booking_com.sandbox.html import card, table
from integrations.providers.booking_com.sandbox.world import (
    MODIFY,
    NEW,
    Account,
    Answered,
    FallbackMail,
    Hotel,
    Reservation,
    RoomType,
    World,
)
from integrations.sandbox_forms import Choice, check, entry, form, select

SHOWN = 40
CARDS = (Choice("card", "Credit card"), Choice("virtual", "Virtual card"), Choice("", "No card"))
WAITING = {NEW: "waits as new", MODIFY: "waits as change"}
STATUSES = ("500", "401", "403", "429", "503", "0")


def connect_card(accounts: Iterable[Account]) -> str:
    rows = [
        (account.client_id, account.client_secret, ", ".join(map(str, account.properties)))
        for account in accounts
    ]
    return card(
        "Connect",
        table(
            "Machine accounts", ("Client id", "Client secret", "Property id"), rows, "There is no account."
        ),
        lead="Type one of these into the hotel's connection. Only this sandbox knows them.",
    )


def book_card(world: World, arrival: date, departure: date) -> str:
    rooms = [
        Choice(f"{room.id}:{rate.id}", f"{world.hotels[room.property].name}: {room.name}, {rate.name}")
        for room in world.room_types.values()
        for rate in room.rates
    ]
    fields = (
        select("Room and rate", "room", rooms)
        + _dates(arrival, departure)
        + entry("Guest", "guest", "Mara Quill", more='maxlength="100" required')
        + entry("Rooms", "count", 1, "number", 'min="1" max="4"')
        + entry("Adults", "adults", 1, "number", 'min="1" max="9"')
        + entry("Ages of children", "ages", "", more='placeholder="4, 9" maxlength="40"')
        + entry("Remarks", "remarks", "", more='maxlength="200"')
        + select("Paid with", "card", CARDS)
        + check("Even if sold out or closed", "force")
    )
    many = form(
        "fill", entry("How many", "count", 25, "number", 'min="1" max="5000"'), "Book many", style="quiet"
    )
    return card(
        "New booking",
        form("book", fields, "Book"),
        many,
        lead="Sold out or closed rooms cannot be booked, unless the guest was seconds faster than the close.",
    )


def bookings_card(world: World) -> str:
    newest = sorted(world.reservations.values(), key=lambda r: (r.message.at, r.id), reverse=True)
    lines = "".join(_booking(world, reservation) for reservation in newest[:SHOWN])
    return card("Bookings", lines, lead=f"{len(newest)} in all, newest change first. Open one to change it.")


def _booking(world: World, reservation: Reservation) -> str:
    booker, message = reservation.booker, reservation.message
    state, style = "taken over", ""
    if message.refused and not message.acknowledged:
        state, style = f"refused: {message.refused}", " wait"
    elif not message.acknowledged:
        state, style = WAITING[message.queue], " wait"
    if reservation.cancelled:
        state, style = f"cancelled, {state}", " off"
    rooms = ", ".join(
        f"{world.room_types[room.room_type].name} {room.arrival} to {room.departure}"
        for room in reservation.rooms
    )
    summary = (
        f'<summary><span class="badge{style}">{escape(state)}</span> '
        f"<strong>{escape(booker.given)} {escape(booker.family)}</strong> {escape(rooms)} "
        f'<span class="soft">{escape(world.hotels[reservation.property].name)}, {reservation.id}</span></summary>'
    )
    actions = "" if reservation.cancelled else _booking_actions(world, reservation)
    return f"<details>{summary}{actions}</details>"


def _booking_actions(world: World, reservation: Reservation) -> str:
    hidden = {"id": reservation.id}
    choices = [
        Choice(str(room.index), f"{world.room_types[room.room_type].name}, room {room.index}")
        for room in reservation.rooms
    ]
    rooms = select("Which", "index", [Choice("0", "All rooms"), *choices])
    kinds = [Choice("0", "Same room type")]
    kinds += [Choice(str(room.id), room.name) for room in world.rooms_of(reservation.property)]
    change = rooms + _dates(reservation.arrival, reservation.departure)
    change += select("Room type", "room_type", kinds) + check("Even if sold out", "force")
    actions = form("change", change, "Change", hidden=hidden)
    actions += form(
        "add_room", select("Room type", "room_type", kinds[1:]), "Add a room", style="quiet", hidden=hidden
    )
    if len(choices) > 1:
        actions += form(
            "drop_room", select("Which", "index", choices), "Drop room", style="quiet", hidden=hidden
        )
    return actions + form("cancel", "", "Cancel booking", style="bad", hidden=hidden)


def queues_card(world: World, answers: Iterable[Answered], mails: Iterable[FallbackMail]) -> str:
    waiting = [
        (
            f"{r.message.at:%H:%M:%S}",
            WAITING[queue],
            r.id,
            r.message.refused or ("read" if r.message.served else ""),
        )
        for queue, reservations in world.queues.items()
        for r in list(reservations.values())[:SHOWN]
    ]
    said = [
        (
            f"{a.at:%H:%M:%S}",
            a.reservation,
            f"refused: {a.reason}" if a.reason else f"acknowledged ({a.queue})",
        )
        for a in answers
    ]
    sent = [(f"{m.at:%H:%M:%S}", m.reservation, str(m.property)) for m in mails]
    return card(
        "Queues",
        table("Waiting messages", ("Since (UTC)", "Queue", "Booking", "State"), waiting, "Nothing waits."),
        table(
            "Answers of the other side", ("Time (UTC)", "Booking", "Answer"), said, "Nothing was said yet."
        ),
        table("Fallback e-mails", ("Time (UTC)", "Booking", "To property"), sent, "No e-mail was needed."),
        lead="A message comes again until it is acknowledged. After 30 minutes the property gets an e-mail.",
    )


def calendar_card(
    hotels: Iterable[Hotel], hotel: Hotel, rooms: Iterable[tuple[RoomType, list[RoomNight]]], first: date
) -> str:
    """Return what is sold now, night by night, for each room type of `hotel`; the others can be chosen."""
    tables = ""
    for room, nights in rooms:
        head = (
            "Night",
            "To sell",
            *(f"{rate.name} ({hotel.currency})" for rate in room.rates),
            "Last update (UTC)",
        )
        rows = [
            (
                f"{night.day:%a %d %b}",
                _count(night),
                *(_rate(night.rates[rate.id]) for rate in room.rates),
                f"{night.updated:%d %b %H:%M:%S}" if night.updated else "never",
            )
            for night in nights
        ]
        tables += table(f"{room.name}, {room.id}", head, rows, "This room type has no nights.")
    look = (
        '<form method="get" action="./">'
        + select("Property", "property", [Choice(str(h.id), h.name) for h in hotels], str(hotel.id))
        + entry("First night", "from", first, "date")
        + '<button class="quiet">Show</button></form>'
    )
    return card(f"Calendar of {hotel.name}", look, tables, lead="What a guest can book here at this moment.")


def switches_card(ahead_minutes: int, drops: bool) -> str:
    count = entry("Calls", "n", 1, "number", 'min="1" max="1000"')
    part = entry("Only paths with", "path_part", "", more='maxlength="100" placeholder="OTA_HotelRes"')
    statuses = [Choice(status, status if status != "0" else "no answer") for status in STATUSES]
    spoil = "".join(
        form(action, "", label, style="quiet")
        for action, label in (
            ("html", "HTML page with 200"),
            ("truncated", "Cut XML off"),
            ("empty", "Empty body"),
            ("lose", "Lose answer to acknowledgement"),
            ("system", "System error for a part of an update"),
        )
    )
    clock = "".join(
        form("clock", "", f"+{minutes} min", style="quiet", hidden={"minutes": minutes})
        for minutes in (5, 30, 60)
    )
    keep = "Keep messages after the e-mail" if drops else "Drop messages with the e-mail"
    return card(
        "Faults and time",
        form("fail", count + select("Answer", "status", statuses) + part, "Fail next calls"),
        form("slow", entry("Seconds", "seconds", 5, "number", 'min="0" max="120"'), "Be slow"),
        f"<h3>The next answer</h3><div class='row'>{spoil}</div>",
        form("clear", "", "No more faults", style="quiet"),
        "<h3>Access</h3>" + form("expire", "", "End all tokens", style="quiet"),
        f"<h3>Clock</h3><p class='soft'>{ahead_minutes} minutes ahead of real time.</p>",
        f"<div class='row'>{clock}</div>",
        form("drop", "", keep, style="quiet"),
        "<h3>Start again</h3>" + form("reset", "", "Reset everything", style="bad"),
    )


def _dates(arrival: date, departure: date) -> str:
    return entry("Arrival", "arrival", arrival, "date", "required") + entry(
        "Departure", "departure", departure, "date", "required"
    )


def _count(night: RoomNight) -> str:
    count = "no limit" if night.count == NO_LIMIT else str(night.count)
    return f"closed ({count})" if night.closed else count


def _rate(rate: RateNight) -> str:
    rules = [
        "closed" if rate.closed else "",
        f"{rate.price:f}",
        f"min {rate.minimum}" if rate.minimum else "",
        f"max {rate.maximum}" if rate.maximum else "",
        f"min {rate.minimum_from_arrival} from arrival" if rate.minimum_from_arrival else "",
        f"max {rate.maximum_from_arrival} from arrival" if rate.maximum_from_arrival else "",
        "no arrival" if rate.closed_to_arrival else "",
        "no departure" if rate.closed_to_departure else "",
    ]
    return ", ".join(rule for rule in rules if rule)
