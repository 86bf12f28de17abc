"""The providers that the suite is run for, with their fixtures and the hook in ``tests/providers/<slug>/contract.py``.

Nothing here names a provider: what a test is for is asked of the declaration. ``CONTRACT_PROVIDERS`` (slugs, joined
by commas) narrows the suite; ``manage.py check_providers`` sets it.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from integrations.contracts import Capability, Declaration, MessageKind, ReadContext, ReadResult
from integrations.provider_checks import ProviderFolder, folder_of
from integrations.registry import all_providers
from integrations.sandbox import Sandbox

COUNTS = {"one": 1, "two": 2, "three": 3}


@dataclass(frozen=True)
class Case:
    """One provider under test."""

    provider: Any

    @property
    def declaration(self) -> Declaration:
        declaration: Declaration = self.provider.declaration
        return declaration

    @property
    def slug(self) -> str:
        return self.declaration.slug

    @property
    def folder(self) -> ProviderFolder:
        return folder_of(self.provider)

    @property
    def hook(self) -> ModuleType:
        return importlib.import_module(f"tests.providers.{self.slug}.contract")

    def new_sandbox(self) -> Sandbox:
        sandbox: Sandbox = importlib.import_module(f"integrations.providers.{self.slug}.sandbox").SANDBOX()
        return sandbox

    def can(self, *capabilities: Capability) -> bool:
        return set(capabilities) <= self.declaration.capabilities

    def fixtures(self) -> list[Fixture]:
        return [Fixture(self, path) for path in self.folder.fixtures]

    def fixture(self, name: str) -> Fixture:
        return next(fixture for fixture in self.fixtures() if fixture.path.stem == name)

    def story(self) -> list[Fixture]:
        """The life of one booking, oldest first."""
        return [self.fixture(name) for name in self.hook.STORY]

    def events(self) -> list[Fixture]:
        """Recorded deliveries of the declared events."""
        return [fixture for fixture in self.fixtures() if fixture.event in self.declaration.events]

    def property_refs(self, session: Any) -> list[str]:
        """The properties that the connection of ``session`` opens."""
        return [found.ref for found in self.provider.discover(session)]


@dataclass(frozen=True)
class Fixture:
    """One recorded payload; its name ``<event>__<case>`` says what it is and what must become of it."""

    case: Case
    path: Path

    @property
    def event(self) -> str:
        return self.path.stem.partition("__")[0]

    @property
    def body(self) -> bytes:
        return self.path.read_bytes()

    @property
    def kind(self) -> MessageKind:
        kinds = {"page": MessageKind.POLL, "feed": MessageKind.FEED, "file": MessageKind.FILE}
        return kinds.get(self.event, MessageKind.WEBHOOK)

    @property
    def bad_items(self) -> int:
        """``…__one_bad_row`` has one item that cannot be read."""
        words = self.path.stem.partition("__")[2].split("_")
        return COUNTS.get(words[0], 0) if words[1:2] == ["bad"] else 0

    @property
    def headers(self) -> dict[str, str]:
        make = getattr(self.case.hook, "headers", None)
        return make(self.event, self.body) if make else {}

    def context(self, **more: Any) -> ReadContext:
        return ReadContext(kind=self.kind, headers=self.headers, **more)

    def read(self, body: bytes | None = None, **more: Any) -> ReadResult:
        result: ReadResult = self.case.provider.read(
            self.body if body is None else body, self.context(**more)
        )
        return result


def cases(*capabilities: Capability, any_of: Collection[Capability] = ()) -> list[Case]:
    """Every provider that declares all of ``capabilities``, and one of ``any_of`` if that names some."""
    wanted = {slug for slug in os.environ.get("CONTRACT_PROVIDERS", "").split(",") if slug}
    return [
        case
        for slug, provider in all_providers().items()
        if (not wanted or slug in wanted)
        and (case := Case(provider)).can(*capabilities)
        and (not any_of or any(case.can(one) for one in any_of))
    ]


def for_providers(*capabilities: Capability, any_of: Collection[Capability] = ()) -> pytest.MarkDecorator:
    """Run the test once for each provider that declares all of ``capabilities``; it gets ``case``."""
    found = [pytest.param(case, id=case.slug) for case in cases(*capabilities, any_of=any_of)]
    return pytest.mark.parametrize("case", found or nobody("case", *capabilities, any_of=any_of))


def for_fixtures(*, deliveries: bool = False) -> pytest.MarkDecorator:
    """Run the test once for each recorded payload, or, with ``deliveries``, for those of declared events only."""
    needed = Capability.RECEIVE_WEBHOOK if deliveries else Capability.READ

    def named() -> Iterator[Any]:
        for case in cases(needed):
            for fixture in case.events() if deliveries else case.fixtures():
                yield pytest.param(fixture, id=f"{case.slug}-{fixture.path.stem}")

    return pytest.mark.parametrize("fixture", list(named()) or nobody("fixture", needed))


def nobody(names: str, *capabilities: Capability, any_of: Collection[Capability] = ()) -> Sequence[Any]:
    """In place of parameters: the test is skipped, and says which capability it is about that nobody declares."""
    missing = [one.value for one in capabilities if not cases(one)]
    if any_of and not cases(any_of=any_of):
        missing.append(" or ".join(one.value for one in any_of))
    reason = f"not declared, so not asked for: {', '.join(missing)}"
    return [
        pytest.param(*(None for _ in names.split(",")), id="nobody", marks=pytest.mark.skip(reason=reason))
    ]
