"""Long contracts hold their cash in instalments: one for the next period, held before it begins."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0015_long_orders_hold_in_parts"),
        ("settlement", "0008_caps_get_back"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ContractInstalment",
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
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    ("part", models.PositiveSmallIntegerField()),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("amount_minor", models.BigIntegerField()),
                    (
                        "due_at",
                        models.DateTimeField(
                            help_text="when it is held; none for the first", null=True
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PLANNED", "To come"),
                                ("LATE", "Not held yet"),
                                ("HELD", "Held"),
                                ("LAPSED", "Never held"),
                                ("VOID", "No longer needed"),
                            ],
                            max_length=7,
                        ),
                    ),
                    (
                        "next_at",
                        models.DateTimeField(help_text="when it is looked at next", null=True),
                    ),
                    (
                        "refusal_code",
                        models.CharField(
                            blank=True, help_text="why it is not held yet", max_length=40
                        ),
                    ),
                    (
                        "decided_at",
                        models.DateTimeField(help_text="when it was held, or given up", null=True),
                    ),
                ],
            ),
            migrations.AddField(
                model_name="contract",
                name="instalment_rule",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="by which its cash is held in parts; empty where it was held at once",
                    max_length=20,
                ),
            ),
            migrations.AddField(
                model_name="contractfunds",
                name="agreed_minor",
                field=models.BigIntegerField(
                    help_text="of instalments, what they come to; none where it is held at once",
                    null=True,
                ),
            ),
            migrations.AddConstraint(
                model_name="contractfunds",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("agreed_minor__isnull", True),
                        models.Q(
                            ("agreed_minor__gte", models.F("held_minor")),
                            ("voucher_id__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="funds_hold_no_more_than_agreed",
                ),
            ),
            migrations.AddField(
                model_name="contractinstalment",
                name="contract",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="instalments",
                    to="settlement.contract",
                ),
            ),
            migrations.AddIndex(
                model_name="contractinstalment",
                index=models.Index(
                    condition=models.Q(("state__in", ("PLANNED", "LATE"))),
                    fields=["next_at", "id"],
                    name="instalment_due",
                ),
            ),
            migrations.AddIndex(
                model_name="contractinstalment",
                index=models.Index(
                    condition=models.Q(("state__in", ("PLANNED", "LATE"))),
                    fields=["buyer_id", "due_at"],
                    name="instalment_of_buyer",
                ),
            ),
            migrations.AddConstraint(
                model_name="contractinstalment",
                constraint=models.UniqueConstraint(
                    fields=("contract", "part"), name="instalment_part_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="contractinstalment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["PLANNED", "LATE", "HELD", "LAPSED", "VOID"])
                    ),
                    name="instalment_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="contractinstalment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__gt", 0),
                        ("ends_at__gt", models.F("starts_at")),
                        ("part__gt", 0),
                    ),
                    name="instalment_is_an_amount_for_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="contractinstalment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("due_at__isnull", False),
                            ("next_at__isnull", False),
                            ("state__in", ("PLANNED", "LATE")),
                        ),
                        models.Q(
                            models.Q(("state__in", ("PLANNED", "LATE")), _negated=True),
                            ("next_at__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="instalment_is_due_or_decided",
                ),
            ),
            *functions(
                "marketplace.settlement",
                "settlement_instalment_keeps",
                "settlement_funds_hold_instalments",
            ),
            script("marketplace.settlement", "instalments.sql", reverse="instalments_gone.sql"),
            protect(
                "settlement_contractinstalment",
                visible=owned_by("buyer_id", "provider_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
