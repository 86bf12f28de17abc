"""What people fill in to change checklists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from cleaning.checklist_services import NAME_LENGTH, TEXT_LENGTH
from cleaning.choices import TaskKind
from cleaning.models import ChecklistItem


class ListForm(forms.Form):
    """A new list."""

    kind = forms.ChoiceField(label=_("Kind of work"), choices=TaskKind.choices)
    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, help_text=_("For example: suites, or rooms with a kitchen.")
    )


class NameForm(forms.Form):
    """Another name of a list."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)


class ItemForm(forms.Form):
    """One line of a list, in as many languages as somebody can write."""

    is_required = forms.BooleanField(
        label=_("Must be done before the task can be finished"), required=False, initial=True
    )
    needs_photo = forms.BooleanField(label=_("Needs a photo"), required=False)

    field_order = (*(f"text_{code}" for code, _name in settings.LANGUAGES), "is_required", "needs_photo")

    def __init__(self, data: Any = None, *, item: ChecklistItem | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {}
        if item is not None:
            initial = {"is_required": item.is_required, "needs_photo": item.needs_photo}
            initial |= {f"text_{code}": text for code, text in item.texts.items()}
        super().__init__(data, initial=initial, label_suffix="", **kwargs)
        for code, name in settings.LANGUAGES:
            with override(code):
                own_name = str(name).capitalize()
            self.fields[f"text_{code}"] = forms.CharField(
                label=own_name,
                required=False,
                max_length=TEXT_LENGTH,
                widget=forms.TextInput(attrs={"lang": code, "autocomplete": "off"}),
            )
        self.order_fields(self.field_order)

    @property
    def values(self) -> dict[str, Any]:
        """The valid form as :func:`cleaning.checklist_services.save_item` takes it."""
        return {
            "texts": {code: self.cleaned_data[f"text_{code}"] for code, _name in settings.LANGUAGES},
            "is_required": self.cleaned_data["is_required"],
            "needs_photo": self.cleaned_data["needs_photo"],
        }
