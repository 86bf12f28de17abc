"""The operator's registration at each provider: from the environment, else from the encrypted row."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from integrations.contracts import Application, Declaration, Field
from integrations.models import ProviderApplication
from integrations.registry import get_provider


def application_for(slug: str) -> Application:
    """The registration at provider ``slug`` as it is at this moment; fields nobody gave are absent.

    The environment wins field by field (``<SLUG>_<FIELD>``, ``<SLUG>_<NAME>_URL``). Raises
    :class:`integrations.registry.UnknownProvider`.
    """
    declaration = get_provider(slug).declaration
    row = ProviderApplication.objects.filter(provider=slug).first()
    stored: Mapping[str, str] = row.credentials if row else {}
    credentials = {}
    for field in declaration.application_fields:
        value = _environment(slug, field.name) or stored.get(field.name) or field.default
        if value:
            credentials[field.name] = value
    return Application(
        credentials=credentials,
        urls=urls_for(declaration),
        webhook_url=webhook_url(slug, row=row) if declaration.application_webhook else "",
    )


def urls_for(declaration: Declaration) -> dict[str, str]:
    """The declared addresses by name, each as the environment overrides it (``<SLUG>_<NAME>_URL``)."""
    return {
        name: _environment(declaration.slug, name, "url") or address
        for name, address in declaration.urls.items()
    }


def missing_fields(slug: str) -> tuple[Field, ...]:
    """The required application fields that neither the environment nor the operator has given."""
    known = application_for(slug).credentials
    fields: tuple[Field, ...] = get_provider(slug).declaration.application_fields
    return tuple(field for field in fields if field.required and not known.get(field.name))


def fields_from_environment(slug: str) -> frozenset[str]:
    """Names of the application fields that the environment gives, which a stored value cannot change."""
    fields = get_provider(slug).declaration.application_fields
    return frozenset(field.name for field in fields if _environment(slug, field.name))


def save_application(slug: str, credentials: Mapping[str, str]) -> ProviderApplication:
    """The stored registration with ``credentials`` put in; an empty value keeps what was stored.

    Raises ``ValueError`` for a field the provider does not declare.
    """
    declared = {field.name for field in get_provider(slug).declaration.application_fields}
    if unknown := sorted(set(credentials) - declared):
        raise ValueError(f"not fields of {slug}: {', '.join(unknown)}")
    given = {name: value.strip() for name, value in credentials.items() if value and value.strip()}
    ProviderApplication.objects.get_or_create(provider=slug)
    with transaction.atomic():
        row = ProviderApplication.objects.select_for_update().get(provider=slug)
        row.credentials.update(given)
        row.save(update_fields=["credentials", "changed_at"])
    return row


def redirect_uri(slug: str) -> str:
    """The one address to which provider ``slug`` sends people back; never made from a request."""
    return f"{settings.PUBLIC_BASE_URL}/callback/{slug}/"


def webhook_url(slug: str, *, row: ProviderApplication | None = None) -> str:
    """The application-wide webhook address, unguessable, made on first need and the same ever after."""
    if row is None or not row.webhook_digest:
        row = _with_webhook_token(slug)
    return hook_address(slug, row.webhook_token)


def hook_address(slug: str, token: str) -> str:
    """The webhook address of provider ``slug`` that holds ``token``."""
    return f"{settings.PUBLIC_BASE_URL}/hooks/{slug}/{token}/"


def new_webhook_token() -> str:
    """256 random bits, fit for a path."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is stored of ``token`` to find it again: an index lookup of a digest tells nothing by its timing."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_application_by_webhook_token(slug: str, token: str) -> ProviderApplication | None:
    """The registration whose webhook address holds ``token``; its encrypted columns are not read."""
    rows = ProviderApplication.objects.defer("credentials", "webhook_token")
    return rows.filter(provider=slug, webhook_digest=digest_of(token)).first()


def _with_webhook_token(slug: str) -> ProviderApplication:
    ProviderApplication.objects.get_or_create(provider=slug)
    token = new_webhook_token()
    # Conditional, so that of two first needs at once one token stays.
    ProviderApplication.objects.filter(provider=slug, webhook_digest="").update(
        webhook_token=token, webhook_digest=digest_of(token)
    )
    return ProviderApplication.objects.get(provider=slug)


def _environment(*names: str) -> str:
    return os.environ.get("_".join(names).upper(), "").strip()
