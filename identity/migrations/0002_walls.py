"""Keys, evidence and ties; who sees and writes what, and what opens accounts apart from the rest."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script

IS_SIGN_IN = "(SELECT suanpan_is_sign_in())"


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("identity", "0001_initial"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="IdempotencyRecord",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("key", models.CharField(max_length=255)),
                    ("request_hash", models.CharField(max_length=64)),
                    ("status", models.PositiveSmallIntegerField()),
                    ("body", models.TextField()),
                    ("created_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["created_at"], name="idempotency_by_age")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organization", "key"), name="idempotency_key_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ApiKey",
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
                    ("name", models.CharField(max_length=80)),
                    (
                        "prefix",
                        models.CharField(
                            help_text="shown in lists, to tell keys apart", max_length=16
                        ),
                    ),
                    (
                        "secret_hash",
                        models.CharField(
                            help_text="SHA-256, hexadecimal", max_length=64, unique=True
                        ),
                    ),
                    (
                        "roles",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(
                                choices=[
                                    ("PROVIDER", "Provider"),
                                    ("BUYER", "Buyer"),
                                    ("AUDITOR", "Auditor"),
                                    ("OPERATOR", "Operator"),
                                    ("ISSUER", "Voucher issuer"),
                                    ("FINANCE", "Finance"),
                                ],
                                max_length=10,
                            ),
                            size=None,
                        ),
                    ),
                    (
                        "scopes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=60), size=None
                        ),
                    ),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    ("expires_at", models.DateTimeField()),
                    ("revoked_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "created_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="api_keys",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("secret_hash__regex", "^[0-9a-f]{64}$")),
                            name="api_key_is_hashed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("roles__len__gt", 0), ("scopes__len__gt", 0)),
                            name="api_key_is_bounded",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="OrganizationTie",
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
                            choices=[("CONTROL", "Control"), ("SHARE", "Shareholding")],
                            max_length=8,
                        ),
                    ),
                    (
                        "share",
                        models.DecimalField(
                            decimal_places=8,
                            help_text="of the whole: 0.25 is a quarter",
                            max_digits=9,
                            null=True,
                        ),
                    ),
                    ("valid_from", models.DateField()),
                    (
                        "valid_to",
                        models.DateField(help_text="exclusive; empty while it lasts", null=True),
                    ),
                    (
                        "source",
                        models.CharField(help_text="where it is known from", max_length=200),
                    ),
                    ("recorded_at", models.DateTimeField()),
                    (
                        "ended_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "held",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
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
                        "recorded_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["valid_from", "valid_to"], name="tie_by_time")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("holder", models.F("held")), _negated=True),
                            name="tie_is_to_another",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("kind", "CONTROL"),
                                models.Q(("kind", "SHARE"), ("share__isnull", False)),
                                _connector="OR",
                            ),
                            name="tie_share_is_said",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("share__isnull", True),
                                models.Q(("share__gt", 0), ("share__lte", 1)),
                                _connector="OR",
                            ),
                            name="tie_share_is_a_part",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("valid_to__isnull", True),
                                ("valid_to__gt", models.F("valid_from")),
                                _connector="OR",
                            ),
                            name="tie_ends_after_start",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("valid_to__isnull", True)),
                            fields=("holder", "held", "kind"),
                            name="tie_lasts_once",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SmeCertificate",
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
                                ("SME", "Small or medium enterprise"),
                                ("TECHNOLOGY_SME", "Technology SME"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("number", models.CharField(max_length=40, unique=True)),
                    ("valid_from", models.DateField()),
                    ("valid_to", models.DateField(help_text="exclusive")),
                    ("staff_count", models.PositiveIntegerField()),
                    ("revenue_minor", models.BigIntegerField()),
                    ("assets_minor", models.BigIntegerField()),
                    ("score", models.PositiveSmallIntegerField(blank=True, null=True)),
                    ("staff_score", models.PositiveSmallIntegerField(blank=True, null=True)),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    ("revoked_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "issued_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "issued_by_person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="sme_certificates",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "revoked_by_person",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("revoked_at__isnull", True),
                                    ("revoked_by_person__isnull", True),
                                ),
                                models.Q(
                                    ("revoked_at__isnull", False),
                                    ("revoked_by_person__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="sme_certificate_is_revoked_by_somebody",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("valid_to__gt", models.F("valid_from"))),
                            name="sme_certificate_period",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("revenue_minor__gte", 0), ("assets_minor__gte", 0)),
                            name="sme_certificate_figures",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("organization", models.F("issued_by")), _negated=True
                            ),
                            name="sme_certificate_by_another",
                        ),
                    ],
                },
            ),
            script("identity", "tables.sql", reverse="tables_gone.sql"),
            *functions(
                "identity",
                "identity_password",
                "identity_has_second_factor",
                "identity_take_turn",
                "identity_key_owner",
            ),
            script("identity", "triggers.sql", reverse="triggers_gone.sql"),
            # Public registers: names of legal entities, resources, profiles. Only their owner, or the
            # platform, may write.
            protect("identity_organization", visible="true", writable=owned_by("id")),
            protect("identity_computeresource", visible="true", writable=owned_by("provider_id")),
            protect("identity_identifierprofile", visible="true", writable=IS_PLATFORM),
            # Private to the organisation. Roles and credentials are given by the market in somebody's
            # name, not by a tenant's statement.
            protect(
                "identity_membership", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
            protect("identity_apikey", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect(
                "identity_meteringagent", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
            protect(
                "identity_smecertificate", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
            protect(
                "identity_organizationtie",
                visible=owned_by("holder_id", "held_id"),
                writable=IS_PLATFORM,
            ),
            protect("identity_idempotencyrecord", visible=owned_by("organization_id")),
            # What opens accounts is written and read by signing in alone.
            protect("account_emailaddress", visible=IS_SIGN_IN),
            protect("account_emailconfirmation", visible=IS_SIGN_IN),
            protect("mfa_authenticator", visible=IS_SIGN_IN),
            script("identity", "grants.sql"),
        ]
    )
