"""The tables of integrations/README.md that are made from the code: modules, capabilities and errors."""

from __future__ import annotations

import inspect
import re

from django.utils import translation

from integrations.contracts import Capability
from integrations.errors import MEANINGS, IntegrationError, Meaning, TokenExpired
from integrations.provider_checks import obliged_method
from integrations.provider_imports import OF_A_SANDBOX, OPENING_MODULES, OUTSIDE_MODULES

#: Marks of a table in the guide: `<!-- name: made by … -->` to `<!-- name: end -->`.
_MARK = "<!-- {name}: made by `manage.py check_providers --write-guide` -->"
_END = "<!-- {name}: end -->"


def with_tables(guide: str) -> str:
    """``guide`` with the present tables between their marks. Raises ``ValueError`` when a mark is missing."""
    tables = {"modules": module_table(), "capabilities": capability_table(), "errors": error_table()}
    for name, table in tables.items():
        begin, end = _MARK.format(name=name), _END.format(name=name)
        before, _, rest = guide.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise ValueError(f"the marks of the table of {name} are missing")
        guide = f"{before}{begin}\n{table}\n{end}{after}"
    return guide


def module_table() -> str:
    """What of the outside the files of a provider may import, and what not."""
    rows = (
        ("The standard library, and of what is installed", OUTSIDE_MODULES, "every file"),
        ("But of these", OPENING_MODULES - OF_A_SANDBOX, "no file"),
        ("And these", OF_A_SANDBOX, "in the sandbox only"),
    )
    lines = [
        f"| {what} {', '.join(f'`{name}`' for name in sorted(modules))} | {files} |"
        for what, modules, files in rows
    ]
    return "\n".join(("| Modules | For |", "| --- | --- |", *lines))


def capability_table() -> str:
    """One row for each capability: how its method is called and what it gives."""
    rows = [f"| `{_call(capability)}` | {_promise(capability)} |" for capability in Capability]
    return "\n".join(("| Capability and method | What it gives |", "| --- | --- |", *rows))


def error_table() -> str:
    """One row for each error a client may raise: what it stands for and what follows."""
    with translation.override("en"):
        rows = [
            f"| `{error.__name__}` | {_sentence(error.__doc__ or '')} | {_consequence(error, meaning)} |"
            for error, meaning in MEANINGS.items()
        ]
    return "\n".join(("| Error | Raise it when | What follows |", "| --- | --- | --- |", *rows))


def _call(capability: Capability) -> str:
    parameters = [
        p for p in inspect.signature(obliged_method(capability)).parameters.values() if p.name != "self"
    ]
    names = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
    named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    return f"{capability.value}({', '.join([*names, '*', *named] if named else names)})"


def _promise(capability: Capability) -> str:
    return _sentence(inspect.getdoc(obliged_method(capability)) or "")


def _sentence(text: str) -> str:
    """The text up to the first blank line, in one line, without the marks of Sphinx."""
    first = " ".join(text.split("\n\n")[0].split())
    return re.sub(r":\w+:`(?:[\w.]*\.)?(\w+)`", r"`\1`", first).replace("``", "`")


def _consequence(error: type[IntegrationError], meaning: Meaning) -> str:
    if error is TokenExpired:
        return "the session renews the token and repeats the call once"
    again = "tried again by itself" if meaning.retry else "not tried again"
    status = (
        f"; the connection is shown as `{meaning.connection_status}`" if meaning.connection_status else ""
    )
    return f"{again}{status}. “{meaning.sentence} {meaning.remedy}”"
