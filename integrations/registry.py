"""Finds the providers: every folder of ``integrations/providers`` with a ``provider.py``; nothing else lists them."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
from typing import Any

import integrations.providers
from integrations.contracts import Capability, Provider


class UnknownProvider(LookupError):
    """No folder of that name: the provider was removed or never existed."""


@functools.cache
def all_providers() -> dict[str, Any]:
    """Every provider by slug, in the order of their names. A broken folder fails loudly at the first call."""
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(integrations.providers.__path__):
        name = f"integrations.providers.{module.name}.provider"
        if not module.ispkg or module.name.startswith("_") or importlib.util.find_spec(name) is None:
            continue
        provider: Provider = importlib.import_module(name).PROVIDER
        if provider.declaration.slug != module.name:
            raise ImportError(
                f"provider folder {module.name!r} declares the slug {provider.declaration.slug!r}"
            )
        found[module.name] = provider
    return dict(sorted(found.items(), key=lambda item: item[1].declaration.name.lower()))


def get_provider(slug: str) -> Any:
    """The provider of that slug. Raises :class:`UnknownProvider`."""
    try:
        return all_providers()[slug]
    except KeyError:
        raise UnknownProvider(slug) from None


def provider_name(slug: str) -> str:
    """What people call the provider; its slug when its folder is gone."""
    provider = all_providers().get(slug)
    return provider.declaration.name if provider else slug


def can(slug: str, capability: Capability) -> bool:
    """Whether the provider exists and declares ``capability``."""
    provider = all_providers().get(slug)
    return provider is not None and capability in provider.declaration.capabilities
