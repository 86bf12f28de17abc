"""The content security policy: our own host only, and consent pages as the targets of *Connect*."""

from __future__ import annotations

import re

from config.policy import consent_origins


def directives(response) -> dict[str, list[str]]:
    found = {}
    for directive in response["Content-Security-Policy"].split(";"):
        name, *values = directive.split()
        found[name] = values
    return found


def test_a_page_may_load_from_our_host_only(client, db):
    policy = directives(client.get("/accounts/login/"))

    assert policy["default-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert not any("unsafe" in value for values in policy.values() for value in values)


def test_a_form_may_lead_to_the_consent_pages_and_nowhere_else(client, db, octorate_sandbox):
    policy = directives(client.get("/accounts/login/"))

    assert policy["form-action"] == ["'self'", *consent_origins()]
    assert octorate_sandbox.url.removesuffix("/octorate") in policy["form-action"]


def test_origins_are_hosts_without_paths(octorate_sandbox):
    assert consent_origins()
    assert all(re.fullmatch(r"https?://[^/]+", origin) for origin in consent_origins())


def test_an_answer_that_is_no_page_has_no_consent_pages(client, db):
    assert directives(client.get("/healthz"))["form-action"] == ["'self'"]
