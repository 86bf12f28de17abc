"""What people were told: for who plans, what went out and what did not; for everybody, having read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cleaning.message_channels import channel_of
from cleaning.message_delivery import try_again
from cleaning.messages import mark_read
from cleaning.models import CleanerMessage, MessageDelivery, TaskEvent
from reservations.hotel_pages import hotel_page
from reservations.models import Hotel
from reservations.permissions import Permission

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Way:
    """One delivery with the name of its channel."""

    delivery: MessageDelivery
    label: str


@dataclass(frozen=True, slots=True)
class Told:
    """One message with what of it concerns the hotel."""

    message: CleanerMessage
    events: Sequence[TaskEvent]
    ways: Sequence[Way]

    @classmethod
    def of(cls, message: Any) -> Told:
        ways = []
        for delivery in message.deliveries.all():
            channel = channel_of(delivery.channel)
            ways.append(Way(delivery, str(channel.label) if channel else delivery.channel))
        return cls(message, message.own, ways)


@require_safe
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_messages(request: HttpRequest, hotel: Hotel) -> HttpResponse:
    """Who was told what of this hotel, and whether it went out. Lines about other hotels are not shown."""
    own = TaskEvent.objects.of(hotel)
    told = (
        CleanerMessage.objects.filter(Exists(own.filter(message=OuterRef("pk"))))
        .select_related("user")
        .prefetch_related(
            "deliveries",
            Prefetch(
                "events",
                own.select_related("task__room", "task__room_type").order_by("at", "pk"),
                to_attr="own",
            ),
        )
        .order_by("-created_at", "-pk")
    )
    waiting = own.filter(recipient__isnull=False, message__isnull=True)
    page = Paginator(told, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Messages"),
        "page": page,
        "told": [Told.of(message) for message in page.object_list],
        "waiting": waiting.order_by().values("recipient").distinct().count(),
    }
    return render(request, "cleaning/messages.html", context)


@require_POST
@hotel_page(Permission.PLAN_CLEANING)
def cleaning_message_again(request: HttpRequest, hotel: Hotel, pk: int) -> HttpResponse:
    """Have a delivery tried again that was given up."""
    own = MessageDelivery.objects.filter(
        Exists(TaskEvent.objects.of(hotel).filter(message=OuterRef("message_id")))
    )
    try_again(delivery_id=get_object_or_404(own, pk=pk).pk, now=timezone.now())
    return redirect("cleaning_messages", slug=hotel.slug)


@require_POST
def news_read(request: HttpRequest) -> HttpResponse:
    """Take messages to the person as read, and go back to the page they came from."""
    numbers = {int(text) for text in request.POST.getlist("message") if text.isdecimal() and len(text) < 19}
    mark_read(request.user, now=timezone.now(), message_ids=numbers)
    wanted = request.POST.get("next", "")
    is_own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return redirect(wanted if is_own else reverse("home"))
