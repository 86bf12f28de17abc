from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        from integrations import (
            checks,  # noqa: F401 - registers them
            outbox,
        )
        from integrations.night_marks import offer_marks
        from reservations.night_marks import register_night_marks

        outbox.connect()
        register_night_marks(offer_marks)
