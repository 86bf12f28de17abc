from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are added by an operator, never by themselves."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # The parent counts per host name *and port as the browser wrote it*, so that a guesser who
        # changes the port in the Host header would start from zero each time. Here an account is one account.
        return str(credentials.get("email", "")).strip().lower()
