"""The Celery application, and the built-in broker for a start without Redis."""

from __future__ import annotations

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging, worker_ready
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.transport import TRANSPORT_ALIASES

from config import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TRANSPORT_ALIASES["spool"] = "config.spool:Transport"

app = Celery("llavero")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Log lines of a task carry its id and the id of the request that queued it.
app.steps["worker"].add(DjangoStructLogInitStep)


def name_the_task(task: Any, **kwargs: Any) -> None:
    structlog.contextvars.bind_contextvars(task=task.name)


bind_extra_task_metadata.connect(name_the_task)


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Being connected is all: Celery then leaves the handlers of ``settings.LOGGING`` as they are."""


@worker_ready.connect
def settle_memory(**kwargs: Any) -> None:
    memory.settle()
