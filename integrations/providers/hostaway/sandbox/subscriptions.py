"""Subscriptions to webhooks and their delivery log in the Hostaway sandbox's API."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from integrations.providers.hostaway.sandbox.core import whole
from integrations.providers.hostaway.sandbox.reservations import ReservationRoutes
from integrations.providers.hostaway.sandbox.values import json_object, read_flag, read_text, read_whole
from integrations.providers.hostaway.sandbox.webhooks import Attempt, Delivery, Webhook
from integrations.providers.hostaway.sandbox.wire import ApiProblemError, write_time
from integrations.sandbox import Request, Response, route

LOOPBACK = ("127.0.0.1", "localhost")
LONGEST_URL = 1000


class SubscriptionRoutes(ReservationRoutes):
    @route("GET", "/v1/webhooks/unifiedWebhooks")
    def list_webhooks(self, request: Request) -> Response:
        account = self.authenticate(request)
        return self.success([webhook.row() for webhook in self.webhooks(account)])

    @route("POST", "/v1/webhooks/unifiedWebhooks")
    def post_webhook(self, request: Request) -> Response:
        account = self.authenticate(request)
        values = _values(json_object(request))
        return self.success(self.sender.subscribe(account, values).row())

    @route("GET", "/v1/webhooks/unifiedWebhooks/{webhook}")
    def get_webhook(self, request: Request) -> Response:
        return self.success(self._own_webhook(request).row())

    @route("PUT", "/v1/webhooks/unifiedWebhooks/{webhook}")
    def put_webhook(self, request: Request) -> Response:
        """Replace everything but the id; enabling it again forgets how long it failed."""
        webhook = self._own_webhook(request)
        for name, value in _values(json_object(request)).items():
            setattr(webhook, name, value)
        webhook.failing_since = None
        return self.success(webhook.row())

    @route("DELETE", "/v1/webhooks/unifiedWebhooks/{webhook}")
    def delete_webhook(self, request: Request) -> Response:
        self.sender.unsubscribe(self._own_webhook(request).id)
        return self.success([])

    @route("GET", "/v1/unifiedWebhookLogs")
    def list_logs(self, request: Request) -> Response:
        """List the attempts of the account's webhooks, the newest first."""
        account = self.authenticate(request)
        limit, offset = self.page_of(request)
        wanted, listing = request.argument("unifiedWebhookId"), request.argument("listingMapId")
        found = [
            attempt
            for attempt in reversed(self.sender.attempts())
            if attempt.delivery.webhook.account == account
            and (not wanted or attempt.delivery.webhook.id == read_whole(wanted, "unifiedWebhookId"))
            and (not listing or attempt.delivery.listing == read_whole(listing, "listingMapId"))
        ]
        rows = [_log_row(attempt) for attempt in found[offset : offset + limit]]
        return self.listed(rows, total=len(found), limit=limit, offset=offset)

    def _own_webhook(self, request: Request) -> Webhook:
        account = self.authenticate(request)
        webhook = self.sender.webhooks.get(whole(request.parameters["webhook"]))
        if webhook is None or webhook.account != account:
            raise ApiProblemError(404, "Webhook not found")
        return webhook

    # -- for tests and the control page --------------------------------------------------------------------

    def webhooks(self, account: int | None = None) -> list[Webhook]:
        """Return the subscriptions of an account, or of all."""
        return [hook for hook in list(self.sender.webhooks.values()) if account in (None, hook.account)]

    def deliveries(self) -> list[Delivery]:
        """Return what was or will be delivered, in the order it happened."""
        return self.sender.history()

    def attempts(self) -> list[Attempt]:
        """Return every try to deliver, in its order."""
        return self.sender.attempts()

    def wait_for_deliveries(self, seconds: float = 10.0) -> bool:
        """Return True once every delivery is settled, False when that takes longer than `seconds`."""
        return self.sender.wait_until_idle(seconds)

    def disable_webhooks(self) -> int:
        """Switch every subscription off, as five days of failures do; return how many were on."""
        enabled = [webhook for webhook in self.webhooks() if webhook.is_enabled]
        for webhook in enabled:
            webhook.is_enabled = False
        return len(enabled)


def _values(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of `Webhook` that a body gives; 400 for an address that nothing can be sent to."""
    url = read_text(body.get("url"), "url")
    if len(url) > LONGEST_URL or not _is_address(url):
        raise ApiProblemError(400, "url must be a valid https address")
    texts = {
        field: read_text(body.get(name) or "", name)
        for field, name in (
            ("login", "login"),
            ("password", "password"),
            ("alerting_address", "alertingEmailAddress"),
        )
    }
    return {"url": url, **texts, "is_enabled": read_flag(body.get("isEnabled", 1), "isEnabled")}


def _is_address(address: str) -> bool:
    """Whether an address may be called: https anywhere, http on this machine only."""
    if not address.isascii() or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port != 0
    except ValueError:
        return False
    return bool(parts.hostname) and (local or parts.scheme == "https")


def _log_row(attempt: Attempt) -> dict[str, Any]:
    delivery = attempt.delivery
    return {
        "id": attempt.id,
        "accountId": delivery.webhook.account,
        "unifiedWebhookId": delivery.webhook.id,
        "listingMapId": delivery.listing,
        "object": delivery.object,
        "objectId": delivery.object_id,
        "event": delivery.event,
        "responseStatus": attempt.status or None,
        "responseBody": attempt.answer,
        "insertedOn": write_time(attempt.at),
    }
