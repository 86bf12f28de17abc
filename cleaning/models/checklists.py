"""What belongs to a task of a kind, item by item, and what of it was done."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cleaning.choices import TaskKind
from reservations.models.hotels import HotelOwned


class Checklist(HotelOwned):
    """A list for one kind of work. A rule may name one; else the hotel's own of that kind is used."""

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=16, choices=TaskKind.choices)
    is_default = models.BooleanField(
        _("used unless a rule names another"), default=True, help_text=_("One per kind.")
    )

    class Meta:
        ordering = ("kind", "name", "pk")
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        constraints = (
            models.UniqueConstraint(
                fields=("hotel", "kind"),
                condition=models.Q(is_default=True),
                name="checklist_default_once_per_kind",
                violation_error_message=_("Another checklist of this kind is the usual one already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class ChecklistItem(HotelOwned):
    """One line. Items that are no longer wanted stay for the tasks that had them."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    #: By language; see :attr:`text`.
    texts = models.JSONField(_("texts"), default=dict)
    is_required = models.BooleanField(_("required"), default=True)
    needs_photo = models.BooleanField(_("photo required"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ("checklist", "position", "pk")
        verbose_name = _("checklist item")
        verbose_name_plural = _("checklist items")

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The text in the active language, else in the first language that has one."""
        own = self.texts.get((get_language() or "").split("-")[0])
        return own or next((text for text in self.texts.values() if text), "")

    @property
    def untranslated(self) -> list[str]:
        """The languages that have no text yet."""
        return [code for code, _name in settings.LANGUAGES if not self.texts.get(code)]


class ChecklistTick(HotelOwned):
    """One item of one task that somebody did."""

    task = models.ForeignKey("cleaning.CleaningTask", models.CASCADE, related_name="ticks")
    item = models.ForeignKey(ChecklistItem, models.CASCADE, related_name="+")
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(_("done"))

    class Meta:
        verbose_name = _("checked item")
        verbose_name_plural = _("checked items")
        constraints = (models.UniqueConstraint(fields=("task", "item"), name="tick_once_per_task_and_item"),)

    def __str__(self) -> str:
        return f"{self.item}"
