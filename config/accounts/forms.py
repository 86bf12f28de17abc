"""The sign-in library's forms, with the words that the rest of Llavero uses."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as library
from django.utils.translation import gettext_lazy as _


class LoginForm(library.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call_it_email(self.fields["login"])


class ResetPasswordForm(library.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call_it_email(self.fields["email"])


def _call_it_email(field: Any) -> None:
    field.label = field.widget.attrs["placeholder"] = _("E-mail")
