"""System checks of the installation: what must be set before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

HINT = "Run `manage.py create_keys`, or set it in the environment; see README.md, section Keys."


@register
def check_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    keys = settings.FERNET_KEYS
    if not keys:
        return [Error("FERNET_KEYS is empty, so no credential can be stored.", hint=HINT, id="llavero.E001")]
    problems: list[CheckMessage] = []
    if settings.SECRET_KEY in keys:
        problems.append(
            Error(
                "FERNET_KEYS holds SECRET_KEY; each must have a value of its own.",
                hint=HINT,
                id="llavero.E002",
            )
        )
    if any(len(key) < 32 for key in keys):
        problems.append(
            Error("A key of FERNET_KEYS is shorter than 32 characters.", hint=HINT, id="llavero.E003")
        )
    return problems


@register(deploy=True)
def check_address(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.PUBLIC_BASE_URL.startswith("https://"):
        return []
    return [
        Warning("PUBLIC_BASE_URL does not begin with https://.", hint="See README.md.", id="llavero.W001")
    ]


@register(deploy=True)
def check_outside(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.ALLOW_PRIVATE_ADDRESSES:
        return []
    return [
        Warning(
            "ALLOW_PRIVATE_ADDRESSES lets hotels make this server call machines of its own network.",
            hint="It is meant for the sandbox only.",
            id="llavero.W002",
        )
    ]
