"""Books can be halted; what stays halted is what two people agreed on."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models
from django.db.migrations import RunSQL

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("catalog", "0002_walls"),
        ("orders", "0006_lists_are_sorted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="BookHalt",
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
                    ("reason", models.CharField(max_length=500)),
                    ("since", models.DateTimeField()),
                    (
                        "until",
                        models.DateTimeField(
                            help_text="of one person's halt; it ends by itself", null=True
                        ),
                    ),
                    (
                        "ended_at",
                        models.DateTimeField(
                            help_text="when it was resumed, or made longer", null=True
                        ),
                    ),
                    ("end_reason", models.CharField(blank=True, max_length=500)),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "book",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.book",
                        ),
                    ),
                    (
                        "halted_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "resume_agreed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "resume_proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "resumed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["book", "-id"], name="halt_of_book"),
                        models.Index(
                            condition=models.Q(("ended_at", None)),
                            fields=["book"],
                            name="halt_open",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("reason", ""), _negated=True),
                            name="halt_has_a_reason",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("agreed_by__isnull", False),
                                    ("proposal__isnull", False),
                                    ("until__isnull", True),
                                ),
                                models.Q(
                                    ("agreed_by", None),
                                    ("proposal", None),
                                    ("until__gt", models.F("since")),
                                    (
                                        "until__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("since"),
                                            "+",
                                            models.Value(datetime.timedelta(seconds=3600)),
                                        ),
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="halt_of_one_is_short",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("resume_agreed_by", None),
                                    ("resume_proposal", None),
                                    ("resumed_by", None),
                                ),
                                models.Q(
                                    ("ended_at__isnull", False),
                                    ("resume_agreed_by__isnull", False),
                                    ("resume_proposal__isnull", False),
                                    ("resumed_by__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="halt_resumed_by_two",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("ended_at", None), ("until", None)),
                            fields=("book",),
                            name="book_halted_once",
                        ),
                    ],
                },
            ),
            *functions("marketplace.orders", "orders_halt_as_agreed", "orders_halt_keeps"),
            row_trigger(
                "orders_bookhalt",
                "halt_as_agreed",
                when="BEFORE INSERT OR UPDATE",
                function="orders_halt_as_agreed",
            ),
            row_trigger(
                "orders_bookhalt", "halt_keeps", when="BEFORE UPDATE", function="orders_halt_keeps"
            ),
            row_trigger(
                "orders_bookhalt",
                "halt_stays",
                when="BEFORE DELETE",
                function="suanpan_refuse_change",
            ),
            # Everybody who trades may read why a book is halted.
            protect("orders_bookhalt", visible="true", writable=IS_PLATFORM),
            RunSQL(
                "REVOKE DELETE ON orders_bookhalt FROM suanpan_app",
                "GRANT DELETE ON orders_bookhalt TO suanpan_app",
            ),
        ]
    )
