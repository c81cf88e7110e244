"""Quotes are kept for a week at most, and shown by links that end."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0008_price_groups"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="QuoteLink",
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
                    ("link_hash", models.CharField(max_length=64, unique=True)),
                    ("issued_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("revoked_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.AddConstraint(
                model_name="quote",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "valid_until__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("quoted_at"), "+", models.Value(datetime.timedelta(days=7))
                            ),
                        )
                    ),
                    name="quote_is_valid_for_a_week",
                ),
            ),
            migrations.AddField(
                model_name="quotelink",
                name="buyer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="quotelink",
                name="quote",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="links",
                    to="pricing.quote",
                ),
            ),
            migrations.AddConstraint(
                model_name="quotelink",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("expires_at__gt", models.F("issued_at")),
                        (
                            "expires_at__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("issued_at"),
                                "+",
                                models.Value(datetime.timedelta(days=30)),
                            ),
                        ),
                    ),
                    name="quote_link_ends",
                ),
            ),
            migrations.AddConstraint(
                model_name="quotelink",
                constraint=models.CheckConstraint(
                    condition=models.Q(("link_hash__regex", "^[0-9a-f]{64}$")),
                    name="quote_link_keeps_a_hash",
                ),
            ),
            protect("pricing_quotelink", visible=owned_by("buyer_id")),
            migrations.RunSQL(
                sql="REVOKE DELETE ON pricing_quotelink FROM suanpan_app;",
                reverse_sql=migrations.RunSQL.noop,
            ),
            *functions(
                "pricing", "pricing_shared_quote", "pricing_quote_proof", "pricing_link_stays"
            ),
            row_trigger(
                "pricing_quotelink",
                "quote_link_stays",
                when="BEFORE UPDATE",
                function="pricing_link_stays",
            ),
        ]
    )
