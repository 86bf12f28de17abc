"""Neutral records: what a booking looks like once a provider's words are gone.

A provider's mapping turns wire data into these; :mod:`reservations.intake` turns them into rows. They know no
database and no provider. Dates are local dates of the property, half-open (the departure day is not a night).
Instants are aware datetimes in UTC. Money is ``Decimal`` in major units. What the source does not say is ``None``
or an empty tuple, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from reservations.choices import DetailKind, StayState, StayStatus

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person as a channel names them; ``phone`` is raw text, ``country`` ISO 3166-1, ``language`` ISO 639-1."""

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class NightRecord:
    """The price of one night, in the reservation's currency."""

    date: date
    amount: Decimal | None = None
    rate_ref: str | None = None


@dataclass(frozen=True, slots=True)
class DetailRecord:
    """A further fact that staff should read, such as a meal plan, a tax that is paid on the spot or an extra.

    ``text`` is the channel's own wording; ``amount`` is in ``currency`` or, without one, in the reservation's.
    """

    kind: DetailKind
    text: str
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class StayRecord:
    """One booked room. ``room_ref`` is the most specific unit named, ``room_type_ref`` the sold type."""

    external_id: str
    arrival: date
    departure: date
    status: StayStatus = StayStatus.CONFIRMED
    room_ref: str | None = None
    room_type_ref: str | None = None
    rate_ref: str | None = None
    stay_state: StayState | None = None
    adults: int | None = None
    children: int | None = None
    infants: int | None = None
    child_ages: tuple[int, ...] = ()
    guest_name: str | None = None
    total: Decimal | None = None
    nights: tuple[NightRecord, ...] = ()
    details: tuple[DetailRecord, ...] = ()

    def __post_init__(self) -> None:
        if self.departure <= self.arrival:
            raise ValueError(f"departure {self.departure} is not after arrival {self.arrival}")


@dataclass(frozen=True, slots=True)
class ReservationRecord:
    """One booking as one source tells it.

    ``channel`` is our slug of where the guest booked, ``channel_ref`` the code there, ``group_ref`` ties records
    that one booking made. ``updated_at`` orders two tellings of the same booking: the later one wins.
    """

    external_id: str
    status: StayStatus
    stays: tuple[StayRecord, ...]
    channel: str | None = None
    channel_ref: str | None = None
    group_ref: str | None = None
    property_ref: str | None = None
    booked_at: datetime | None = None
    updated_at: datetime | None = None
    cancelled_at: datetime | None = None
    booker: PersonRecord = field(default_factory=PersonRecord)
    total: Decimal | None = None
    currency: str | None = None
    commission: Decimal | None = None
    notes: str | None = None
    warnings: tuple[str, ...] = ()
    details: tuple[DetailRecord, ...] = ()

    @property
    def version(self) -> int:
        """Microseconds since 1970 of the latest change the source tells of; 0 when it tells of none."""
        latest = self.updated_at or self.cancelled_at or self.booked_at
        return int(latest.timestamp() * 1_000_000) if latest else 0

    def to_json(self) -> JsonObject:
        """The public shape, printed by ``manage.py inspect``: every key, ``None`` or ``[]`` where nothing was said."""
        return {
            "type": "reservation",
            "external_id": self.external_id,
            "group_ref": self.group_ref,
            "channel": self.channel,
            "channel_ref": self.channel_ref,
            "property_ref": self.property_ref,
            "status": str(self.status),
            "booked_at": _instant(self.booked_at),
            "updated_at": _instant(self.updated_at),
            "cancelled_at": _instant(self.cancelled_at),
            "booker": {
                "name": self.booker.name,
                "first_name": self.booker.first_name,
                "last_name": self.booker.last_name,
                "email": self.booker.email,
                "phone": self.booker.phone,
                "language": self.booker.language,
                "country": self.booker.country,
            },
            "total": _money(self.total),
            "currency": self.currency,
            "commission": _money(self.commission),
            "notes": self.notes,
            "stays": [_stay_to_json(stay) for stay in self.stays],
            "warnings": list(self.warnings),
        }

    def to_content(self) -> JsonObject:
        """The shape of :meth:`to_json` without what was not said and with the details, as it is stored."""
        content = _said(self.to_json())
        if self.details:
            content["details"] = details_content(self.details)
        for stay, told in zip(self.stays, content.get("stays", ()), strict=True):
            if stay.details:
                told["details"] = details_content(stay.details)
        return content

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReservationRecord:
        """The inverse of :meth:`to_json` and of :meth:`to_content`. Raises ``KeyError`` or ``ValueError`` on a
        foreign shape."""
        return cls(
            external_id=data["external_id"],
            status=StayStatus(data["status"]),
            stays=tuple(_stay_from_json(stay) for stay in data.get("stays", ())),
            channel=data.get("channel"),
            channel_ref=data.get("channel_ref"),
            group_ref=data.get("group_ref"),
            property_ref=data.get("property_ref"),
            booked_at=_read_instant(data.get("booked_at")),
            updated_at=_read_instant(data.get("updated_at")),
            cancelled_at=_read_instant(data.get("cancelled_at")),
            booker=PersonRecord(**data.get("booker", {})),
            total=_read_money(data.get("total")),
            currency=data.get("currency"),
            commission=_read_money(data.get("commission")),
            notes=data.get("notes"),
            warnings=tuple(data.get("warnings", ())),
            details=details_from_json(data),
        )

    def with_status(self, status: StayStatus) -> ReservationRecord:
        """The same booking with ``status`` on it and on each stay that had no word of its own."""
        return replace(
            self,
            status=status,
            stays=tuple(
                replace(stay, status=status) if stay.status == self.status else stay for stay in self.stays
            ),
        )


def _stay_to_json(stay: StayRecord) -> JsonObject:
    return {
        "external_id": stay.external_id,
        "room_ref": stay.room_ref,
        "room_type_ref": stay.room_type_ref,
        "rate_ref": stay.rate_ref,
        "arrival": stay.arrival.isoformat(),
        "departure": stay.departure.isoformat(),
        "status": str(stay.status),
        "stay_state": str(stay.stay_state) if stay.stay_state else None,
        "adults": stay.adults,
        "children": stay.children,
        "infants": stay.infants,
        "child_ages": list(stay.child_ages),
        "guest_name": stay.guest_name,
        "total": _money(stay.total),
        "nights": [
            {"date": night.date.isoformat(), "amount": _money(night.amount), "rate_ref": night.rate_ref}
            for night in stay.nights
        ],
    }


def details_content(details: Iterable[DetailRecord]) -> list[JsonObject]:
    """``details`` as they are stored: what was not said is left out."""
    told = [
        {"kind": str(d.kind), "text": d.text, "amount": _money(d.amount), "currency": d.currency}
        for d in details
    ]
    return [{key: value for key, value in one.items() if value is not None} for one in told]


def details_from_json(data: Mapping[str, Any]) -> tuple[DetailRecord, ...]:
    """The ``details`` of ``data``, as :func:`details_content` made them."""
    return tuple(
        DetailRecord(
            DetailKind(one["kind"]), one["text"], _read_money(one.get("amount")), one.get("currency")
        )
        for one in data.get("details", ())
    )


def _stay_from_json(data: Mapping[str, Any]) -> StayRecord:
    return StayRecord(
        external_id=data["external_id"],
        arrival=date.fromisoformat(data["arrival"]),
        departure=date.fromisoformat(data["departure"]),
        status=StayStatus(data["status"]),
        room_ref=data.get("room_ref"),
        room_type_ref=data.get("room_type_ref"),
        rate_ref=data.get("rate_ref"),
        stay_state=StayState(data["stay_state"]) if data.get("stay_state") else None,
        adults=data.get("adults"),
        children=data.get("children"),
        infants=data.get("infants"),
        child_ages=tuple(data.get("child_ages", ())),
        guest_name=data.get("guest_name"),
        total=_read_money(data.get("total")),
        nights=tuple(
            NightRecord(
                date.fromisoformat(night["date"]), _read_money(night.get("amount")), night.get("rate_ref")
            )
            for night in data.get("nights", ())
        ),
        details=details_from_json(data),
    )


def _said(value: JsonObject) -> JsonObject:
    """``value`` without keys that say nothing; the shape is known, so only what can hold others is looked into."""
    said = {key: item for key, item in value.items() if item is not None and item != []}
    if booker := said.get("booker"):
        said["booker"] = {key: item for key, item in booker.items() if item is not None}
    for stay in (stays := [_said(stay) for stay in said.get("stays", ())]):
        if nights := stay.get("nights"):
            stay["nights"] = [{k: v for k, v in night.items() if v is not None} for night in nights]
    if stays:
        said["stays"] = stays
    return said


def _instant(value: datetime | None) -> str | None:
    if value is None:
        return None
    value = value.astimezone(UTC)
    text = value.strftime("%Y-%m-%dT%H:%M:%S")
    if value.microsecond:
        text += f".{value.microsecond:06d}".rstrip("0")
    return text + "Z"


def _read_instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _money(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _read_money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
