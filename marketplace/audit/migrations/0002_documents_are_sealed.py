"""Documents of every room are sealed by cursors, and exported."""

from django.db import migrations, models

from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("ledger", "0003_documents"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="SealedCursor",
                fields=[
                    (
                        "kind",
                        models.CharField(max_length=40, primary_key=True, serialize=False),
                    ),
                    ("transaction", models.BigIntegerField(default=0)),
                    ("last_id", models.UUIDField(null=True)),
                    ("documents", models.BigIntegerField(default=0)),
                    (
                        "unreadable",
                        models.BigIntegerField(
                            default=0, help_text="rows that could not be hashed"
                        ),
                    ),
                    ("moved_at", models.DateTimeField(null=True)),
                ],
            ),
            protect("audit_sealedcursor", visible=IS_PLATFORM),
            migrations.RunSQL(
                "REVOKE DELETE ON audit_sealedcursor FROM suanpan_app", migrations.RunSQL.noop
            ),
            migrations.AlterField(
                model_name="export",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("TRADES", "Trade records"),
                        ("CHARGES", "Charges"),
                        ("USAGE", "Usage records"),
                        ("CERTIFICATES", "Certificates"),
                        ("INDEX", "Index values"),
                        ("ROUNDS", "Clearing rounds"),
                        ("DECISIONS", "Decisions about windows"),
                        ("EVENTS", "Events"),
                        ("LEDGER", "Ledger transfers"),
                    ],
                    max_length=12,
                ),
            ),
        ]
    )
