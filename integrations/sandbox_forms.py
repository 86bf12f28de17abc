"""Pieces of forms for the control pages of sandboxes; everything shown is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Choice:
    """One option of a select element; ``group`` is the heading it stands under."""

    value: str
    label: str
    group: str = ""


def form(
    action: str,
    fields: str,
    button: str,
    *,
    style: str = "",
    hidden: Mapping[str, object] | None = None,
) -> str:
    """A form that posts to one control action."""
    css = f' class="{style}"' if style else ""
    return (
        f'<form method="post" action="control/{escape(action)}">{hidden_fields(hidden or {})}{fields}'
        f"<button{css}>{escape(button)}</button></form>"
    )


def select(label: str, name: str, choices: Iterable[Choice], chosen: str | None = None) -> str:
    groups: dict[str, list[str]] = {}
    for choice in choices:
        mark = " selected" if choice.value == chosen else ""
        option = f'<option value="{escape(choice.value)}"{mark}>{escape(choice.label)}</option>'
        groups.setdefault(choice.group, []).append(option)
    inner = "".join(
        f'<optgroup label="{escape(group)}">{"".join(options)}</optgroup>' if group else "".join(options)
        for group, options in groups.items()
    )
    return f'<label>{escape(label)}<select name="{escape(name)}">{inner}</select></label>'


def entry(label: str, name: str, value: object = "", kind: str = "text", more: str = "") -> str:
    """An input with its label; ``more`` are further attributes, written as they are."""
    attributes = f'type="{kind}" name="{escape(name)}" value="{escape(str(value))}"'
    return f"<label>{escape(label)}<input {attributes}{' ' + more if more else ''}></label>"


def check(label: str, name: str) -> str:
    box = f'<input type="checkbox" name="{escape(name)}" value="1">'
    return f'<label class="check">{box}{escape(label)}</label>'


def hidden_fields(values: Mapping[str, object]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(str(value))}">'
        for name, value in values.items()
    )
