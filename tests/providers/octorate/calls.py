"""Shorthand for calls to the sandbox, shared by the tests of the wire."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from integrations.applications import application_for
from integrations.contracts import Hint, Page, PullWindow, ReadContext, Tokens
from integrations.http import ProviderSession
from integrations.providers.octorate.provider import PROVIDER
from integrations.providers.octorate.sandbox import OctorateSandbox

HOTEL, APARTMENTS = "910001", "910002"
REDIRECT = "http://127.0.0.1:8000/callback/octorate/"
HOOK = "http://127.0.0.1:8000/hooks/octorate/an-address-nobody-guesses/"


def exchange(session: ProviderSession, sandbox: OctorateSandbox, code: str | None = None) -> Tokens:
    code = code or sandbox.issue_code(REDIRECT)
    return PROVIDER.exchange_code(session, application_for("octorate"), code=code, redirect_uri=REDIRECT)


def window(*places: str, since: datetime | None = None, **zones: str) -> PullWindow:
    return PullWindow(places or (HOTEL,), since, timezone.now(), {HOTEL: "Europe/Madrid", **zones})


def pull(session: ProviderSession, asked: PullWindow) -> list[Page]:
    return list(PROVIDER.pull_reservations(session, asked))


def ids_in(pages: list[Page]) -> list[str]:
    context = ReadContext()
    return [record.external_id for page in pages for record in PROVIDER.read(page.body, context).records]


def fetch(session: ProviderSession, *hints: Hint) -> list[Page]:
    return list(PROVIDER.fetch_reservations(session, hints))
