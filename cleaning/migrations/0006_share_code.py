from django.db import migrations, models

import cleaning.models.people


def give_codes(apps, schema_editor):
    """A default is worked out once for all rows, and each company needs a code of its own."""
    for company in apps.get_model('cleaning', 'CleaningCompany').objects.all():
        company.share_code = cleaning.models.people.new_share_code()
        company.save(update_fields=['share_code'])


class Migration(migrations.Migration):

    dependencies = [
        ('cleaning', '0005_rooms_ready'),
    ]

    operations = [
        migrations.AddField(
            model_name='cleaningcompany',
            name='share_code',
            field=models.CharField(default='', max_length=12, verbose_name='code for hotels'),
        ),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='cleaningcompany',
            name='share_code',
            field=models.CharField(default=cleaning.models.people.new_share_code, max_length=12, unique=True, verbose_name='code for hotels'),
        ),
    ]
