"""Legal holds, and who saw whose data."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, new_version, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("common", "0001_initial"),
        ("files", "0001_initial"),
        ("identity", "0010_storage_and_networks"),
        ("notices", "0001_initial"),
        ("webhooks", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="SeenRecord",
                fields=[
                    ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                    (
                        "person_id",
                        models.BigIntegerField(help_text="whom it is about, if anybody", null=True),
                    ),
                    ("reader_id", models.BigIntegerField()),
                    ("api_key_id", models.UUIDField(null=True)),
                    ("object_kind", models.CharField(max_length=32)),
                    ("object_id", models.CharField(max_length=64)),
                    ("page", models.CharField(help_text="the name of the address", max_length=100)),
                    ("request_id", models.CharField(max_length=64)),
                    ("seen_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "privacy_seen",
                    "managed": False,
                },
            ),
            migrations.CreateModel(
                name="LegalHold",
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
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("ORGANIZATION", "Everything of an organisation"),
                                ("PERSON", "A person"),
                                ("FILE", "A file"),
                                ("METER", "The readings of a meter"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("object_id", models.CharField(max_length=64)),
                    ("object_label", models.CharField(blank=True, max_length=200)),
                    ("reason", models.CharField(max_length=500)),
                    ("placed_at", models.DateTimeField()),
                    ("lifted_at", models.DateTimeField(null=True)),
                    ("lift_reason", models.CharField(blank=True, max_length=500)),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "lift_agreed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "lift_proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "lifted_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "placed_by",
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
                ],
                options={
                    "db_table": "privacy_hold",
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("reason", ""), _negated=True),
                                models.Q(("object_id", ""), _negated=True),
                            ),
                            name="hold_has_a_reason",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("lift_agreed_by", None),
                                    ("lift_proposal", None),
                                    ("lift_reason", ""),
                                    ("lifted_at", None),
                                    ("lifted_by", None),
                                ),
                                models.Q(
                                    ("lift_agreed_by__isnull", False),
                                    ("lift_proposal__isnull", False),
                                    ("lifted_at__gte", models.F("placed_at")),
                                    ("lifted_by__isnull", False),
                                    models.Q(("lift_reason", ""), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="hold_lifted_by_two",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("lifted_at", None)),
                            fields=("kind", "object_id"),
                            name="object_held_once",
                        ),
                    ],
                },
            ),
            *functions(
                "identity.privacy",
                "privacy_is_held",
                "privacy_refuse_held",
                "privacy_hold_as_agreed",
                "privacy_month_begins",
                "privacy_add_month",
                "privacy_make_months",
                "privacy_drop_months",
            ),
            script("identity.privacy", "seen.sql", reverse="seen_gone.sql"),
            protect("privacy_hold", visible=IS_PLATFORM),
            protect("privacy_seen", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            script("identity.privacy", "holds.sql", reverse="holds_gone.sql"),
            new_version("identity.webhooks", "webhooks_forget", version=2),
        ]
    )
