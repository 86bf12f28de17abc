"""Keeps exactly one subscription of ours in the account: every duplicate would bring every event once more."""

from __future__ import annotations

from integrations.errors import ProtocolBroken
from integrations.providers._template.client import TemplateClient
from integrations.values import text_of


def subscribe(client: TemplateClient, *, url: str) -> str:
    """The number of the one subscription with ``url``. Those of other programs are left alone."""
    if not _numbers(client, url):
        client.subscribe(url)
    # Read again, whatever was answered: another worker may have subscribed at the same moment.
    kept, *others = _numbers(client, url) or [""]
    if not kept:
        raise ProtocolBroken("not subscribed after all")
    for number in others:
        client.delete_subscription(number)
    return kept


def unsubscribe(client: TemplateClient, *, url: str) -> None:
    """Remove every subscription with ``url``; none is fine."""
    for number in _numbers(client, url):
        client.delete_subscription(number)


def _numbers(client: TemplateClient, url: str) -> list[str]:
    return [text_of(row.get("id")) or "" for row in client.subscriptions() if row.get("url") == url]
