"""What a provider folder may import: its own modules, a small part of the shared code, neutral records, and of the
outside only what opens nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.provider_checks import ProviderFolder

#: What a provider may use of the shared code.
SHARED_MODULES = frozenset(
    f"integrations.{name}" for name in ("contracts", "errors", "offers", "payloads", "redaction", "values")
)
#: `http` names the types of the session that is handed over; `sandbox` is the base of the provider's own, and
#: `sandbox_forms` what its control page is made of.
_FRAME_MODULES = frozenset({"integrations.http", "integrations.sandbox", "integrations.sandbox_forms"})
#: What a provider may know of the hotel's side: the neutral records and their words.
NEUTRAL_MODULES = frozenset({"reservations.records", "reservations.choices", "reservations.money"})
#: What is installed and opens nothing, with everything below it. The cache may hold what can be lost at any moment.
OUTSIDE_MODULES = frozenset(
    {"babel", "django.core.cache", "django.utils", "icalendar", "lxml", "oauthlib", "structlog"}
)
#: What of that, and of the standard library, opens a connection, a file, a process or another module all the same.
OPENING_MODULES = frozenset(
    {
        *("asyncio", "concurrent", "ctypes", "dbm", "django.utils.module_loading", "ftplib", "http.client"),
        *(
            "http.server",
            "imaplib",
            "importlib",
            "mmap",
            "multiprocessing",
            "os",
            "pickle",
            "poplib",
            "runpy",
        ),
        *(
            "select",
            "selectors",
            "shelve",
            "shutil",
            "signal",
            "smtplib",
            "socket",
            "socketserver",
            "sqlite3",
        ),
        *("ssl", "subprocess", "tempfile", "threading", "urllib.request", "webbrowser", "xmlrpc"),
    }
)
#: A sandbox is a server: it may call back, and do so in a thread.
OF_A_SANDBOX = frozenset({"http.client", "threading", "urllib.request"})
_SANDBOX = "sandbox"


def check_imports(folder: ProviderFolder) -> Iterator[str]:
    """The folder stands alone: no other provider, none of the hotel's tables, none of the tests, no door of its own."""
    own = f"integrations.providers.{folder.path.name}"
    for path in sorted(folder.path.rglob("*.py")):
        place = path.relative_to(folder.path)
        package = ".".join((own, *place.parent.parts))
        for module, name in sorted(_imported(path, package)):
            if objection := _objection(module, name, own, is_sandbox=place.parts[0].startswith(_SANDBOX)):
                yield f"{path.name} imports {objection}"


def _objection(module: str, name: str, own: str, *, is_sandbox: bool) -> str:
    """What is wrong with ``from module import name`` (or ``import module``, without a name); empty when nothing."""
    top = module.split(".")[0]
    if module.startswith("integrations.providers"):
        return "" if _is_in(module, {own}) else f"another provider: {module}"
    if top in ("config", "cleaning", "tests"):
        return f"{module}, which a provider must not know"
    if top == "integrations":
        known = module in SHARED_MODULES | _FRAME_MODULES
        return "" if known else f"{module}; only {_listed(SHARED_MODULES)} are for providers"
    if top == "reservations":
        known = module in NEUTRAL_MODULES
        return "" if known else f"{module}; only {_listed(NEUTRAL_MODULES)} are for providers"
    whole = f"{module}.{name}" if name else module
    if _is_in(whole, OPENING_MODULES - (OF_A_SANDBOX if is_sandbox else frozenset())):
        return f"{whole}; the session that is handed over is a provider's only door"
    if top in sys.stdlib_module_names or _is_in(module, OUTSIDE_MODULES) or _is_in(whole, OUTSIDE_MODULES):
        return ""
    return f"{whole}; beside the standard library only {_listed(OUTSIDE_MODULES)} are for providers"


def _is_in(module: str, allowed: frozenset[str] | set[str]) -> bool:
    """Whether ``module`` is one of ``allowed`` or lies below one."""
    return any(f"{module}.".startswith(f"{one}.") for one in allowed)


def _listed(modules: frozenset[str]) -> str:
    return ", ".join(sorted(modules))


def _imported(path: Path, package: str) -> set[tuple[str, str]]:
    """Every module that is imported in the file, with the name that is taken from it, if one is."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, package)
            found.update((module, alias.name) for alias in node.names)
    return found


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The full name of the module that is imported from; dots in front of it lead upwards from ``package``."""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join((*parts, *(node.module or "").split("."))).strip(".")
