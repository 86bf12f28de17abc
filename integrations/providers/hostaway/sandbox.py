"""A local server that speaks Hostaway's Public API v1, with state in memory, switches and a control page.

Paths below the mount (`/hostaway`): the API at `/v1/...`, the control page at `/`. Accounts: 10001 with the secret
`llavero-demo-secret`, and 10002 to prove that one account sees nothing of another.

The pieces: `sandbox_world` (state and rules), `sandbox_seed` (demo data), `sandbox_wire` and `sandbox_values` (shapes
out and in), `sandbox_core` (tokens, limits), `sandbox_listings`, `sandbox_search`, `sandbox_reservations` and
`sandbox_subscriptions` (the API), `sandbox_webhooks` (delivery), `sandbox_actions` (what can happen),
`sandbox_control` and `sandbox_pages` (HTML).
"""

from __future__ import annotations

from integrations.providers.hostaway.sandbox_control import ControlRoutes


class HostawaySandbox(ControlRoutes):
    """The whole sandbox; its options are the constructor and the attributes of `HostawayCore`."""


SANDBOX = HostawaySandbox
