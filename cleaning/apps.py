from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CleaningConfig(AppConfig):
    name = "cleaning"
    verbose_name = _("Cleaning")

    def ready(self) -> None:
        from cleaning import receivers
        from cleaning.panel import cleaning_panel
        from reservations.panels import register_panel

        receivers.connect()
        register_panel(cleaning_panel)
