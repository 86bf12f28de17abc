"""The table of integrations in README.md, made from what the providers declare."""

from __future__ import annotations

from django.utils import translation

from integrations.contracts import Capability, Declaration
from integrations.registry import all_providers

BEGIN = "<!-- integrations: made by `manage.py describe_providers --write README.md` -->"
END = "<!-- integrations: end -->"

_ABILITIES = (
    (Capability.PULL_RESERVATIONS, "reservations"),
    (Capability.FETCH_RESERVATIONS, "re-reading on a hint"),
    (Capability.ACKNOWLEDGE, "acknowledges bookings"),
    (Capability.RECEIVE_WEBHOOK, "webhooks"),
    (Capability.SUBSCRIBE_WEBHOOKS, "subscribes by itself"),
    (Capability.PUSH_OFFERS, "sends rooms left, prices and restrictions"),
    (Capability.READ_OFFERS, "compares what is on sale"),
    (Capability.DISCOVER, "finds properties and rooms"),
    (Capability.TEST_CONNECTION, "connection test"),
)


def provider_table() -> str:
    """A Markdown table with one row per provider, in English, without a line break at the end."""
    with translation.override("en"):
        rows = [_row(provider.declaration) for provider in all_providers().values()]
    return "\n".join(
        ("| Integration | Kind | How it connects | What it does |", "| --- | --- | --- | --- |", *rows)
    )


def with_provider_table(text: str) -> str:
    """``text`` with the present table between its two marks. Raises ``ValueError`` when a mark is missing."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError("the marks of the table are missing")
    return f"{before}{BEGIN}\n{provider_table()}\n{END}{after}"


def _row(declaration: Declaration) -> str:
    connects = "OAuth 2" if Capability.AUTHORIZE in declaration.capabilities else _typed_in(declaration)
    does = ", ".join(words for capability, words in _ABILITIES if capability in declaration.capabilities)
    return f"| {declaration.name} | {declaration.category.label} | {connects} | {does or 'reads files'} |"


def _typed_in(declaration: Declaration) -> str:
    return ", ".join(str(field.label) for field in declaration.credential_fields) or "nothing to give"
