"""The product's addresses, and beside them the barest view that stores a row."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from config.urls import *  # noqa: F403
from config.urls import urlpatterns
from integrations.models import InboxMessage


@csrf_exempt
@login_not_required
def bare(request: HttpRequest) -> JsonResponse:
    """Insert a row of the same table with the body in it, answer."""
    InboxMessage.objects.create(
        provider="octorate",
        kind="webhook",
        dedupe_key=uuid.uuid4().hex,
        body=request.body.decode(),
        received_at=timezone.now(),
    )
    return JsonResponse({"status": "stored"})


urlpatterns = [path("bare/", bare), *urlpatterns]
