"""Structured logs: one JSON object a line (or coloured text), with secrets and card numbers taken out."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from integrations.redaction import HIDDEN, redact_text

_SECRET_NAMES = re.compile(
    r"(secret|token|password|passwd|authorization|cookie|api[-_]?key|credential|\bcode\b|verifier)",
    re.IGNORECASE,
)


def _redact(value: Any, name: str = "") -> Any:
    # A number under such a name is a status or a count; an empty value tells that nothing was given.
    if name and value and not isinstance(value, int | float) and _SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict):
        return {key: _redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(item) for item in value]
    return value


#: Names that look secret to the pattern and are not.
_HARMLESS = frozenset({"code_name", "error_code", "status_code", "token_version", "event"})


def redact_event(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: the same event with everything secret replaced by ``[hidden]``."""
    for name in list(event):
        event[name] = _redact(event[name], "" if name in _HARMLESS else name)
    return event


def logging_configuration(*, level: str, plain: bool) -> dict[str, Any]:
    """``settings.LOGGING``; also configures structlog. ``plain`` prints text for people instead of JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.dev.ConsoleRenderer(colors=False) if plain else structlog.processors.JSONRenderer()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *shared],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # These print request bodies, tokens included, at DEBUG.
            "requests_oauthlib": {"level": "WARNING"},
            "oauthlib": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "kombu": {"level": "ERROR"},
            # django_structlog writes each answer and each traceback once; this would be the second time.
            "django.request": {"level": "CRITICAL"},
            # What these say of each task is said by django_structlog, with the id of the request.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
