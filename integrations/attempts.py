"""Calls to providers whose failure must not stop what comes after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.db import DatabaseError

from integrations.errors import IntegrationError, ProtocolBroken

log = structlog.get_logger(__name__)


def attempt(call: Callable[[], Any]) -> IntegrationError | None:
    """The error that ``call`` to a provider ended with, or None.

    A provider's own fault is told like an answer that breaks the protocol, so that a page can still say so and the
    rest goes on; its text may hold guest data, so only its kind is kept. Faults of the database are not caught.
    """
    try:
        call()
    except IntegrationError as error:
        return error
    except DatabaseError:
        raise
    except Exception as fault:
        log.exception("a provider failed", fault=type(fault).__name__)
        return ProtocolBroken(type(fault).__name__)
    return None
