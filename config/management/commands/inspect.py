"""`manage.py inspect`: what would this payload become? One JSON document, with no database and no network."""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, BinaryIO, NoReturn
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand
from django.utils.datastructures import CaseInsensitiveMapping

from integrations.contracts import Capability, MessageKind, ReadContext, ReadResult, UnreadablePayload
from integrations.redaction import HIDDEN, passes_luhn
from integrations.registry import UnknownProvider, all_providers, get_provider

MAXIMUM_BYTES = 20 * 1024 * 1024
KINDS = (MessageKind.WEBHOOK, MessageKind.POLL, MessageKind.FEED, MessageKind.FILE)
OPTIONS = ("timezone", "currency", "amounts", "profile")
#: What people write freely. Identifiers, telephone numbers and amounts are never touched.
FREE_TEXT = frozenset(
    {"name", "first_name", "last_name", "guest_name", "notes", "text", "message", "reason", "warnings"}
)
SHORTEST_CARD, LONGEST_CARD = 13, 19

_DIGIT_GROUPS = re.compile(r"\d+(?:[ \-./]{1,2}\d+)*")
_GROUP = re.compile(r"\d+")


class Sentence(Exception):
    """What to tell the person who typed the command."""


class Command(BaseCommand):
    help = (
        "Print what a payload of an integration would become, as one JSON document. Uses neither database nor "
        "network. Exit status 0 when the payload was understood, 2 when it was not."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the name of the integration's folder")
        parser.add_argument("file", help="the payload; - reads standard input")
        parser.add_argument(
            "--kind",
            choices=[kind.value for kind in KINDS],
            default=MessageKind.WEBHOOK.value,
            help="how the payload reached us (default webhook)",
        )
        parser.add_argument(
            "--header",
            action="append",
            default=[],
            metavar="'NAME: VALUE'",
            help="a header that came with it",
        )
        parser.add_argument(
            "--option", action="append", default=[], metavar="KEY=VALUE", help=f"one of {', '.join(OPTIONS)}"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            document = inspect(given["slug"], given["file"], given["kind"], given["header"], given["option"])
        except Sentence as sentence:
            self._give_up(str(sentence))
        text = json.dumps(document, ensure_ascii=False, indent=1)
        try:
            _make_utf8(sys.stdout)
            self.stdout.write(text)
            self.stdout.flush()
        except BrokenPipeError:
            # The reader (head, less) has seen enough; Python would complain once more when it closes the stream.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def _give_up(self, sentence: str) -> NoReturn:
        _make_utf8(sys.stderr)
        self.stderr.write(sentence)
        sys.exit(2)


def inspect(
    slug: str, path: str, kind: str, headers: Sequence[str], options: Sequence[str]
) -> dict[str, Any]:
    """The document to print. Raises :class:`Sentence` when there is nothing to print."""
    provider = _provider(slug)
    context = _context(kind, headers, options)
    body = _read_file(path)
    try:
        result: ReadResult = provider.read(body, context)
    except UnreadablePayload as unreadable:
        raise Sentence(without_cards(str(unreadable))) from None
    except Exception as fault:
        # The sentence names the kind of fault only: the text of an exception may hold guest data.
        raise Sentence(
            f"The reader of {slug} failed on this payload; this is a fault of Llavero ({type(fault).__name__})."
        ) from None
    document = {
        "provider": slug,
        "records": [record.to_json() for record in result.records],
        "fetch": [{"kind": hint.kind, "external_id": hint.external_id} for hint in result.fetch],
        "ignored": [{"reason": reason} for reason in result.ignored],
        "errors": [{"where": problem.where, "message": problem.message} for problem in result.errors],
    }
    cleaned: dict[str, Any] = _without_cards(document, free=False)
    return cleaned


def without_cards(text: str) -> str:
    """``text`` with payment card numbers replaced: 13 to 19 digits, in groups or not, with a right check digit.

    The groups of a card may stand among other digits ("4111 1111 1111 1111 12/30"), so every row of whole groups
    is tried, the longest first.
    """
    return _DIGIT_GROUPS.sub(_hide_cards, text)


def _hide_cards(match: re.Match[str]) -> str:
    text = match.group()
    groups = [(group.start(), group.end(), group.group()) for group in _GROUP.finditer(text)]
    hidden: list[str] = []
    end_of_last, first = 0, 0
    while first < len(groups):
        last = _last_group_of_card(groups, first)
        if last is None:
            first += 1
            continue
        hidden += [text[end_of_last : groups[first][0]], HIDDEN]
        end_of_last, first = groups[last][1], last + 1
    return "".join([*hidden, text[end_of_last:]])


def _last_group_of_card(groups: Sequence[tuple[int, int, str]], first: int) -> int | None:
    digits, found = "", None
    for number in range(first, len(groups)):
        digits += groups[number][2]
        if len(digits) > LONGEST_CARD:
            break
        if len(digits) >= SHORTEST_CARD and passes_luhn(digits):
            found = number
    return found


def _without_cards(value: Any, *, free: bool) -> Any:
    if isinstance(value, str):
        return without_cards(value) if free else value
    if isinstance(value, dict):
        return {key: _without_cards(item, free=key in FREE_TEXT) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_cards(item, free=free) for item in value]
    return value


def _provider(slug: str) -> Any:
    try:
        provider = get_provider(slug)
    except UnknownProvider:
        known = ", ".join(sorted(all_providers()))
        raise Sentence(f"There is no integration called {slug!r}. There are: {known}.") from None
    if Capability.READ not in provider.declaration.capabilities:
        raise Sentence(f"The integration {slug} does not read payloads.")
    return provider


def _context(kind: str, headers: Sequence[str], options: Sequence[str]) -> ReadContext:
    chosen: dict[str, str] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or name not in OPTIONS:
            raise Sentence(
                f"The option {name!r} is not known. Options are {', '.join(OPTIONS)}, written KEY=VALUE."
            )
        chosen[name] = value
    _check_options(chosen)
    return ReadContext(
        kind=MessageKind(kind),
        headers=_headers(headers),
        timezone=chosen.get("timezone"),
        currency=chosen.get("currency"),
        amounts=chosen.get("amounts"),
        profile=chosen.get("profile"),
    )


def _check_options(chosen: dict[str, str]) -> None:
    if (zone := chosen.get("timezone")) is not None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise Sentence(f"The time zone {zone!r} is not known; write one like Europe/Madrid.") from None
    if (currency := chosen.get("currency")) is not None:
        if not re.fullmatch(r"[A-Za-z]{3}", currency):
            raise Sentence(f"The currency {currency!r} is not three letters like EUR.")
        chosen["currency"] = currency.upper()
    if chosen.get("amounts", "major") not in ("minor", "major"):
        raise Sentence("The option amounts is either minor or major.")


def _headers(lines: Sequence[str]) -> CaseInsensitiveMapping[str]:
    pairs = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise Sentence(f"The header {name!r} is not written 'Name: value'.")
        pairs.append((name.strip(), value.strip()))
    return CaseInsensitiveMapping(pairs)


def _read_file(path: str) -> bytes:
    try:
        if path == "-":
            return _bounded(sys.stdin.buffer)
        with open(path, "rb") as file:
            return _bounded(file)
    except FileNotFoundError:
        raise Sentence(f"There is no file {path!r}.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise Sentence(f"The file {path!r} cannot be read: {reason}.") from None


def _bounded(file: BinaryIO) -> bytes:
    body = file.read(MAXIMUM_BYTES + 1)
    if len(body) > MAXIMUM_BYTES:
        raise Sentence(f"The payload is larger than {MAXIMUM_BYTES // 1024 // 1024} MB.")
    return body


def _make_utf8(stream: Any) -> None:
    """Output is UTF-8 whatever the terminal says; a character it cannot show must not end in a traceback."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
