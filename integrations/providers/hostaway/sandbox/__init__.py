"""A local server that speaks Hostaway's Public API v1, with state in memory, switches and a control page.

Paths below the mount (`/hostaway`): the API at `/v1/...`, the control page at `/`. Accounts: 10001 with the secret
`llavero-demo-secret`, and 10002 to prove that one account sees nothing of another.

The pieces: `world` (state and rules), `seed` (demo data), `wire` and `values` (shapes
out and in), `core` (tokens, limits), `listings`, `search`, `reservations` and
`subscriptions` (the API), `webhooks` (delivery), `actions` (what can happen),
`control` and `pages` (HTML).
"""

from __future__ import annotations

from integrations.providers.hostaway.sandbox.control import ControlRoutes


class HostawaySandbox(ControlRoutes):
    """The whole sandbox; its options are the constructor and the attributes of `HostawayCore`."""


SANDBOX = HostawaySandbox
