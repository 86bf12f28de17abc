from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReservationsConfig(AppConfig):
    name = "reservations"
    verbose_name = _("Reservations")

    def ready(self) -> None:
        from reservations.ledger_views import ledger_panel
        from reservations.panels import register_panel

        register_panel(ledger_panel)
