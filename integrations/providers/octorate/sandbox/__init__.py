"""A local server that speaks Octorate's Connect API, with state in memory, switches and a control page.

Paths below the mount (`/octorate`): the consent page at `/octobook/identity/oauth.xhtml`, the API at
`/connect/rest/...`, the control page at `/`. Default application: `llavero-demo` / `llavero-demo-secret`.

The pieces: `world` (state and rules), `seed` (demo hotel), `wire` (shapes),
`core` (access, quota), `identity`, `properties`, `calendar`, `search`
and `reservations` (the API), `webhooks` (delivery), `actions` (what can happen),
`control` and `pages` (HTML).
"""

from __future__ import annotations

from integrations.providers.octorate.sandbox.control import ControlRoutes


class OctorateSandbox(ControlRoutes):
    """The whole sandbox; the options of the constructor are those of `OctorateCore`."""


SANDBOX = OctorateSandbox
