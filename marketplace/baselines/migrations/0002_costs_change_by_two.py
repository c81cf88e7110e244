"""Inputs of costs are data: announced, agreed on by two, a day before they hold."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("baselines", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="CostVersion",
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
                    ("number", models.PositiveIntegerField(unique=True)),
                    ("content", models.JSONField(help_text="inputs of all units, and of each")),
                    (
                        "changes",
                        models.JSONField(
                            help_text="the inputs that differ from the version before"
                        ),
                    ),
                    ("reason", models.CharField(max_length=500)),
                    ("announced_at", models.DateTimeField()),
                    ("valid_from", models.DateTimeField()),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "proposed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("number__gte", 2)), name="costs_follow_the_first"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "valid_from__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("announced_at"),
                                        "+",
                                        models.Value(datetime.timedelta(days=1)),
                                    ),
                                )
                            ),
                            name="costs_have_notice",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("reason__gt", "")), name="costs_say_why"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("changes", []), _negated=True), name="costs_change"
                        ),
                    ],
                },
            ),
            *functions("marketplace.baselines", "baselines_costs_as_agreed"),
            row_trigger(
                "baselines_costversion",
                "costs_as_agreed",
                when="BEFORE INSERT",
                function="baselines_costs_as_agreed",
            ),
            append_only("baselines_costversion"),
            # Everybody reads what hours cost to make.
            protect("baselines_costversion", visible="true", writable=IS_PLATFORM),
        ]
    )
