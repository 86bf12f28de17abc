"""A provider that declares much and does nothing: its folder looks complete, and the contract suite finds it out."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from integrations.new_provider import create_provider
from tests.architecture.source import ROOT
from tests.architecture.test_new_provider import PLUGIN

SLUG = "hollow_lodge"
HOLLOW = """
from dataclasses import replace


class Hollow(HollowLodgeProvider):
    declaration = replace(
        DECLARATION, capabilities=DECLARATION.capabilities | {Capability.ACKNOWLEDGE, Capability.ISSUE_TOKEN}
    )

    def push_offers(self, session, offers):
        return iter(())

    def read_offers(self, session, property_ref, room_refs, first, last):
        raise ZeroDivisionError

    def subscribe_webhooks(self, session, application, *, url):
        return {}

    def unsubscribe_webhooks(self, session, application, *, url):
        raise ZeroDivisionError

    def issue_token(self, session):
        raise ZeroDivisionError

    def acknowledge(self, session, taken):
        raise ZeroDivisionError


PROVIDER = Hollow()
"""
#: One test, at least, for each method that does not do its work.
CAUGHT = {
    "push_offers": "test_every_offer_is_in_exactly_one_receipt",
    "read_offers": "test_only_the_nights_and_rooms_that_were_asked_for_are_told_and_each_once",
    "subscribe_webhooks": "test_a_change_is_told_once_however_often_we_subscribe",
    "unsubscribe_webhooks": "test_unsubscribing_ends_it_and_may_be_repeated",
    "issue_token": "test_a_token_that_the_other_side_refuses_is_renewed_once",
    "acknowledge": "test_what_was_taken_does_not_come_back_and_the_rest_does",
}


def test_methods_that_do_nothing_are_found_out(tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    path, _ = create_provider(slug=SLUG, into=elsewhere)
    with (path / "provider.py").open("a", encoding="utf-8") as file:
        file.write(HOLLOW)
    (elsewhere / "with_hollow_provider.py").write_text(PLUGIN)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:playwright",
        "-p",
        "no:cacheprovider",
    ]
    command += ["-p", "with_hollow_provider", "tests/contract", "-k", " or ".join(CAUGHT.values())]
    environment = {**os.environ, "CONTRACT_PROVIDERS": SLUG, "PYTHONPATH": str(elsewhere)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    passed = [
        method
        for method, test in CAUGHT.items()
        if not re.search(rf"^FAILED .*::{test}\[{SLUG}", done.stdout, re.MULTILINE)
    ]
    assert passed == [], done.stdout[-3000:]
