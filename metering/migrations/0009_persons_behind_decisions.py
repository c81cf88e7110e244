"""Decisions and certificates name a person, who belongs to no provider that they judge."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.sql_files import row_trigger


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0004_persons_behind_evidence'),
        ('metering', '0008_windows_that_cannot_be_measured'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='capacitycertificate',
            name='verifier_person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='windowdecision',
            name='decided_by_person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        row_trigger(
            "metering_windowdecision",
            "window_decision_by_an_outsider",
            when="BEFORE INSERT",
            function="identity_require_outsider",
            arguments=("decided_by_person_id", "provider_id"),
        ),
        row_trigger(
            "metering_capacitycertificate",
            "capacity_certificate_by_an_outsider",
            when="BEFORE INSERT",
            function="identity_require_outsider",
            arguments=("verifier_person_id", "provider_id"),
        ),
    ]
