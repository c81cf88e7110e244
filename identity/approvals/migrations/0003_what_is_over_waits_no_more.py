"""What was proposed falls away where what it was about is over."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="proposal",
                name="proposal_state_known",
            ),
            migrations.RemoveConstraint(
                model_name="proposal",
                name="proposal_decision_is_whole",
            ),
            migrations.AlterField(
                model_name="proposal",
                name="state",
                field=models.CharField(
                    choices=[
                        ("PROPOSED", "Waits for a second person"),
                        ("APPROVED", "Approved"),
                        ("REFUSED", "Refused"),
                        ("WITHDRAWN", "Withdrawn"),
                        ("EXPIRED", "Expired"),
                        ("VOID", "Fell away"),
                    ],
                    default="PROPOSED",
                    max_length=9,
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            ["PROPOSED", "APPROVED", "REFUSED", "WITHDRAWN", "EXPIRED", "VOID"],
                        )
                    ),
                    name="proposal_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="proposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            models.Q(("state", "PROPOSED")),
                            ("decided_at", None),
                            ("decided_by", None),
                            ("decided_for", None),
                        ),
                        models.Q(
                            ("decided_at__gte", models.F("expires_at")),
                            ("decided_by", None),
                            ("decided_for", None),
                            ("state", "EXPIRED"),
                        ),
                        models.Q(
                            ("decided_at__gte", models.F("proposed_at")),
                            ("decided_by", None),
                            ("decided_for", None),
                            ("state", "VOID"),
                        ),
                        models.Q(
                            models.Q(("state", "PROPOSED"), _negated=True),
                            models.Q(("state__in", ["EXPIRED", "VOID"]), _negated=True),
                            ("decided_at__isnull", False),
                            ("decided_by__isnull", False),
                            ("decided_for__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="proposal_decision_is_whole",
                ),
            ),
        ]
    )
