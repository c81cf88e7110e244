"""An organisation reads the proposals that its own people decide about."""

from django.db import migrations

from common.rls import IS_PLATFORM, owned_by
from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.RunSQL(
                f"ALTER POLICY approvals_proposal_read ON approvals_proposal"
                f" USING ({owned_by('desk_id')})",
                f"ALTER POLICY approvals_proposal_read ON approvals_proposal USING ({IS_PLATFORM})",
            ),
        ]
    )
