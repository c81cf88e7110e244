"""What is granted afterwards counts against the caps of its programme."""

import django.db.models.deletion
from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0007_certificates_by_their_end"),
        ("vouchers", "0012_control"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ReimbursedAmount",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            editable=False,
                            help_text="of the request",
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("entity_year", models.PositiveSmallIntegerField()),
                    (
                        "quarter",
                        models.PositiveSmallIntegerField(
                            help_text="of the year in which it was granted"
                        ),
                    ),
                    ("asked_at", models.DateTimeField()),
                    ("amount_minor", models.BigIntegerField()),
                    (
                        "counted_minor",
                        models.BigIntegerField(help_text="nothing once it was given back"),
                    ),
                    (
                        "holder",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "issuer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.programme",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="reimbursedamount",
                index=models.Index(
                    fields=["holder", "entity_year", "programme"], name="reimbursed_by_entity_year"
                ),
            ),
            migrations.AddIndex(
                model_name="reimbursedamount",
                index=models.Index(
                    fields=["programme", "entity_year", "quarter"], name="reimbursed_by_period"
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursedamount",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__gt", 0),
                        models.Q(
                            ("counted_minor", 0),
                            ("counted_minor", models.F("amount_minor")),
                            _connector="OR",
                        ),
                    ),
                    name="reimbursed_counts_whole_or_not",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursedamount",
                constraint=models.CheckConstraint(
                    condition=models.Q(("quarter__range", (1, 4))),
                    name="reimbursed_quarter_is_one",
                ),
            ),
            script("marketplace.vouchers", "reimbursed.sql", reverse="reimbursed_gone.sql"),
            protect(
                "vouchers_reimbursedamount",
                visible=owned_by("holder_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
