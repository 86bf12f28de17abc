"""What each house had as one row of rules becomes its hours and a rule per kind."""

from django.db import migrations

_KINDS = (
    ("departure", "departure_minutes", {}),
    ("stay_over", "stay_over_minutes", {"every_days": "stay_over_every_days"}),
    ("arrival_check", "arrival_check_minutes", {"after_empty_days": "arrival_check_after_empty_days"}),
)


def spread(apps, schema_editor):
    old_rules = apps.get_model("cleaning", "CleaningRules")
    hours = apps.get_model("cleaning", "CleaningHours")
    rules = apps.get_model("cleaning", "CleaningRule")
    for old in old_rules.objects.order_by("pk"):
        hours.objects.create(
            hotel_id=old.hotel_id,
            property_id=old.property_id,
            starts_at=old.day_starts_at,
            ends_at=old.day_ends_at,
        )
        for kind, minutes, further in _KINDS:
            rules.objects.create(
                hotel_id=old.hotel_id,
                property_id=old.property_id,
                kind=kind,
                minutes=getattr(old, minutes),
                **{name: getattr(old, column) for name, column in further.items()},
            )


class Migration(migrations.Migration):
    dependencies = [("cleaning", "0002_cleaning_plan")]

    operations = [
        migrations.RunPython(spread, migrations.RunPython.noop),
        migrations.DeleteModel(name="CleaningRules"),
    ]
