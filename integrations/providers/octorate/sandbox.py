"""A local server that speaks Octorate's Connect API, with state in memory, switches and a control page.

Paths below the mount (`/octorate`): the consent page at `/octobook/identity/oauth.xhtml`, the API at
`/connect/rest/...`, the control page at `/`. Default application: `llavero-demo` / `llavero-demo-secret`.

The pieces: `sandbox_world` (state and rules), `sandbox_seed` (demo hotel), `sandbox_wire` (shapes),
`sandbox_core` (access, quota), `sandbox_identity`, `sandbox_properties`, `sandbox_calendar`, `sandbox_search`
and `sandbox_reservations` (the API), `sandbox_webhooks` (delivery), `sandbox_actions` (what can happen),
`sandbox_control` and `sandbox_pages` (HTML).
"""

from __future__ import annotations

from integrations.providers.octorate.sandbox_control import ControlRoutes


class OctorateSandbox(ControlRoutes):
    """The whole sandbox; the options of the constructor are those of `OctorateCore`."""


SANDBOX = OctorateSandbox
