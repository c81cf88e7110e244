"""Persons, organisations, what they run; and what keeps evidence apart from those it is about."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("common", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="User",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("password", models.CharField(max_length=128, verbose_name="password")),
                    (
                        "last_login",
                        models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                    ),
                    (
                        "is_superuser",
                        models.BooleanField(
                            default=False,
                            help_text="Designates that this user has all permissions without explicitly assigning them.",
                            verbose_name="superuser status",
                        ),
                    ),
                    (
                        "is_staff",
                        models.BooleanField(
                            default=False,
                            help_text="Designates whether the user can log into this admin site.",
                            verbose_name="staff status",
                        ),
                    ),
                    (
                        "is_active",
                        models.BooleanField(
                            default=True,
                            help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                            verbose_name="active",
                        ),
                    ),
                    (
                        "date_joined",
                        models.DateTimeField(
                            default=django.utils.timezone.now, verbose_name="date joined"
                        ),
                    ),
                    (
                        "email",
                        models.EmailField(
                            max_length=254, unique=True, verbose_name="e-mail address"
                        ),
                    ),
                    ("name", models.CharField(blank=True, max_length=80, verbose_name="name")),
                    ("language", models.CharField(default="zh-hans", max_length=10)),
                    (
                        "groups",
                        models.ManyToManyField(
                            blank=True,
                            help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                            related_name="user_set",
                            related_query_name="user",
                            to="auth.group",
                            verbose_name="groups",
                        ),
                    ),
                    (
                        "user_permissions",
                        models.ManyToManyField(
                            blank=True,
                            help_text="Specific permissions for this user.",
                            related_name="user_set",
                            related_query_name="user",
                            to="auth.permission",
                            verbose_name="user permissions",
                        ),
                    ),
                ],
                options={
                    "verbose_name": "user",
                    "verbose_name_plural": "users",
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="IdentifierProfile",
                fields=[
                    ("version", models.CharField(max_length=8, primary_key=True, serialize=False)),
                    ("definition", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64, unique=True)),
                    ("source", models.CharField(max_length=200)),
                    ("valid_from", models.DateTimeField()),
                    ("valid_to", models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("valid_to__isnull", True),
                                ("valid_to__gt", models.F("valid_from")),
                                _connector="OR",
                            ),
                            name="identifier_profile_period",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Organization",
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
                    ("uscc", models.CharField(max_length=18, unique=True)),
                    ("name", models.CharField(max_length=120)),
                    ("name_en", models.CharField(blank=True, max_length=160)),
                    (
                        "region",
                        models.CharField(blank=True, help_text="GB/T 2260 code", max_length=6),
                    ),
                    (
                        "industry",
                        models.CharField(blank=True, help_text="GB/T 4754 code", max_length=5),
                    ),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("uscc__regex", "^[0-9A-HJ-NPQRTUW-Y]{18}$")),
                            name="organization_uscc_is_well_formed",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="MeteringAgent",
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
                    ("key_id", models.CharField(max_length=16, unique=True)),
                    ("public_key", models.BinaryField(max_length=32)),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    ("revoked_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="metering_agents",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("key_id__regex", "^[0-9a-f]{16}$")),
                            name="agent_key_id_is_well_formed",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Membership",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "role",
                        models.CharField(
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
                    ),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="memberships",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="memberships",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organization", "user", "role"), name="membership_role_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "role__in",
                                    [
                                        "PROVIDER",
                                        "BUYER",
                                        "AUDITOR",
                                        "OPERATOR",
                                        "ISSUER",
                                        "FINANCE",
                                    ],
                                )
                            ),
                            name="membership_role_known",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ComputeResource",
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
                    ("identifier", models.CharField(max_length=96, unique=True)),
                    ("name", models.CharField(max_length=120)),
                    ("name_en", models.CharField(blank=True, max_length=160)),
                    (
                        "industry",
                        models.CharField(help_text="GB/T 4754 section and division", max_length=3),
                    ),
                    ("region", models.CharField(help_text="GB/T 2260 code", max_length=6)),
                    (
                        "resource_class",
                        models.CharField(
                            choices=[
                                ("GENERAL", "General compute"),
                                ("AI", "AI compute"),
                                ("HPC", "High-performance compute"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "form",
                        models.CharField(
                            choices=[
                                ("BARE_METAL", "Bare metal"),
                                ("VM", "Virtual machine"),
                                ("CONTAINER", "Container"),
                                ("API", "Programming interface"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("specification", models.JSONField()),
                    ("serial", models.CharField(max_length=8)),
                    (
                        "capacity_unit",
                        models.CharField(
                            choices=[("card", "card"), ("vcpu", "vCPU"), ("node", "node")],
                            max_length=8,
                        ),
                    ),
                    ("total_milli", models.BigIntegerField()),
                    ("available_milli", models.BigIntegerField()),
                    ("observed_at", models.DateTimeField()),
                    (
                        "status",
                        models.CharField(
                            choices=[
                                ("REGISTERED", "Registered"),
                                ("ACTIVE", "Active"),
                                ("SUSPENDED", "Suspended"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="ACTIVE",
                            max_length=10,
                        ),
                    ),
                    ("verification_level", models.PositiveSmallIntegerField(default=0)),
                    (
                        "pue",
                        models.DecimalField(blank=True, decimal_places=3, max_digits=4, null=True),
                    ),
                    (
                        "grid_region",
                        models.CharField(
                            blank=True, help_text="GB/T 2260 province code", max_length=6
                        ),
                    ),
                    ("registered_at", models.DateTimeField()),
                    (
                        "profile",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.identifierprofile",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="resources",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["region", "resource_class"], name="resource_by_book")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("provider", "serial"), name="resource_serial_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("total_milli__gt", 0),
                                ("available_milli__gte", 0),
                                ("available_milli__lte", models.F("total_milli")),
                            ),
                            name="resource_available_within_total",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("verification_level__lte", 3)),
                            name="resource_verification_level",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("pue__isnull", True), ("pue__gte", 1), _connector="OR"
                            ),
                            name="resource_pue_at_least_one",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("identifier__regex", "^[0-9A-Z.-]+$")),
                            name="resource_identifier_ascii",
                        ),
                    ],
                },
            ),
            *functions(
                "identity",
                "identity_belongs",
                "identity_hold_role",
                "identity_require_outsider",
                "identity_keep_facts",
                "identity_guard_user",
                "identity_keep_password",
            ),
            script("identity", "first_profile.sql"),
        ]
    )
