"""Exports of people's own data, erasures, incidents."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, new_version, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0022_organizations_are_closed"),
        ("privacy", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Incident",
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
                    ("title", models.CharField(max_length=120)),
                    (
                        "nature",
                        models.CharField(
                            choices=[
                                ("LEAK", "Data was seen by somebody it was not for"),
                                ("LOSS", "Data was lost"),
                                ("CHANGE", "Data was changed without right"),
                                ("OUTAGE", "Data could not be reached"),
                                ("OTHER", "Something else"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "severity",
                        models.CharField(
                            choices=[
                                ("LOW", "Low"),
                                ("MEDIUM", "Medium"),
                                ("HIGH", "High"),
                                ("CRITICAL", "Critical"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "duties",
                        models.PositiveSmallIntegerField(
                            help_text="the version that says who is told by when"
                        ),
                    ),
                    ("noticed_at", models.DateTimeField()),
                    ("reported_at", models.DateTimeField()),
                    ("people_affected", models.PositiveIntegerField(default=0)),
                    ("closed_at", models.DateTimeField(null=True)),
                    ("lesson", models.CharField(blank=True, max_length=4000)),
                    ("is_published", models.BooleanField(default=False)),
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
                        "proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "proposed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "reported_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="OwnExport",
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
                        "state",
                        models.CharField(
                            choices=[
                                ("WAITING", "Being prepared"),
                                ("READY", "Ready"),
                                ("EXPIRED", "Expired"),
                            ],
                            default="WAITING",
                            max_length=7,
                        ),
                    ),
                    ("asked_at", models.DateTimeField()),
                    ("ready_at", models.DateTimeField(null=True)),
                    ("expires_at", models.DateTimeField(null=True)),
                    (
                        "content",
                        models.BinaryField(help_text="a zip; gone once it expires", null=True),
                    ),
                    (
                        "digest",
                        models.CharField(
                            blank=True, help_text="SHA-256 of the content", max_length=64
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
            ),
            migrations.CreateModel(
                name="TimelineEntry",
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
                                ("NOTED", "Noted"),
                                ("CONTAINED", "Contained"),
                                ("CAUSE", "Cause found"),
                                ("MENDED", "Mended"),
                                ("TOLD_AUTHORITY", "Authority told"),
                                ("TOLD_ORGANIZATIONS", "Organisations told"),
                                ("TOLD_PEOPLE", "People told"),
                                ("RATED", "Severity changed"),
                            ],
                            max_length=18,
                        ),
                    ),
                    ("text", models.CharField(max_length=4000)),
                    ("happened_at", models.DateTimeField()),
                    ("entered_at", models.DateTimeField()),
                    (
                        "entered_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "incident",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="entries",
                            to="rights.incident",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Erasure",
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
                    ("erased_at", models.DateTimeField()),
                    ("removed", models.JSONField(help_text="how many rows of which table went")),
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
                    (
                        "user",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("reason", ""), _negated=True),
                            name="erasure_has_a_reason",
                        )
                    ],
                },
            ),
            migrations.AddConstraint(
                model_name="incident",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("reported_at__gte", models.F("noticed_at")),
                        models.Q(("title", ""), _negated=True),
                    ),
                    name="incident_noticed_before_reported",
                ),
            ),
            migrations.AddConstraint(
                model_name="incident",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("agreed_by", None),
                            ("closed_at", None),
                            ("is_published", False),
                            ("proposal", None),
                            ("proposed_by", None),
                        ),
                        models.Q(
                            ("agreed_by__isnull", False),
                            ("closed_at__gte", models.F("reported_at")),
                            ("proposal__isnull", False),
                            ("proposed_by__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="incident_closed_by_two",
                ),
            ),
            migrations.AddIndex(
                model_name="ownexport",
                index=models.Index(
                    condition=models.Q(("state", "WAITING")),
                    fields=["asked_at"],
                    name="own_exports_that_wait",
                ),
            ),
            migrations.AddIndex(
                model_name="ownexport",
                index=models.Index(
                    condition=models.Q(("state", "READY")),
                    fields=["expires_at"],
                    name="own_exports_by_end",
                ),
            ),
            migrations.AddConstraint(
                model_name="ownexport",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state", "WAITING")),
                    fields=("user",),
                    name="own_export_waits_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="ownexport",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "READY"), ("content__isnull", False)),
                        models.Q(
                            models.Q(("state", "READY"), _negated=True), ("content__isnull", True)
                        ),
                        _connector="OR",
                    ),
                    name="own_export_has_content_while_ready",
                ),
            ),
            migrations.AddConstraint(
                model_name="timelineentry",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("happened_at__lte", models.F("entered_at")),
                        models.Q(("text", ""), _negated=True),
                    ),
                    name="timeline_entry_is_of_the_past",
                ),
            ),
            *functions(
                "identity.rights",
                "rights_erased_as_agreed",
                "rights_forget_requests",
                "rights_incident_keeps",
                "rights_timeline_grows",
            ),
            new_version("identity", "identity_answered_once", version=2),
            script("identity.rights", "rights.sql", reverse="rights_gone.sql"),
            append_only("rights_erasure"),
            append_only("rights_timelineentry"),
            *(
                protect(table, visible=IS_PLATFORM)
                for table in (
                    "rights_erasure",
                    "rights_ownexport",
                    "rights_incident",
                    "rights_timelineentry",
                )
            ),
        ]
    )
