"""What a provider folder may import: its own modules, a small part of the shared code, and neutral records."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.provider_checks import ProviderFolder

#: What a provider may use of the shared code.
SHARED_MODULES = frozenset(
    f"integrations.{name}" for name in ("contracts", "errors", "offers", "payloads", "redaction", "values")
)
#: `http` names the types of the session that is handed over; `sandbox` is the base of the provider's own.
_FRAME_MODULES = frozenset({"integrations.http", "integrations.sandbox"})
#: What a provider may know of the hotel's side: the neutral records and their words.
NEUTRAL_MODULES = frozenset({"reservations.records", "reservations.choices", "reservations.money"})


def check_imports(folder: ProviderFolder) -> Iterator[str]:
    """The folder stands alone: no other provider, none of the hotel's tables, none of the tests."""
    own = f"integrations.providers.{folder.path.name}"
    for path in sorted(folder.path.rglob("*.py")):
        for module in sorted(_imported(path)):
            top = module.split(".")[0]
            if module.startswith("integrations.providers"):
                if not f"{module}.".startswith(f"{own}."):
                    yield f"{path.name} imports another provider: {module}"
            elif top in ("config", "cleaning", "tests"):
                yield f"{path.name} imports {module}, which a provider must not know"
            elif top == "integrations" and module not in SHARED_MODULES | _FRAME_MODULES:
                yield f"{path.name} imports {module}; only {_listed(SHARED_MODULES)} are for providers"
            elif top == "reservations" and module not in NEUTRAL_MODULES:
                yield f"{path.name} imports {module}; only {_listed(NEUTRAL_MODULES)} are for providers"


def _listed(modules: frozenset[str]) -> str:
    return ", ".join(sorted(modules))


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found
