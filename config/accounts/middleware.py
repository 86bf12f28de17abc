"""Speaks the language the person chose: on the profile when signed in, else as the browser asks."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class LanguageMiddleware(LocaleMiddleware):
    """Belongs after the authentication middleware, since the profile's language wins over the browser's."""

    def process_request(self, request: HttpRequest) -> None:
        user = request.user
        # A language that was taken out of the settings may still be on a profile.
        known = user.is_authenticated and translation.check_for_language(user.language)
        language = user.language if known else translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
