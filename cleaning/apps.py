from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CleaningConfig(AppConfig):
    name = "cleaning"
    verbose_name = _("Cleaning")

    def ready(self) -> None:
        from cleaning import receivers
        from cleaning.consequences import cleaning_that_follows
        from cleaning.desk_news import cleaning_news
        from cleaning.panel import cleaning_panel
        from cleaning.room_marks import cleaning_marks
        from reservations.consequences import register_consequences
        from reservations.desk_news import register_desk_news
        from reservations.panels import register_panel
        from reservations.room_marks import register_room_marks

        receivers.connect()
        register_panel(cleaning_panel)
        register_consequences(cleaning_that_follows)
        register_room_marks(cleaning_marks)
        register_desk_news(cleaning_news)
