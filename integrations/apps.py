from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        from integrations import (
            checks,  # noqa: F401 - registers them
            conflict_alerts,
            outbox,
        )
        from integrations.evidence import channel_evidence
        from integrations.night_marks import offer_marks
        from reservations.evidence import register_evidence
        from reservations.night_marks import register_night_marks

        outbox.connect()
        conflict_alerts.connect()
        register_night_marks(offer_marks)
        register_evidence(channel_evidence)
