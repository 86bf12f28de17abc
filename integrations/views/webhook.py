"""The door for webhooks: check the raw bytes, store, answer. Everything else happens later."""

from __future__ import annotations

import contextlib

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.contracts import (
    Capability,
    Delivery,
    MessageKind,
    Reply,
    WebhookRefused,
    WebhookRequest,
)
from integrations.inbox import receive
from integrations.models import Connection
from integrations.refusals import note_refused
from integrations.registry import can, get_provider
from integrations.routes import route_of_delivery, route_of_token
from integrations.sync import wake


@csrf_exempt
@login_not_required
def webhook(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """Answer 200 once the delivery is in the database (or was before), 4xx for what can never become good.

    The unguessable ``token`` names a connection or the whole application; an unknown one is a 404 that says
    nothing. A body above ``settings.WEBHOOK_MAX_BYTES`` is not read: 413.
    """
    if not can(provider, Capability.RECEIVE_WEBHOOK):
        return _answer(404, "unknown address")
    route = route_of_token(provider, token)
    if route is None:
        return _answer(404, "unknown address")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return _answer(415, "compressed bodies are not accepted")
    body = _read_body(request)
    if body is None:
        return _answer(413, "the body is too large")
    try:
        delivery: Delivery = get_provider(provider).receive_webhook(
            WebhookRequest(
                method=request.method or "",
                headers=dict(request.headers),
                body=body,
                login=route.login,
                password=route.password,
                account=route.account,
            )
        )
    except WebhookRefused as refusal:
        if refusal.status == 401 and route.connection_id is not None:
            _count_refused(route.connection_id)
        return _reply(refusal.reply) if refusal.reply else _answer(refusal.status, str(refusal))
    if delivery.probe:
        return _answer(200, "ready")
    if delivery.wake:
        if route.connection_id is not None:
            wake(route.connection_id)
        return _answer(200, "awake")
    try:
        if route.connection_id is None:
            route = route_of_delivery(provider, token, delivery.property_ref, delivery.external_id)
        received = receive(
            provider=provider,
            kind=MessageKind.WEBHOOK,
            body=body if delivery.body is None else delivery.body,
            dedupe_key=delivery.dedupe_key,
            connection_id=route.connection_id,
            hotel_id=route.hotel_id,
            event=delivery.event,
            external_id=delivery.external_id or "",
            property_ref=delivery.property_ref or "",
            again=delivery.hint,
        )
    except DatabaseError:
        response = _answer(503, "try again")
        response["Retry-After"] = "30"
        return response
    if delivery.reply:
        return _reply(delivery.reply)
    return _answer(200, "known already" if received.duplicate else "stored")


def _count_refused(connection_id: int) -> None:
    # The answer is the same when the count cannot be written.
    with contextlib.suppress(DatabaseError, Connection.DoesNotExist):
        note_refused(connection_id)


def _reply(reply: Reply) -> HttpResponse:
    return HttpResponse(
        reply.body, status=reply.status, content_type=reply.content_type, headers=dict(reply.headers)
    )


def _read_body(request: HttpRequest) -> bytes | None:
    limit = settings.WEBHOOK_MAX_BYTES
    try:
        if int(request.headers.get("Content-Length") or 0) > limit:
            return None
    except ValueError:
        return None
    body = request.read(limit + 1)
    return None if len(body) > limit else body


def _answer(status: int, word: str) -> HttpResponse:
    return JsonResponse({"status": word}, status=status)
