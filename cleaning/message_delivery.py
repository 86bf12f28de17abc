"""Sends what was written: every delivery is a row, claimed, tried, tried again later, and given up with its reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from cleaning.choices import DeliveryState
from cleaning.message_channels import OutgoingMessage, SendFailed, channel_of
from cleaning.messages import link_of
from cleaning.models import MessageDelivery

log = structlog.get_logger(__name__)

#: How long to wait after the first, second ... failure; after as many the delivery is given up.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=4),
)
#: A worker that dies while it sends gives the delivery back after so long. The person may then get it twice, with
#: the same reference, but never not at all.
LEASE = timedelta(minutes=10)
MOST_AT_ONCE = 500
ERROR_LENGTH = 300


def deliver_messages(now: datetime) -> int:
    """Try every delivery that is due at ``now`` (aware); how many went out. Two workers may run at once."""
    due = MessageDelivery.objects.filter(state=DeliveryState.WAITING, next_attempt_at__lte=now)
    ids = list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    return sum(_deliver(pk, now) for pk in ids)


def try_again(*, delivery_id: int, now: datetime) -> None:
    """Have a failed delivery tried once more, from the first attempt on; one that went out stays as it is."""
    failed = MessageDelivery.objects.filter(pk=delivery_id, state=DeliveryState.FAILED)
    failed.update(state=DeliveryState.WAITING, attempts=0, next_attempt_at=now, error="")


def _deliver(pk: int, now: datetime) -> bool:
    delivery = _claim(pk, now)
    if delivery is None:
        return False
    try:
        _send(delivery)
    except SendFailed as failure:
        _failed(delivery, failure, now)
        return False
    except Exception as problem:
        # A channel of another app that breaks holds up nobody else's messages.
        log.exception("a message channel failed", channel=delivery.channel, delivery=pk)
        _failed(delivery, SendFailed(type(problem).__name__), now)
        return False
    MessageDelivery.objects.filter(pk=pk).update(
        state=DeliveryState.SENT, sent_at=now, next_attempt_at=None, error=""
    )
    return True


@transaction.atomic
def _claim(pk: int, now: datetime) -> MessageDelivery | None:
    """The delivery, ours for the time of the lease, or None when another worker has it."""
    free = MessageDelivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk=pk, state=DeliveryState.WAITING, next_attempt_at__lte=now
    )
    delivery = free.select_related("message__user").first()
    if delivery is not None:
        delivery.attempts += 1
        delivery.next_attempt_at = now + LEASE
        delivery.save(update_fields=["attempts", "next_attempt_at"])
    return delivery


def _send(delivery: MessageDelivery) -> None:
    message, channel = delivery.message, channel_of(delivery.channel)
    if channel is None:
        raise SendFailed(_("This way of sending is not there any more."), permanent=True)
    address = channel.address_of(message.user) if message.user.is_active else None
    if not address:
        raise SendFailed(_("The person is not reached this way any more."), permanent=True)
    hotels = message.events.order_by("hotel_id").values_list("hotel_id", flat=True).distinct()
    channel.send(
        OutgoingMessage(
            reference=f"cleaning-{delivery.pk}",
            user_id=message.user_id,
            address=address,
            language=message.user.language,
            subject=message.subject,
            text=message.text,
            link=link_of(message),
            hotel_ids=tuple(hotels),
        )
    )


def _failed(delivery: MessageDelivery, failure: SendFailed, now: datetime) -> None:
    over = failure.permanent or delivery.attempts > len(PAUSES)
    MessageDelivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.FAILED if over else DeliveryState.WAITING,
        next_attempt_at=None if over else now + PAUSES[delivery.attempts - 1],
        error=failure.reason[:ERROR_LENGTH],
    )
    if over:
        log.warning("a message was given up", channel=delivery.channel, delivery=delivery.pk)
