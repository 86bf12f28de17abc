"""Accounts at providers, how they were granted, and how their rooms are ours."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.registry import provider_name
from reservations.encrypted import EncryptedJSONField, EncryptedTextField
from reservations.models.hotels import HotelOwned, Property, Room, RoomType
from reservations.models.rates import RatePlan


class ConnectionStatus(models.TextChoices):
    DISCONNECTED = "disconnected", _("Disconnected")
    CONNECTED = "connected", _("Connected")
    NEEDS_REAUTH = "needs_reauth", _("Needs reconnecting")
    ERROR = "error", _("In trouble")
    PAUSED = "paused", _("Paused")


class ProviderApplication(models.Model):
    """The operator's registration at a provider: one per provider, for all hotels."""

    provider = models.CharField(_("integration"), max_length=40, unique=True)
    credentials = EncryptedJSONField(default=dict)
    #: The unguessable part of the application-wide webhook address, and its digest for finding it.
    webhook_token = EncryptedTextField(blank=True, default="")
    webhook_digest = models.CharField(max_length=64, blank=True, db_index=True)
    changed_at = models.DateTimeField(_("last change"), auto_now=True)

    class Meta:
        verbose_name = _("application at a provider")
        verbose_name_plural = _("applications at providers")

    def __str__(self) -> str:
        return provider_name(self.provider)


class Connection(HotelOwned):
    """One account at one provider."""

    provider = models.CharField(_("integration"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    status = models.CharField(
        _("status"), max_length=16, choices=ConnectionStatus.choices, default=ConnectionStatus.DISCONNECTED
    )
    status_since = models.DateTimeField(_("since"))
    error_code = models.CharField(max_length=32, blank=True)
    error_detail = models.CharField(_("what the other side said"), max_length=500, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)

    credentials = EncryptedJSONField(default=dict)
    #: Digest of the account at the other side, equal for all its connections; see integrations/accounts.py.
    account_key = models.CharField(max_length=32, blank=True, db_index=True)
    #: Rises with every stored token, so that a waiting worker sees that another one renewed it.
    token_version = models.PositiveIntegerField(default=0)
    token_expires_at = models.DateTimeField(_("access ends"), null=True, blank=True)
    webhook_token = EncryptedTextField(blank=True, default="")
    webhook_digest = models.CharField(max_length=64, blank=True, db_index=True)

    settings = models.JSONField(default=dict, blank=True)
    #: What discovery last found: ``{"properties": [...]}``, plain copies of ExternalProperty.
    catalogue = models.JSONField(default=dict, blank=True)
    catalogue_at = models.DateTimeField(_("rooms read"), null=True, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    subscription = models.JSONField(default=dict, blank=True)

    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        indexes = (
            models.Index(
                fields=("next_run_at",),
                name="connection_due",
                condition=Q(status__in=("connected", "error")),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Whether work may be done for this connection by itself."""
        return self.status in (ConnectionStatus.CONNECTED, ConnectionStatus.ERROR)


class OAuthAttempt(HotelOwned):
    """One press on *Connect*: single use, bound to the session and user who pressed."""

    provider = models.CharField(max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, models.CASCADE, null=True, blank=True, related_name="+")
    state_digest = models.CharField(max_length=64, unique=True)
    session_digest = models.CharField(max_length=64)
    verifier = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.provider} {self.created_at:%Y-%m-%d %H:%M}"


class PropertyMapping(HotelOwned):
    """Which of our properties one property of the other side is; one external property is used by one connection."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="property_mappings")
    provider = models.CharField(max_length=40)
    external_ref = models.CharField(_("property at the other side"), max_length=120)
    external_name = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    property = models.ForeignKey(Property, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("property mapping")
        verbose_name_plural = _("property mappings")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "external_ref"), name="property_mapping_once_per_connection"
            ),
        )
        indexes = (models.Index(fields=("provider", "external_ref"), name="property_mapping_route"),)

    def __str__(self) -> str:
        return f"{self.external_name or self.external_ref}"


class RoomMapping(HotelOwned):
    """Which of our room types, or which one room, an external room type or room is."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="room_mappings")
    property_ref = models.CharField(max_length=120)
    external_ref = models.CharField(_("room at the other side"), max_length=120)
    external_kind = models.CharField(max_length=12)  # room_type | room
    external_name = models.CharField(max_length=200, blank=True)
    external_parent_ref = models.CharField(max_length=120, blank=True)
    room_type = models.ForeignKey(RoomType, models.CASCADE, null=True, blank=True, related_name="+")
    room = models.ForeignKey(Room, models.CASCADE, null=True, blank=True, related_name="+")
    ignored = models.BooleanField(_("not used"), default=False)

    class Meta:
        verbose_name = _("room mapping")
        verbose_name_plural = _("room mappings")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "property_ref", "external_kind", "external_ref"),
                name="room_mapping_once_per_connection",
            ),
            # One of our rooms behind two external rooms would be offered twice.
            models.UniqueConstraint(
                fields=("connection", "room"),
                condition=Q(room__isnull=False),
                name="room_mapped_once_per_connection",
            ),
        )

    def __str__(self) -> str:
        return f"{self.external_name or self.external_ref}"


class RateMapping(HotelOwned):
    """Which of our rate plans an external rate of an external room type sells."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="rate_mappings")
    property_ref = models.CharField(max_length=120)
    room_ref = models.CharField(_("room at the other side"), max_length=120)
    external_ref = models.CharField(_("rate at the other side"), max_length=120)
    external_name = models.CharField(max_length=200, blank=True)
    rate_plan = models.ForeignKey(RatePlan, models.CASCADE, null=True, blank=True, related_name="+")
    ignored = models.BooleanField(_("not used"), default=False)

    class Meta:
        verbose_name = _("rate mapping")
        verbose_name_plural = _("rate mappings")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "property_ref", "room_ref", "external_ref"),
                name="rate_mapping_once_per_connection",
            ),
        )

    def __str__(self) -> str:
        return f"{self.external_name or self.external_ref}"

    @property
    def is_the_room(self) -> bool:
        """Whether it is no rate of the room but the room's own, only price."""
        return self.external_ref == self.room_ref
