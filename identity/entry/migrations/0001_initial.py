"""Invitations, changes of address, own sign-ins of organisations, tokens of programs."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0022_organizations_are_closed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="AccessToken",
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
                        "token_hash",
                        models.CharField(
                            help_text="SHA-256, hexadecimal", max_length=64, unique=True
                        ),
                    ),
                    (
                        "scopes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=60), size=None
                        ),
                    ),
                    ("issued_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    (
                        "key",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="identity.apikey",
                        ),
                    ),
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
                        models.Index(fields=["expires_at"], name="access_tokens_by_end"),
                        models.Index(fields=["key", "expires_at"], name="access_tokens_of_key"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("expires_at__gt", models.F("issued_at"))),
                            name="access_token_ends",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("token_hash__regex", "^[0-9a-f]{64}$")),
                            name="access_token_is_hashed",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="AddressChange",
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
                    ("email", models.EmailField(max_length=254)),
                    (
                        "token_hash",
                        models.CharField(
                            help_text="SHA-256, hexadecimal", max_length=64, unique=True
                        ),
                    ),
                    ("asked_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("used_at", models.DateTimeField(null=True)),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["expires_at"], name="address_changes_by_end")],
                },
            ),
            migrations.CreateModel(
                name="Invitation",
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
                    ("invited_by_id", models.BigIntegerField(null=True)),
                    ("invited_at", models.DateTimeField()),
                    ("sent_at", models.DateTimeField()),
                    ("sends", models.PositiveSmallIntegerField(default=1)),
                    ("expires_at", models.DateTimeField()),
                    ("over_at", models.DateTimeField(null=True)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waits for the person"),
                                ("ACCEPTED", "The person signed in"),
                                ("EXPIRED", "Expired"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="WAITING",
                            max_length=9,
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "WAITING")),
                            fields=["expires_at"],
                            name="invitations_that_wait",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "WAITING")),
                            fields=("organization", "user", "role"),
                            name="invited_once_at_a_time",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("over_at", None), ("state", "WAITING")),
                                models.Q(
                                    models.Q(("state", "WAITING"), _negated=True),
                                    ("over_at__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="invitation_over_at_a_moment",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("expires_at__gt", models.F("sent_at"))),
                            name="invitation_expires_later",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SsoConnection",
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
                    ("issuer", models.CharField(max_length=300)),
                    ("client_id", models.CharField(max_length=200)),
                    (
                        "secret",
                        models.TextField(
                            blank=True, help_text="encrypted; empty: a public client with PKCE"
                        ),
                    ),
                    (
                        "domains",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=200), size=None
                        ),
                    ),
                    ("roles_claim", models.CharField(max_length=100)),
                    ("roles", models.JSONField(help_text="value of the claim -> role here")),
                    ("reason", models.CharField(max_length=500)),
                    ("connected_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
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
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
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
                        models.UniqueConstraint(
                            condition=models.Q(("ended_at", None)),
                            fields=("organization",),
                            name="sso_connected_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("ended_at", None), ("ended_by", None)),
                                models.Q(
                                    ("ended_at__gte", models.F("connected_at")),
                                    ("ended_by__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="sso_ended_by_somebody",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("domains__len__gt", 0)), name="sso_has_a_domain"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SsoLink",
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
                    ("issuer", models.CharField(max_length=300)),
                    ("subject", models.CharField(max_length=255)),
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
                            default=list,
                            size=None,
                        ),
                    ),
                    ("linked_at", models.DateTimeField()),
                    ("last_used_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organization", "issuer", "subject"),
                            name="sso_subject_is_one_person",
                        )
                    ],
                },
            ),
            *functions("identity.entry", "entry_connected_as_agreed", "entry_token_of_its_key"),
            script("identity.entry", "entry.sql", reverse="entry_gone.sql"),
            protect("entry_invitation", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("entry_accesstoken", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("entry_addresschange", visible="suanpan_is_sign_in()"),
            protect(
                "entry_ssoconnection",
                visible=f"{owned_by('organization_id')} OR suanpan_is_sign_in()",
                writable=IS_PLATFORM,
            ),
            protect("entry_ssolink", visible=owned_by("organization_id"), writable=IS_PLATFORM),
        ]
    )
