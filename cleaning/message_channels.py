"""The ways by which messages go out. An app registers its own in ``AppConfig.ready``; e-mail is built in.

Being told inside the program needs no way: the message itself is the row that pages show.
"""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class SendFailed(Exception):
    """A message did not go out. ``permanent``: it never will, so nobody tries again."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message on its way to one person by one channel.

    ``reference`` is the same at every attempt, so that a provider that knows such a thing sends it once. ``subject``
    fits on one line, ``text`` has several; both are in ``language`` and name no guest. ``link`` is a whole address.
    """

    reference: str
    user_id: int
    address: str
    language: str
    subject: str
    text: str
    link: str
    hotel_ids: tuple[int, ...] = ()


class MessageChannel(Protocol):
    """One way out. ``slug`` is stored with each delivery and never changes; ``label`` is shown to people."""

    slug: str
    label: Any

    def address_of(self, user: Any) -> str | None:
        """Where the person is reached, or None when they are not reached this way. No query."""

    def send(self, message: OutgoingMessage) -> None:
        """Hand the message over; called outside a transaction. Raises :class:`SendFailed`."""


_channels: dict[str, MessageChannel] = {}


def register_channel(channel: MessageChannel) -> None:
    """Have messages sent by ``channel`` too; one of the same slug takes the place of the one before."""
    _channels[channel.slug] = channel


def forget_channel(slug: str) -> None:
    """Send nothing by that channel any more; what still waits for it fails with a sentence."""
    _channels.pop(slug, None)


def channels() -> list[MessageChannel]:
    """Every registered channel, in the order of registration."""
    return list(_channels.values())


def channel_of(slug: str) -> MessageChannel | None:
    """The channel of that slug, or None when its app is gone."""
    return _channels.get(slug)


class EmailChannel:
    """Text and simple HTML to the address with which the person signs in."""

    slug = "email"
    label = _("E-mail")

    def address_of(self, user: Any) -> str | None:
        return user.email or None

    def send(self, message: OutgoingMessage) -> None:
        with translation.override(message.language):
            context = {"message": message, "paragraphs": message.text.split("\n\n")}
            text = render_to_string("cleaning/message_mail.txt", context)
            html = render_to_string("cleaning/message_mail.html", context)
        host = urlsplit(settings.PUBLIC_BASE_URL).hostname or "localhost"
        mail = EmailMultiAlternatives(
            message.subject,
            text,
            to=[message.address],
            headers={"Message-ID": f"<{message.reference}@{host}>", "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(html, "text/html")
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as problem:
            codes = {code for code, _words in problem.recipients.values()}
            raise SendFailed(_said(problem), permanent=all(code >= 500 for code in codes)) from None
        except (smtplib.SMTPException, OSError) as problem:
            raise SendFailed(_said(problem)) from None


def _said(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"


register_channel(EmailChannel())
