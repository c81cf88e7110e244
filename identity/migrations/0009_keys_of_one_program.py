"""An agent's later keys name its first, and a replaced key may end later."""

import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0008_hardware_serials"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="meteringagent",
                name="ends_at",
                field=models.DateTimeField(
                    blank=True,
                    help_text="until when a replaced key is good beside the new one",
                    null=True,
                ),
            ),
            migrations.AddField(
                model_name="meteringagent",
                name="first",
                field=models.ForeignKey(
                    blank=True,
                    help_text="the first key of the same program, if this is a later one",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.meteringagent",
                ),
            ),
            migrations.AddConstraint(
                model_name="meteringagent",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("first__isnull", True),
                        models.Q(("first", models.F("id")), _negated=True),
                        _connector="OR",
                    ),
                    name="agent_first_is_another",
                ),
            ),
            migrations.RunSQL(
                sql="GRANT UPDATE (ends_at) ON identity_meteringagent TO suanpan_app;",
                reverse_sql="REVOKE UPDATE (ends_at) ON identity_meteringagent FROM suanpan_app;",
            ),
        ]
    )
