"""System checks of the provider folders. The installation's own (keys, addresses) are in :mod:`config.checks`."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from integrations.registry import all_providers


@register
def check_provider_folders(**kwargs: Any) -> list[CheckMessage]:
    """Every provider folder loads and has a method for each capability it declares."""
    try:
        providers = all_providers()
    except Exception as failure:  # whatever the folder does wrong, the check says it
        return [Error(f"A provider folder cannot be loaded: {failure}", id="integrations.E001")]
    return [
        Error(f"Provider {slug} declares {capability.value} and has no such method.", id="integrations.E002")
        for slug, provider in providers.items()
        for capability in sorted(provider.declaration.capabilities)
        if not callable(getattr(provider, capability.value, None))
    ]
