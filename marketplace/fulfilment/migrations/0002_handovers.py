"""Keys of buyers, requests for access, and what was handed over."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0001_initial"),
        ("identity", "0021_organizations_are_onboarded"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="HandoverRequest",
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
                    ("sequence", models.PositiveIntegerField()),
                    (
                        "sealing_key",
                        models.CharField(blank=True, db_default="", default="", max_length=64),
                    ),
                    (
                        "sealing_fingerprint",
                        models.CharField(blank=True, db_default="", default="", max_length=60),
                    ),
                    (
                        "ssh_keys",
                        models.JSONField(default=list, help_text="lines of authorized_keys"),
                    ),
                    ("asked_at", models.DateTimeField()),
                    (
                        "asked_by_id",
                        models.BigIntegerField(help_text="none where the market asked", null=True),
                    ),
                    (
                        "delivery",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="access_requests",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Handover",
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
                    ("sequence", models.PositiveIntegerField()),
                    (
                        "endpoint",
                        models.CharField(blank=True, db_default="", default="", max_length=300),
                    ),
                    ("has_secret", models.BooleanField()),
                    ("sealed", models.CharField(max_length=22000, null=True)),
                    (
                        "sealed_digest",
                        models.CharField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="SHA-256 of what was sealed",
                            max_length=64,
                        ),
                    ),
                    ("handed_at", models.DateTimeField()),
                    (
                        "handed_by_id",
                        models.BigIntegerField(
                            help_text="the person; none for a program", null=True
                        ),
                    ),
                    ("taken_at", models.DateTimeField(null=True)),
                    ("taken_by_id", models.BigIntegerField(null=True)),
                    (
                        "erase_at",
                        models.DateTimeField(
                            help_text="when a taken secret is held no longer", null=True
                        ),
                    ),
                    ("erased_at", models.DateTimeField(null=True)),
                    (
                        "erased_because",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "It is still held"),
                                ("TAKEN", "It was taken"),
                                ("REPLACED", "Another one took its place"),
                                ("OVER", "The delivery is over"),
                            ],
                            db_default="",
                            default="",
                            max_length=8,
                        ),
                    ),
                    (
                        "delivery",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="handovers",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                    (
                        "request",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="fulfilment.handoverrequest",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="HandoverKey",
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
                                ("SSH", "SSH key: it is let in"),
                                ("SEAL", "Sealing key: secrets are encrypted to it"),
                            ],
                            max_length=4,
                        ),
                    ),
                    ("name", models.CharField(max_length=60)),
                    ("public_key", models.CharField(max_length=2000)),
                    ("fingerprint", models.CharField(max_length=60)),
                    ("added_at", models.DateTimeField()),
                    (
                        "added_by_id",
                        models.BigIntegerField(
                            help_text="the person; none for a program", null=True
                        ),
                    ),
                    ("withdrawn_at", models.DateTimeField(null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organization", "-added_at", "-id"],
                            name="handover_key_of_owner",
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["SSH", "SEAL"])),
                            name="handover_key_kind_known",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("withdrawn_at__isnull", True)),
                            fields=("organization", "fingerprint"),
                            name="handover_key_once",
                        ),
                    ],
                },
            ),
            migrations.AddConstraint(
                model_name="handoverrequest",
                constraint=models.UniqueConstraint(
                    fields=("delivery", "sequence"), name="handover_request_sequence_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="handoverrequest",
                constraint=models.CheckConstraint(
                    condition=models.Q(("sealing_key", ""), ("ssh_keys", []), _negated=True),
                    name="handover_request_names_a_key",
                ),
            ),
            migrations.AddIndex(
                model_name="handover",
                index=models.Index(
                    condition=models.Q(("erase_at__isnull", False), ("sealed__isnull", False)),
                    fields=["erase_at", "id"],
                    name="handover_to_erase",
                ),
            ),
            migrations.AddConstraint(
                model_name="handover",
                constraint=models.UniqueConstraint(
                    fields=("delivery", "sequence"), name="handover_sequence_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="handover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("has_secret", True),
                        models.Q(("endpoint", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="handover_is_not_empty",
                ),
            ),
            migrations.AddConstraint(
                model_name="handover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("sealed__isnull", True),
                            models.Q(
                                models.Q(("erased_at__isnull", True), ("has_secret", False)),
                                ("erased_at__isnull", False),
                                _connector="OR",
                            ),
                        ),
                        models.Q(
                            ("erased_at__isnull", True),
                            ("has_secret", True),
                            ("sealed__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="handover_secret_is_held_or_erased",
                ),
            ),
            migrations.AddConstraint(
                model_name="handover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("erased_at__isnull", True), ("erased_because", "")),
                        models.Q(
                            ("erased_at__isnull", False),
                            models.Q(("erased_because", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="handover_erased_because",
                ),
            ),
            *functions(
                "marketplace.fulfilment",
                "fulfilment_handover_keeps",
                "fulfilment_handover_key_keeps",
            ),
            row_trigger(
                "fulfilment_handover",
                "handover_stays_as_said",
                when="BEFORE UPDATE",
                function="fulfilment_handover_keeps",
            ),
            row_trigger(
                "fulfilment_handoverkey",
                "handover_key_stays",
                when="BEFORE UPDATE",
                function="fulfilment_handover_key_keeps",
            ),
            append_only("fulfilment_handoverrequest"),
            migrations.RunSQL(
                "REVOKE DELETE ON fulfilment_handover, fulfilment_handoverkey FROM suanpan_app",
                "GRANT DELETE ON fulfilment_handover, fulfilment_handoverkey TO suanpan_app",
            ),
            protect(
                "fulfilment_handoverkey", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
            *(
                protect(table, visible=owned_by("buyer_id", "provider_id"), writable=IS_PLATFORM)
                for table in ("fulfilment_handover", "fulfilment_handoverrequest")
            ),
        ]
    )
