"""What every provider folder must have, checked without running the provider: declaration, methods, files, imports.

``manage.py check_providers`` prints what these checks find, and the contract suite holds every folder to them.
"""

from __future__ import annotations

import ast
import gettext
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from integrations.contracts import Capability, Declaration, Field, Text, methods
from integrations.provider_imports import check_imports

SLUG = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
LONGEST_SLUG = 40
LONGEST_EVENT = 60
FIELD_KINDS = frozenset({"text", "password", "url", "integer", "choice", "boolean"})
#: How a README is divided; text after the words is free.
README_HEADINGS = ("Setting it up", "Facts", "Limits", "Files")
LARGEST_LOGO = 50_000
#: How often a provider may be read at most.
SHORTEST_RHYTHM = timedelta(seconds=20)

_SOUNDS_SECRET = re.compile(r"secret|token|password|api_?key|private_?key")
_FIXTURE_NAME = re.compile(r"(?P<event>.+?)__(?P<case>[a-z0-9]+(?:_[a-z0-9]+)*)\.[a-z]+")
_LOGO_RISKS = re.compile(
    r"<script|<foreignobject|\son[a-z]+\s*=|(?:href|src)\s*=\s*[\"'](?!#)|<!doctype", re.I
)
#: A method that one of these obliges stands on what another one gives.
_STANDS_ON: Mapping[Capability, tuple[Capability, ...]] = {
    Capability.AUTHORIZE: (Capability.EXCHANGE_CODE,),
    Capability.EXCHANGE_CODE: (Capability.AUTHORIZE,),
    Capability.REFRESH_TOKEN: (Capability.EXCHANGE_CODE,),
    Capability.PULL_RESERVATIONS: (Capability.READ, Capability.DISCOVER),
    Capability.FETCH_RESERVATIONS: (Capability.READ,),
    Capability.LIST_DEPARTURES: (Capability.FETCH_RESERVATIONS,),
    Capability.RECEIVE_WEBHOOK: (Capability.READ,),
    Capability.SUBSCRIBE_WEBHOOKS: (Capability.RECEIVE_WEBHOOK,),
    Capability.UNSUBSCRIBE_WEBHOOKS: (Capability.SUBSCRIBE_WEBHOOKS,),
    Capability.ACKNOWLEDGE: (Capability.PULL_RESERVATIONS,),
    Capability.PUSH_OFFERS: (Capability.DISCOVER,),
    Capability.READ_OFFERS: (Capability.PUSH_OFFERS,),
}


@dataclass(frozen=True, slots=True)
class ProviderFolder:
    """A provider with its files: ``path`` its own folder, ``tests`` where its fixtures and tests are."""

    provider: Any
    path: Path
    tests: Path

    @property
    def declaration(self) -> Declaration:
        declaration: Declaration = self.provider.declaration
        return declaration

    @property
    def slug(self) -> str:
        return self.declaration.slug

    @property
    def fixtures(self) -> list[Path]:
        """Recorded payloads, ``<event>__<case>.<ext>``, in the order of their names."""
        return sorted(path for path in (self.tests / "fixtures").glob("*") if path.is_file())


def folder_of(provider: Any) -> ProviderFolder:
    """The provider with its files. The tests are looked for in the project that the folder lies in."""
    path = Path(inspect.getfile(type(provider))).resolve().parent
    return ProviderFolder(provider, path, path.parents[2] / "tests" / "providers" / path.name)


def problems_of(provider: Any) -> list[str]:
    """One sentence for each thing that is missing or wrong; empty when the folder is complete."""
    folder = folder_of(provider)
    return [problem for check in CHECKS for problem in check(folder)]


# --- the declaration ------------------------------------------------------------------------------------------


def check_capabilities(folder: ProviderFolder) -> Iterator[str]:
    """Each declared capability has its method, with the parameters that shared code passes."""
    declared = folder.declaration.capabilities
    for capability in Capability:
        method = getattr(folder.provider, capability.value, None)
        if capability not in declared:
            if callable(method):
                yield f"there is a method {capability.value}, but the capability is not declared"
            continue
        if not callable(method):
            yield f"{capability.value} is declared, but there is no such method"
            continue
        wanted, has = _parameters(obliged_method(capability)), _parameters(method)
        if problem := _difference(wanted, has):
            yield f"{capability.value}: {problem}"
        for needed in _STANDS_ON.get(capability, ()):
            if needed not in declared:
                yield f"{capability.value} needs {needed.value}, which is not declared"


def obliged_method(capability: Capability) -> Callable[..., Any]:
    """The method of the contract that declares how ``capability`` is called."""
    for protocol in vars(methods).values():
        if (
            isinstance(protocol, type)
            and protocol.__module__ == methods.__name__
            and Protocol in protocol.__bases__
        ):
            method = vars(protocol).get(capability.value)
            if method is not None:
                found: Callable[..., Any] = method
                return found
    raise LookupError(capability.value)


def _parameters(method: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return {name: p for name, p in inspect.signature(method).parameters.items() if name != "self"}


def _difference(wanted: Mapping[str, inspect.Parameter], has: Mapping[str, inspect.Parameter]) -> str | None:
    positional = [name for name, p in wanted.items() if p.kind is not p.KEYWORD_ONLY]
    for position, name in enumerate(positional):
        if list(has)[position : position + 1] != [name]:
            return f"parameter {position + 1} must be called {name}"
    for name, parameter in wanted.items():
        if name not in has:
            return f"the parameter {name} is missing"
        if parameter.kind is parameter.KEYWORD_ONLY and has[name].kind is has[name].POSITIONAL_ONLY:
            return f"the parameter {name} must be usable by its name"
    for name, parameter in has.items():
        is_open = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if name not in wanted and not is_open and parameter.default is parameter.empty:
            return f"nobody passes the parameter {name}"
    return None


def check_names(folder: ProviderFolder) -> Iterator[str]:
    """Slug, name and field names are usable in addresses, environment variables and pages."""
    declaration = folder.declaration
    if not SLUG.fullmatch(declaration.slug.removeprefix("_")) or len(declaration.slug) > LONGEST_SLUG:
        yield f"the slug {declaration.slug!r} is not made of lower-case words and underscores"
    if declaration.slug != folder.path.name:
        yield f"the slug {declaration.slug!r} is not the name of the folder, {folder.path.name!r}"
    if not declaration.name.strip() or len(declaration.name) > 60:
        yield "the name is empty or longer than 60 characters"
    fields = _fields(declaration)
    for name in sorted({field.name for field in fields if not SLUG.fullmatch(field.name)}):
        yield f"the field name {name!r} is not made of lower-case words and underscores"
    names = [field.name for field in fields]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the field name {name!r} is used twice"


def check_fields(folder: ProviderFolder) -> Iterator[str]:
    """Fields can be shown and stored: a known kind, sensible limits, and nothing secret in the open."""
    declaration = folder.declaration
    for field in _fields(declaration):
        if field.kind not in FIELD_KINDS:
            yield f"field {field.name}: the kind {field.kind!r} does not exist"
        if (field.kind == "password" or _SOUNDS_SECRET.search(field.name)) and not field.secret:
            yield f"field {field.name}: it looks secret and is not marked secret"
        if field.secret and field.default is not None:
            yield f"field {field.name}: a secret has no default"
        if (field.kind == "choice") != bool(field.choices):
            yield f"field {field.name}: choices and the kind choice belong together"
        if field.kind == "choice" and field.default not in (None, *(value for value, _ in field.choices)):
            yield f"field {field.name}: the default is not one of the choices"
        yield from _check_limits(field)
    for field in declaration.settings_fields:
        if field.secret:
            yield f"field {field.name}: settings are not encrypted; a secret belongs to the credentials"


def _check_limits(field: Field) -> Iterator[str]:
    limits = [limit for limit in (field.minimum, field.default, field.maximum) if isinstance(limit, int)]
    if field.kind == "integer" and limits != sorted(limits):
        yield f"field {field.name}: minimum, default and maximum are not in this order"
    if field.kind != "integer" and (field.minimum, field.maximum) != (None, None):
        yield f"field {field.name}: only integers have a minimum and a maximum"


def check_limits(folder: ProviderFolder) -> Iterator[str]:
    """The rhythm and the budgets of calls are such as a hotel can live with."""
    declaration = folder.declaration
    if not SHORTEST_RHYTHM <= declaration.poll_every <= timedelta(days=1):
        yield "poll_every is not between 20 seconds and a day"
    if declaration.silence_limit is not None and declaration.silence_limit <= declaration.poll_every:
        yield "silence_limit is not longer than poll_every"
    for name in ("rate_limit", "shared_rate_limit", "token_limit"):
        limit = getattr(declaration, name)
        if limit is not None and not (limit.calls >= 1 and timedelta(0) < limit.period <= timedelta(days=1)):
            yield f"{name} allows no call or counts over more than a day"


#: What is of no use without a capability.
_SERVES: Mapping[str, Capability] = {
    "application_webhook": Capability.RECEIVE_WEBHOOK,
    "webhook_login": Capability.RECEIVE_WEBHOOK,
    "token_limit": Capability.ISSUE_TOKEN,
    "silence_limit": Capability.PULL_RESERVATIONS,
    "push_by_month": Capability.PUSH_OFFERS,
}


def check_use(folder: ProviderFolder) -> Iterator[str]:
    """Nothing is declared that nothing else makes use of."""
    declaration = folder.declaration
    for name, capability in _SERVES.items():
        if getattr(declaration, name) and capability not in declaration.capabilities:
            yield f"{name} is of no use without {capability.value}"
    for name in ("urls", "rate_limit", "shared_rate_limit"):
        if getattr(declaration, name) and not _uses_the_outside(declaration):
            yield f"{name} is of no use: nothing that is declared calls the other side"
    if declaration.account_once and not declaration.account_field:
        yield "account_once is of no use without account_field"
    if declaration.account_field not in ("", *(field.name for field in declaration.credential_fields)):
        yield f"account_field {declaration.account_field!r} is not one of the credentials"


def _uses_the_outside(declaration: Declaration) -> bool:
    return bool(declaration.capabilities - {Capability.READ, Capability.RECEIVE_WEBHOOK})


def check_addresses(folder: ProviderFolder) -> Iterator[str]:
    """Every declared address is https and holds neither a name nor a password."""
    declaration = folder.declaration
    named = {f"urls[{name!r}]": address for name, address in declaration.urls.items()}
    if declaration.documentation_url:
        named["documentation_url"] = declaration.documentation_url
    for name, address in named.items():
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment:
            yield f"{name} is not a plain https address: {address}"


# --- texts ----------------------------------------------------------------------------------------------------


def check_texts(folder: ProviderFolder) -> Iterator[str]:
    """Every text of the declaration has words, in each language of the installation."""
    translated = {
        language: _catalogues(folder, language) for language, _ in settings.LANGUAGES if language != "en"
    }
    for where, text in _texts(folder.declaration):
        if not isinstance(text, Promise):
            yield f"{where} cannot be translated: write _(…) around it" if text else f"{where} is empty"
            continue
        with translation.override(None):
            source = str(text)
        missing = [
            language
            for language, catalogues in translated.items()
            if not any(catalogue.gettext(source) for catalogue in catalogues)
        ]
        if missing:
            yield f"{where} is not translated: {', '.join(missing)}"


def _texts(declaration: Declaration) -> Iterator[tuple[str, Text]]:
    yield "summary", declaration.summary
    if declaration.credentials_request:
        yield "credentials_request", declaration.credentials_request
    for field in _fields(declaration):
        yield f"label of field {field.name}", field.label
        if field.help:
            yield f"help of field {field.name}", field.help
        for value, label in field.choices:
            yield f"choice {value} of field {field.name}", label


class _Untranslated(gettext.NullTranslations):
    """Says nothing where a catalogue would repeat the English text."""

    def gettext(self, message: str) -> str:
        return ""


def _catalogues(folder: ProviderFolder, language: str) -> list[gettext.NullTranslations]:
    found: list[gettext.NullTranslations] = []
    for path in (folder.path / "locale", *map(Path, settings.LOCALE_PATHS)):
        if (compiled := path / language / "LC_MESSAGES" / "django.mo").is_file():
            with compiled.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)
            catalogue.add_fallback(_Untranslated())
            found.append(catalogue)
    return found


def _fields(declaration: Declaration) -> tuple[Field, ...]:
    return (*declaration.application_fields, *declaration.credential_fields, *declaration.settings_fields)


# --- files ----------------------------------------------------------------------------------------------------


def check_fixtures(folder: ProviderFolder) -> Iterator[str]:
    """Each declared event has a recorded payload, named ``<event>__<case>.<ext>``."""
    events = folder.declaration.events
    if bool(events) != (Capability.RECEIVE_WEBHOOK in folder.declaration.capabilities):
        yield "events and receive_webhook belong together"
    if Capability.READ in folder.declaration.capabilities and not folder.fixtures:
        yield f"there are no fixtures in {_shown(folder, folder.tests)}/fixtures"
    for event in events:
        if not 0 < len(event) <= LONGEST_EVENT or events.count(event) > 1:
            yield f"the event {event!r} is empty, too long or named twice"
    recorded = set()
    for path in folder.fixtures:
        match = _FIXTURE_NAME.fullmatch(path.name)
        if match is None:
            yield f"the fixture {path.name} is not named <event>__<case>.<ext>"
        else:
            recorded.add(match["event"])
    for event in events:
        if event not in recorded:
            yield f"there is no fixture {event}__<case> in {_shown(folder, folder.tests)}/fixtures"


def check_files(folder: ProviderFolder) -> Iterator[str]:
    """README with its headings, logo, sandbox, tests and the suite's hook are there."""
    readme = folder.path / "README.md"
    headings = re.findall(r"^## (.+)$", readme.read_text(encoding="utf-8"), re.M) if readme.is_file() else []
    for wanted in README_HEADINGS:
        if not any(heading.startswith(wanted) for heading in headings):
            yield f"README.md has no section “## {wanted}…”"
    yield from _check_logo(folder.path / "static" / "integrations" / folder.path.name / "logo.svg")
    places = (folder.path / "sandbox.py", folder.path / "sandbox" / "__init__.py")
    has_sandbox = any(place.is_file() and "SANDBOX" in _assigned(place) for place in places)
    if _uses_the_outside(folder.declaration) and not has_sandbox:
        yield "sandbox.py with a class named SANDBOX is missing"
    if not list(folder.tests.glob("test_*.py")):
        yield f"there are no tests in {_shown(folder, folder.tests)}"
    if not (folder.tests / "contract.py").is_file():
        yield f"contract.py, the hook of the contract suite, is missing in {_shown(folder, folder.tests)}"


def _check_logo(path: Path) -> Iterator[str]:
    if not path.is_file():
        yield f"the logo is missing: static/integrations/{path.parent.name}/logo.svg"
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    if len(text) > LARGEST_LOGO or not text.lstrip().startswith("<svg") or _LOGO_RISKS.search(text):
        yield "the logo is not a small plain SVG: no script, no event, nothing from another place"


def _shown(folder: ProviderFolder, path: Path) -> str:
    return path.relative_to(folder.path.parents[2]).as_posix()


def _assigned(path: Path) -> set[str]:
    return {
        target.id
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


CHECKS: tuple[Callable[[ProviderFolder], Iterator[str]], ...] = (
    check_names,
    check_capabilities,
    check_fields,
    check_texts,
    check_limits,
    check_use,
    check_addresses,
    check_fixtures,
    check_files,
    check_imports,
)
