"""Each check of a provider folder finds what it looks for."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from integrations import provider_checks
from integrations.contracts import Capability, Declaration, Field, RateLimit
from integrations.new_provider import EXAMPLE, GUIDE, create_provider
from integrations.provider_checks import CHECKS, ProviderFolder
from integrations.provider_imports import NEUTRAL_MODULES, SHARED_MODULES
from integrations.providers._template.provider import PROVIDER, TemplateProvider

SLUG = "lodge_keeper"
LOGO = f"static/integrations/{SLUG}/logo.svg"


@pytest.fixture
def folder(tmp_path: Path) -> ProviderFolder:
    """A complete folder that a test may spoil."""
    path, tests = create_provider(slug=SLUG, into=tmp_path)
    provider = TemplateProvider()
    provider.declaration = replace(PROVIDER.declaration, slug=SLUG)
    return ProviderFolder(provider, path, tests)


def found_in(folder: ProviderFolder) -> list[str]:
    return [problem for check in CHECKS for problem in check(folder)]


def declaring(folder: ProviderFolder, **changes: Any) -> list[str]:
    """What is found when the declaration says something else."""
    folder.provider.declaration = replace(folder.provider.declaration, **changes)
    return found_in(folder)


def without(*capabilities: Capability) -> frozenset[Capability]:
    return PROVIDER.declaration.capabilities - set(capabilities)


def test_the_template_is_complete(folder: ProviderFolder) -> None:
    assert found_in(folder) == []


LABEL = _("API key")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"slug": "another"}, "is not the name of the folder"),
        ({"slug": "Lodge-Keeper"}, "is not made of lower-case words"),
        ({"name": " "}, "the name is empty"),
        ({"summary": "English only"}, "summary cannot be translated"),
        ({"summary": lazystr("A sentence that no catalogue has")}, "summary is not translated: es, fr"),
        ({"poll_every": timedelta(seconds=19)}, "poll_every"),
        ({"poll_every": timedelta(days=3)}, "poll_every"),
        ({"silence_limit": PROVIDER.declaration.poll_every}, "silence_limit is not longer than poll_every"),
        ({"rate_limit": RateLimit(0, timedelta(minutes=1))}, "rate_limit"),
        ({"rate_limit": RateLimit(5, timedelta(days=30))}, "rate_limit"),
        ({"shared_rate_limit": RateLimit(5, timedelta(0))}, "shared_rate_limit allows no call"),
        ({"token_limit": RateLimit(0, timedelta(hours=1))}, "token_limit allows no call"),
        ({"token_limit": RateLimit(5, timedelta(hours=1))}, "token_limit is of no use without issue_token"),
        ({"account_field": "account"}, "account_field 'account' is not one of the credentials"),
        ({"account_once": True}, "account_once is of no use without account_field"),
        ({"urls": {"api": "http://api.example.org"}}, "urls['api'] is not a plain https address"),
        ({"urls": {"api": "https://me:secret@api.example.org"}}, "urls['api']"),
        ({"documentation_url": "ftp://docs.example.org"}, "documentation_url"),
        ({"events": (*PROVIDER.declaration.events, "booking.moved")}, "no fixture booking.moved__<case>"),
        ({"events": ()}, "events and receive_webhook belong together"),
        ({"events": (*PROVIDER.declaration.events, "booking.created")}, "named twice"),
        ({"capabilities": without(Capability.READ)}, "needs read"),
        ({"capabilities": without(Capability.DISCOVER)}, "there is a method discover"),
        (
            {"capabilities": without(Capability.RECEIVE_WEBHOOK), "application_webhook": True},
            "application_webhook is of no use",
        ),
        (
            {"capabilities": without(Capability.PUSH_OFFERS, Capability.READ_OFFERS)},
            "push_by_month is of no use without push_offers",
        ),
        (
            {"capabilities": without(Capability.RECEIVE_WEBHOOK), "webhook_login": True},
            "webhook_login is of no use",
        ),
        (
            {"capabilities": frozenset({Capability.READ})},
            "urls is of no use: nothing that is declared calls the other side",
        ),
        (
            {"capabilities": without() | {Capability.ACKNOWLEDGE}},
            "acknowledge is declared, but there is no such method",
        ),
        (
            {"capabilities": without() | {Capability.AUTHORIZE}},
            "authorize is declared, but there is no such method",
        ),
    ],
)
def test_what_a_declaration_should_not_say_is_told(folder, changes: dict[str, Any], word: str) -> None:
    assert [problem for problem in declaring(folder, **changes) if word in problem]


@pytest.mark.parametrize(
    "changes",
    [
        {"poll_every": timedelta(seconds=20)},
        {"poll_every": timedelta(days=1)},
        {"silence_limit": PROVIDER.declaration.poll_every + timedelta(minutes=1)},
        {"shared_rate_limit": RateLimit(15, timedelta(seconds=10))},
        {"account_field": "api_key", "account_once": True},
        {"webhook_login": True},
    ],
)
def test_what_a_declaration_may_say_is_not_told(folder, changes: dict[str, Any]) -> None:
    assert declaring(folder, **changes) == []


@pytest.mark.parametrize(
    ("field", "word"),
    [
        (Field("api_token", LABEL), "looks secret"),
        (Field("pin", LABEL, kind="password"), "looks secret"),
        (Field("pin", LABEL, secret=True, default="1234"), "a secret has no default"),
        (Field("Pin", LABEL), "is not made of lower-case words"),
        (Field("pin", LABEL, kind="colour"), "the kind 'colour' does not exist"),
        (Field("pin", LABEL, kind="choice"), "belong together"),
        (Field("pin", LABEL, choices=(("a", LABEL),)), "belong together"),
        (Field("pin", LABEL, kind="choice", choices=(("a", LABEL),), default="b"), "not one of the choices"),
        (
            Field("pin", LABEL, kind="choice", choices=(("a", "A"),)),
            "choice a of field pin cannot be translated",
        ),
        (Field("pin", LABEL, kind="integer", minimum=5, default=3), "not in this order"),
        (Field("pin", LABEL, minimum=5), "only integers"),
        (Field("pin", "Pin"), "label of field pin cannot be translated"),
        (Field("pin", LABEL, lazystr("Nobody translated this")), "help of field pin is not translated"),
        (Field("api_key", LABEL, secret=True), "is used twice"),
    ],
)
def test_an_odd_field_is_told(folder, field: Field, word: str) -> None:
    fields = (*PROVIDER.declaration.credential_fields, field)

    assert [problem for problem in declaring(folder, credential_fields=fields) if word in problem]


def test_a_secret_among_the_settings_is_told(folder: ProviderFolder) -> None:
    problems = declaring(folder, settings_fields=(Field("pin", LABEL, secret=True),))

    assert problems == ["field pin: settings are not encrypted; a secret belongs to the credentials"]


@pytest.mark.parametrize(
    ("method", "word"),
    [
        (lambda self, payload, context: None, "parameter 1 must be called body"),
        (lambda self, body: None, "parameter 2 must be called context"),
        (lambda self, body, context, mood: None, "nobody passes the parameter mood"),
    ],
)
def test_a_method_with_other_parameters_is_told(folder, method: Callable[..., Any], word: str) -> None:
    folder.provider.read = method.__get__(folder.provider)

    assert [f"read: {word}"] == found_in(folder)


def test_a_parameter_more_with_a_default_is_fine(folder: ProviderFolder) -> None:
    folder.provider.read = lambda body, context, mood=None: None

    assert found_in(folder) == []


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("README.md", None, "no section “## Facts"),
        (
            "README.md",
            "# Lodge\n\n## Setting it up\n\n## Limits\n\n## Files\n",
            "no section “## Facts",
        ),
        (LOGO, None, "the logo is missing"),
        (LOGO, '<svg xmlns="x"><script>1</script></svg>', "not a small plain SVG"),
        (LOGO, '<svg><image href="https://example.org/a.png"/></svg>', "not a small plain SVG"),
        (LOGO, '<svg onload="go()"></svg>', "not a small plain SVG"),
        (LOGO, "<svg>" + "x" * 60_000 + "</svg>", "not a small plain SVG"),
        ("sandbox.py", None, "sandbox.py with a class named SANDBOX is missing"),
        ("sandbox.py", "class Lodge: ...\n", "sandbox.py with a class named SANDBOX is missing"),
        ("extra.py", "import integrations.providers.other.client\n", "imports another provider"),
        ("extra.py", "from integrations.providers.other import client\n", "imports another provider"),
        ("extra.py", "from reservations.models import Stay\n", "imports reservations.models"),
        ("extra.py", "import cleaning.models\n", "imports cleaning.models"),
        ("extra.py", "from integrations.models import Connection\n", "imports integrations.models"),
        ("extra.py", "from integrations import models\n", "imports integrations;"),
        ("extra.py", "def late():\n    from tests import people\n", "imports tests"),
        ("extra.py", "from ... import models\n", "imports integrations;"),
        ("extra.py", "from ..other.client import get\n", "imports another provider"),
        ("extra.py", "import requests\n", "imports requests; beside the standard library only babel, "),
        ("extra.py", "from urllib3.util import Retry\n", "imports urllib3.util.Retry"),
        ("extra.py", "from django.db import connection\n", "imports django.db.connection"),
        ("extra.py", "from django.apps import apps\n", "imports django.apps.apps"),
        ("extra.py", "from django import db\n", "imports django.db"),
        ("extra.py", "from django.conf import settings\n", "imports django.conf.settings"),
        ("extra.py", "import django\n", "imports django; beside"),
        ("extra.py", "import celery\n", "imports celery"),
        ("extra.py", "import socket\n", "imports socket; the session that is handed over is"),
        ("extra.py", "import urllib.request\n", "imports urllib.request; the session"),
        ("extra.py", "from urllib import request\n", "imports urllib.request; the session"),
        ("extra.py", "from http import client\n", "imports http.client; the session"),
        ("extra.py", "import sqlite3, subprocess\n", "imports subprocess; the session"),
        ("extra.py", "from importlib import import_module\n", "imports importlib.import_module"),
        (
            "extra.py",
            "from django.utils.module_loading import import_string\n",
            "imports django.utils.module_",
        ),
        ("sandbox_extra.py", "import requests\n", "sandbox_extra.py imports requests"),
        ("sandbox_extra.py", "import sqlite3\n", "sandbox_extra.py imports sqlite3"),
    ],
)
def test_a_missing_or_odd_file_is_told(folder, name: str, text: str | None, word: str) -> None:
    path = folder.path / name
    if text is None:
        path.unlink()
    else:
        path.write_text(text)

    assert [problem for problem in found_in(folder) if word in problem]


def test_the_shared_modules_for_providers_are_not_told(folder: ProviderFolder) -> None:
    modules = sorted((*SHARED_MODULES, *NEUTRAL_MODULES, "integrations.http"))
    (folder.path / "extra.py").write_text("".join(f"import {module}\n" for module in modules))

    assert found_in(folder) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("extra.py", "from urllib.parse import quote\nfrom http import HTTPStatus\nimport zoneinfo, json\n"),
        (
            "extra.py",
            "from django.utils import timezone\nfrom django.utils.translation import gettext_lazy\n",
        ),
        (
            "extra.py",
            "from django.core.cache import cache\nfrom lxml import etree\nimport icalendar, oauthlib\n",
        ),
        ("extra.py", "from . import client\nfrom .mapping import read\n"),
        ("sandbox_extra.py", "import http.client\nimport threading\nfrom urllib import request\n"),
    ],
)
def test_an_import_that_opens_nothing_is_not_told(folder, name: str, text: str) -> None:
    (folder.path / name).write_text(text)

    assert found_in(folder) == []


def test_missing_fixtures_tests_and_hook_are_told(folder: ProviderFolder) -> None:
    for path in folder.tests.rglob("*.*"):
        path.unlink()
    (folder.tests / "fixtures" / "nameless.json").touch()

    problems = found_in(folder)

    for word in (
        "no fixture booking.created",
        "nameless.json is not named",
        "there are no tests",
        "contract.py",
    ):
        assert [problem for problem in problems if word in problem], word


class TestTheCommand:
    def run(self, *arguments: str) -> str:
        printed = io.StringIO()
        call_command("check_providers", *arguments, "--no-suite", stdout=printed)
        return printed.getvalue()

    def test_every_folder_of_the_project_is_complete(self) -> None:
        lines = self.run().splitlines()

        assert lines
        assert all(line.endswith(": complete") for line in lines)

    def test_one_that_does_not_exist_is_told_with_those_that_do(self) -> None:
        with pytest.raises(CommandError, match=r"no integration called 'nobody'\. There are: "):
            self.run("nobody")

    def test_what_is_missing_is_listed_and_the_status_is_1(self, keybox: str, monkeypatch) -> None:
        printed = io.StringIO()
        with pytest.raises(CommandError) as failed:
            call_command("check_providers", keybox, stdout=printed)

        assert failed.value.returncode == 1
        assert "keybox: " in printed.getvalue()
        assert "  - the logo is missing" in printed.getvalue()

    def test_a_folder_that_does_not_load_is_told(self, monkeypatch) -> None:
        def broken() -> dict[str, Any]:
            raise ImportError("no module named wire")

        monkeypatch.setattr("integrations.management.commands.check_providers.all_providers", broken)
        with pytest.raises(CommandError, match="cannot be loaded: ImportError: no module named wire"):
            self.run()


def test_a_new_provider_is_told_the_steps_of_the_guide(tmp_path: Path) -> None:
    printed = io.StringIO()

    call_command("new_provider", SLUG, into=tmp_path, stdout=printed)

    told, guide = printed.getvalue(), GUIDE.read_text(encoding="utf-8").replace(EXAMPLE, SLUG)
    steps = [line for line in told.splitlines() if line[:1].isdigit()]
    assert [step.partition(".")[0] for step in steps] == [str(n) for n in range(2, len(steps) + 2)]
    assert len(steps) > 8
    assert [step for step in steps if f"\n{step}\n" not in guide] == []
    assert f"check_providers {SLUG}" in told


def test_the_tests_are_looked_for_in_the_project_of_the_folder() -> None:
    folder = provider_checks.folder_of(PROVIDER)

    assert folder.tests == Path(__file__).parents[1] / "providers" / "_template"
    assert isinstance(folder.declaration, Declaration)
