"""Who cleans: people of the hotel, teams, companies that serve several hotels, their hours and days off.

Hours and days off belong to the person, not to a hotel: nobody works in two places at once.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cleaning.choices import CompanyRole
from reservations.models import Property
from reservations.models.hotels import HotelOwned
from reservations.wording import date_text

#: Letters and digits that nobody takes for another one.
_CODE_LETTERS = "BCDFGHJKMNPQRSTVWXYZ23456789"


def new_share_code() -> str:
    """Ten letters and digits that nobody guesses and that can be told on the telephone."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(10))


class CleaningCompany(models.Model):
    """A firm that cleans for hotels. Its people see what a hotel gives them and nothing else of that hotel.

    A hotel that shares its cleaning sees the company's people, so the company agrees by telling its code.
    """

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    share_code = models.CharField(_("code for hotels"), max_length=12, unique=True, default=new_share_code)

    class Meta:
        ordering = ("name",)
        verbose_name = _("cleaning company")
        verbose_name_plural = _("cleaning companies")

    def __str__(self) -> str:
        return self.name


class CompanyMember(models.Model):
    """A user's role in a cleaning company."""

    company = models.ForeignKey(CleaningCompany, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cleaning_companies")
    role = models.CharField(_("role"), max_length=8, choices=CompanyRole.choices)

    class Meta:
        verbose_name = _("member of a cleaning company")
        verbose_name_plural = _("members of cleaning companies")
        constraints = (
            models.UniqueConstraint(fields=("company", "user"), name="company_member_once_per_user"),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class CompanyContract(HotelOwned):
    """A hotel that shares its cleaning with a company, as long as the row exists.

    Without ``properties`` all of the hotel's are shared. The company's planners see and assign the tasks there; its
    cleaners see what is assigned to them.
    """

    company = models.ForeignKey(CleaningCompany, models.CASCADE, related_name="contracts")
    properties = models.ManyToManyField(
        Property,
        verbose_name=_("properties"),
        related_name="+",
        blank=True,
        help_text=_("None chosen: all of them."),
    )
    #: Some houses only were chosen: it stays so when the last of them is deleted.
    is_limited = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("shared with a cleaning company")
        verbose_name_plural = _("shared with cleaning companies")
        constraints = (
            models.UniqueConstraint(fields=("hotel", "company"), name="contract_once_per_hotel_and_company"),
        )

    def __str__(self) -> str:
        return f"{self.company}"


class CleaningTeamQuerySet(models.QuerySet["CleaningTeam"]):
    def for_hotel(self, hotel_id: int) -> CleaningTeamQuerySet:
        """The hotel's own teams and those of the companies it shares its cleaning with."""
        companies = CompanyContract.objects.filter(hotel_id=hotel_id).values("company_id")
        return self.filter(Q(hotel_id=hotel_id) | Q(company_id__in=companies))


class CleaningTeam(models.Model):
    """People who work together: what is assigned to the team, each of them sees and may do.

    A team is one hotel's or one company's.
    """

    hotel = models.ForeignKey(
        "reservations.Hotel", models.CASCADE, related_name="cleaning_teams", null=True, blank=True
    )
    company = models.ForeignKey(CleaningCompany, models.CASCADE, related_name="teams", null=True, blank=True)
    name = models.CharField(_("name"), max_length=60)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("people"), related_name="cleaning_teams", blank=True
    )

    objects = CleaningTeamQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = (
            models.CheckConstraint(
                condition=Q(hotel__isnull=True, company__isnull=False)
                | Q(hotel__isnull=False, company__isnull=True),
                name="team_of_a_hotel_or_a_company",
            ),
        )

    def __str__(self) -> str:
        return self.name


class CleanerArea(HotelOwned):
    """Where a person usually cleans. A person without a row cleans everywhere."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cleaning_areas")
    property = models.ForeignKey(Property, models.CASCADE, related_name="+")
    area = models.CharField(
        _("floor or area"), max_length=60, blank=True, help_text=_("Empty: the whole property.")
    )

    class Meta:
        ordering = ("property__name", "area", "pk")
        verbose_name = _("area of a person")
        verbose_name_plural = _("areas of people")
        constraints = (
            models.UniqueConstraint(fields=("user", "property", "area"), name="cleaner_area_once_per_person"),
        )

    def __str__(self) -> str:
        return f"{self.property} · {self.area or '—'}"


class WorkingHours(models.Model):
    """When a person works on a weekday (0 is Monday), in the local time of the house. No row: not at all.

    A person without any row has not been asked yet and counts as working in the hours of the house.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), validators=[MaxValueValidator(6)])
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("until"))

    class Meta:
        ordering = ("user", "weekday")
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints = (
            models.UniqueConstraint(fields=("user", "weekday"), name="working_hours_once_per_weekday"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="working_hours_end_after_they_start"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.weekday}"


class DayOff(models.Model):
    """Days on which a person does not work; ``last`` is the first day back (half-open)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="days_off")
    first = models.DateField(_("from"))
    last = models.DateField(_("until"), help_text=_("The first day back at work."))
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        ordering = ("first", "pk")
        verbose_name = _("days off")
        verbose_name_plural = _("days off")
        constraints = (
            models.CheckConstraint(condition=Q(last__gt=F("first")), name="days_off_end_after_they_start"),
        )

    def __str__(self) -> str:
        return f"{self.user} · {date_text(self.first)}"
