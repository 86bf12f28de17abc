"""Keeps exactly one subscription of ours in the account: every duplicate would bring every event once more."""

from __future__ import annotations

from typing import Any

from integrations.providers.hostaway.client import HostawayClient, ref_of


def subscribe(client: HostawayClient, *, url: str, login: str, password: str) -> str:
    """The number of the one subscription with ``url``, enabled and with this user name and password.

    One that is there is used again: Hostaway disables it after days of failures, and other programs may have made
    subscriptions of their own, which are left alone.
    """
    wanted: dict[str, Any] = {"isEnabled": 1, "url": url, "login": login, "password": password}
    ours = [row for row in client.webhooks() if row.get("url") == url]
    if not ours:
        return client.create_webhook(wanted)
    kept, *others = sorted(ours, key=lambda row: row.get("login") != login)
    # Always written: whether Hostaway shows the password that it has is not known.
    if address := kept.get("alertingEmailAddress"):
        wanted["alertingEmailAddress"] = address
    client.replace_webhook(ref_of(kept), wanted)
    for row in others:
        client.delete_webhook(ref_of(row))
    return ref_of(kept)


def unsubscribe(client: HostawayClient, *, url: str) -> None:
    """Remove every subscription with ``url``; none is fine."""
    for row in client.webhooks():
        if row.get("url") == url:
            client.delete_webhook(ref_of(row))
