"""The content security policy's one moving part: which consent pages a *Connect* button may lead to."""

from __future__ import annotations

from urllib.parse import urlsplit

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

from integrations.applications import urls_for
from integrations.contracts import Capability
from integrations.registry import all_providers


def consent_origins() -> list[str]:
    """Origins of the consent pages of all providers with one, as this installation has them configured."""
    origins = set()
    for provider in all_providers().values():
        declaration = provider.declaration
        if Capability.AUTHORIZE in declaration.capabilities:
            address = urlsplit(urls_for(declaration).get("authorize", ""))
            if address.scheme in ("http", "https") and address.hostname:
                origins.add(f"{address.scheme}://{address.netloc}")
    return sorted(origins)


class PolicyMiddleware(CSPMiddleware):
    """Browsers apply ``form-action`` to the redirects of a form, too, and *Connect* redirects to a consent page.

    https://www.w3.org/TR/CSP3/#directive-form-action
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and response.get("Content-Type", "").startswith("text/html"):
            origins = consent_origins()
            if origins:
                parts.update = {**(parts.update or {}), "form-action": origins}
        return parts
