"""A filled demand waits again once nothing of what served it was delivered."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, new_version, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0017_community_capacity"),
        ("demands", "0002_who_posted"),
        ("fulfilment", "0007_what_jobs_leave"),
        ("orders", "0020_community_capacity"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="posteddemand",
                name="reopened_count",
                field=models.PositiveSmallIntegerField(
                    db_default=0,
                    default=0,
                    help_text="how often what filled it was not delivered",
                ),
            ),
            migrations.CreateModel(
                name="DemandReopening",
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
                    ("sequence", models.PositiveSmallIntegerField()),
                    (
                        "option",
                        models.PositiveSmallIntegerField(
                            help_text="the alternative that had been filled"
                        ),
                    ),
                    (
                        "reason",
                        models.CharField(help_text="why nothing was delivered", max_length=24),
                    ),
                    ("reopened_at", models.DateTimeField()),
                    (
                        "demand",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reopenings",
                            to="demands.posteddemand",
                        ),
                    ),
                    (
                        "listing",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                    (
                        "order",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="orders.order",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("demand", "sequence"), name="demand_reopening_sequence_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("reason", ""), _negated=True),
                            name="demand_reopening_has_reason",
                        ),
                    ],
                },
            ),
            *functions("marketplace.demands", "demands_reopening_belongs"),
            new_version("marketplace.demands", "demands_demand_keeps", version=2),
            row_trigger(
                "demands_demandreopening",
                "reopening_belongs",
                when="BEFORE INSERT",
                function="demands_reopening_belongs",
            ),
            append_only("demands_demandreopening"),
            protect("demands_demandreopening", visible=owned_by("buyer_id"), writable=IS_PLATFORM),
        ]
    )
