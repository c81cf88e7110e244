"""What is expected of another node may be withdrawn; moves are borne out by newer keys."""

from django.db import migrations, models

from common.sql_files import Function, bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0013_texts_are_renewed"),
        ("peering", "0003_codes_move"),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(model_name="expectedmove", name="expected_once"),
            migrations.AddField(
                model_name="expectedmove",
                name="withdrawn_at",
                field=models.DateTimeField(null=True),
            ),
            migrations.AlterField(
                model_name="expectedmove",
                name="countersigned_at",
                field=models.DateTimeField(help_text="first; it stays", null=True),
            ),
            migrations.AddConstraint(
                model_name="expectedmove",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("withdrawn_at__isnull", True)),
                    fields=("from_code", "to_code"),
                    name="expected_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="expectedmove",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("withdrawn_at__isnull", True),
                        models.Q(("countersigned_at__isnull", True), ("line", ""), ("text", "")),
                        _connector="OR",
                    ),
                    name="expected_withdrawn_unsigned",
                ),
            ),
            Function("gateway.peering", "peering_expected_keeps", version=2),
            Function("gateway.peering", "peering_move_keeps", version=2),
            Function("gateway.peering", "peering_queue_statements", version=2),
            Function("gateway.peering", "peering_queue_all", version=2),
            *functions("gateway.peering", "peering_note_renewals"),
            script("gateway.peering", "moves_end.sql", reverse="moves_end_gone.sql"),
        ]
    )
