"""What programmes promise, who decides, and who sees what."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("vouchers", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ProgrammeFunding",
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
                    ("reference", models.CharField(max_length=80)),
                    ("amount_minor", models.BigIntegerField()),
                    ("transfer_id", models.UUIDField(unique=True)),
                    ("funded_at", models.DateTimeField()),
                    (
                        "confirmed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "funded_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="fundings",
                            to="vouchers.programme",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("confirmed_by__isnull", True),
                                models.Q(("confirmed_by", models.F("funded_by")), _negated=True),
                                _connector="OR",
                            ),
                            name="programme_funding_confirmed_by_another",
                        ),
                        models.UniqueConstraint(
                            fields=("programme", "reference"), name="programme_funding_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("amount_minor__gt", 0)),
                            name="programme_funding_is_positive",
                        ),
                    ]
                },
            ),
            *functions("marketplace.vouchers", "vouchers_decide_once"),
            script("marketplace.vouchers", "triggers.sql", reverse="triggers_gone.sql"),
            # Programmes are public; an application and a voucher concern their organisation alone.
            protect("vouchers_programme", visible="true", writable=IS_PLATFORM),
            protect("vouchers_programmeversion", visible="true", writable=IS_PLATFORM),
            protect("vouchers_programmefunding", visible="true", writable=IS_PLATFORM),
            protect("vouchers_voucher", visible=owned_by("holder_id"), writable=IS_PLATFORM),
            # An applicant applies, and decides nothing.
            protect("vouchers_application", visible=owned_by("applicant_id"), writable=IS_PLATFORM),
            script("marketplace.vouchers", "applicants.sql"),
            script("marketplace.vouchers", "grants.sql"),
        ]
    )
