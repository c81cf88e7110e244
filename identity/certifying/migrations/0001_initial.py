"""Certificates that their holders ask for."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, function, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("forms", "0001_initial"),
        ("identity", "0007_certificates_by_their_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="CertificateRequest",
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
                                ("SPECIALISED", "Specialised and innovative SME"),
                                ("HIGH_TECH", "High-technology enterprise"),
                                ("START_UP", "Start-up by age"),
                            ],
                            max_length=16,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Waiting"),
                                ("VERIFIED", "Verified"),
                                ("REFUSED", "Refused"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="WAITING",
                            max_length=9,
                        ),
                    ),
                    ("asked_at", models.DateTimeField()),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("note", models.CharField(blank=True, max_length=500)),
                    (
                        "asked_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "certificate",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.smecertificate",
                        ),
                    ),
                    (
                        "decided_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "decided_for",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
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
                        "submission",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="forms.formsubmission",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organization", "-id"], name="certificate_request_by_holder"
                        ),
                        models.Index(
                            condition=models.Q(("state", "WAITING")),
                            fields=["id"],
                            name="certificate_request_waiting",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "WAITING")),
                            fields=("organization", "kind"),
                            name="certificate_asked_once_a_kind",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("certificate__isnull", True),
                                    ("decided_at__isnull", True),
                                    ("decided_by__isnull", True),
                                    ("decided_for__isnull", True),
                                    ("state", "WAITING"),
                                ),
                                models.Q(
                                    ("certificate__isnull", False),
                                    ("decided_at__isnull", False),
                                    ("decided_by__isnull", False),
                                    ("decided_for__isnull", False),
                                    ("state", "VERIFIED"),
                                ),
                                models.Q(
                                    ("certificate__isnull", True),
                                    ("decided_at__isnull", False),
                                    ("decided_by__isnull", False),
                                    ("decided_for__isnull", False),
                                    ("state", "REFUSED"),
                                    models.Q(("note", ""), _negated=True),
                                ),
                                models.Q(
                                    ("certificate__isnull", True),
                                    ("decided_at__isnull", False),
                                    ("decided_by__isnull", False),
                                    ("decided_for", models.F("organization")),
                                    ("state", "WITHDRAWN"),
                                ),
                                _connector="OR",
                            ),
                            name="certificate_request_decided_whole",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["WAITING", "WITHDRAWN"]),
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                _connector="OR",
                            ),
                            name="certificate_request_decided_by_another",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["WAITING", "WITHDRAWN"]),
                                models.Q(("decided_for", models.F("organization")), _negated=True),
                                _connector="OR",
                            ),
                            name="certificate_request_decided_elsewhere",
                        ),
                    ],
                },
            ),
            protect("certifying_certificaterequest", visible=owned_by("organization_id")),
            function("identity.certifying", "certifying_request_is_decided_once"),
            script("identity.certifying", "decided_once.sql", reverse="decided_once_gone.sql"),
        ]
    )
