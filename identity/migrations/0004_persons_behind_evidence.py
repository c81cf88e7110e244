"""Evidence names the person who attested it, and nobody attests an organisation of their own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.sql_files import function, row_trigger


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0003_wall_between_tenants'),
    ]

    operations = [
        function('identity', 'identity_belongs', arguments='bigint, uuid'),
        function('identity', 'identity_hold_role', arguments='bigint, uuid, text'),
        function('identity', 'identity_require_outsider'),
        function('identity', 'identity_keep_facts'),
        migrations.AddField(
            model_name='smecertificate',
            name='issued_by_person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='smecertificate',
            name='revoked_by_person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='smecertificate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_by_person__isnull', True)), models.Q(('revoked_at__isnull', False), ('revoked_by_person__isnull', False)), _connector='OR'), name='sme_certificate_is_revoked_by_somebody'),
        ),
        row_trigger(
            "identity_smecertificate",
            "sme_certificate_by_an_outsider",
            when="BEFORE INSERT",
            function="identity_require_outsider",
            arguments=("issued_by_person_id", "organization_id"),
        ),
        row_trigger(
            "identity_smecertificate",
            "sme_certificate_stays",
            when="BEFORE UPDATE",
            function="identity_keep_facts",
            arguments=("revoked_at", "revoked_by_person_id"),
        ),
    ]
