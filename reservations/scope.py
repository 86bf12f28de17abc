"""Who sees which rows: every query of a page, the admin, an API or a file starts here."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models

Row = TypeVar("Row", bound=models.Model)


class HotelScopedQuerySet(models.QuerySet[Row]):
    """Rows that carry a ``hotel``; :meth:`visible_to` is the only door for a user's request."""

    def visible_to(self, user: Any) -> Self:
        """Rows of the hotels ``user`` belongs to; none for a stranger, an inactive or an anonymous user."""
        if isinstance(user, AnonymousUser) or not user.is_active:
            return self.none()
        from reservations.models import Membership

        hotels = Membership.objects.filter(user_id=user.pk).values("hotel_id")
        return self.filter(hotel_id__in=hotels)

    def of(self, hotel: models.Model) -> Self:
        """Rows of ``hotel``, which the caller has already found through the user's scope."""
        return self.filter(hotel_id=hotel.pk)
