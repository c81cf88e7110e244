"""Cases rest on what rooms below found, too."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("assurance", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="CaseFact",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("kind", models.CharField(max_length=32)),
                    ("reference", models.CharField(max_length=64)),
                    ("label", models.CharField(max_length=80)),
                    ("facts", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("found_at", models.DateTimeField()),
                ],
            ),
            migrations.RemoveConstraint(
                model_name="surveillancerule",
                name="surveillance_pattern_known",
            ),
            migrations.AlterField(
                model_name="case",
                name="pattern",
                field=models.CharField(
                    choices=[
                        ("wash_trades", "Trades to and fro"),
                        ("voucher_churn", "Vouchers held and given back"),
                        ("cancel_burst", "Burst of cancellations"),
                        ("price_ring", "Ring of trades"),
                        ("paper_compute", "Use that its power does not bear"),
                        ("challenge_failed", "Challenges missed or below"),
                    ],
                    max_length=20,
                ),
            ),
            migrations.AlterField(
                model_name="surveillancerule",
                name="pattern",
                field=models.CharField(
                    choices=[
                        ("wash_trades", "Trades to and fro"),
                        ("voucher_churn", "Vouchers held and given back"),
                        ("cancel_burst", "Burst of cancellations"),
                        ("price_ring", "Ring of trades"),
                        ("paper_compute", "Use that its power does not bear"),
                        ("challenge_failed", "Challenges missed or below"),
                    ],
                    max_length=20,
                ),
            ),
            migrations.AddConstraint(
                model_name="surveillancerule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "pattern__in",
                            [
                                "wash_trades",
                                "voucher_churn",
                                "cancel_burst",
                                "price_ring",
                                "paper_compute",
                                "challenge_failed",
                            ],
                        )
                    ),
                    name="surveillance_pattern_known",
                ),
            ),
            migrations.AddField(
                model_name="casefact",
                name="case",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="known_facts",
                    to="assurance.case",
                ),
            ),
            migrations.AddConstraint(
                model_name="casefact",
                constraint=models.UniqueConstraint(
                    fields=("case", "kind", "reference"), name="case_fact_once"
                ),
            ),
            append_only("assurance_casefact"),
            protect("assurance_casefact", visible=IS_PLATFORM),
            script(
                "marketplace.assurance",
                "findings_from_below.sql",
                reverse="findings_from_below_gone.sql",
            ),
        ]
    )
