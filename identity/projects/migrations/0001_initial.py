"""What organisations spend money for, and who orders for it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0005_suspensions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Project",
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
                    ("code", models.CharField(help_text="it stays", max_length=24)),
                    ("name", models.CharField(max_length=80)),
                    (
                        "state",
                        models.CharField(
                            choices=[("OPEN", "Open"), ("CLOSED", "Closed")],
                            default="OPEN",
                            max_length=6,
                        ),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("closed_at", models.DateTimeField(null=True)),
                    (
                        "opened_by",
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
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ProjectMember",
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
                    ("organization_id", models.UUIDField()),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="members",
                            to="projects.project",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="project",
                constraint=models.UniqueConstraint(
                    fields=("organization", "code"), name="project_code_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="project",
                constraint=models.CheckConstraint(
                    condition=models.Q(("code__regex", "^[A-Z0-9][A-Z0-9-]*$")),
                    name="project_code_is_plain",
                ),
            ),
            migrations.AddConstraint(
                model_name="project",
                constraint=models.CheckConstraint(
                    condition=models.Q(("name", ""), _negated=True), name="project_has_a_name"
                ),
            ),
            migrations.AddConstraint(
                model_name="project",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("closed_at__isnull", True), ("state", "OPEN")),
                        models.Q(("closed_at__isnull", False), ("state", "CLOSED")),
                        _connector="OR",
                    ),
                    name="project_closed_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="projectmember",
                constraint=models.UniqueConstraint(
                    fields=("project", "user"), name="project_member_once"
                ),
            ),
            protect("projects_project", visible=owned_by("organization_id")),
            protect("projects_projectmember", visible=owned_by("organization_id")),
            migrations.RunSQL(
                "REVOKE DELETE ON projects_project FROM suanpan_app",
                "GRANT DELETE ON projects_project TO suanpan_app",
            ),
        ]
    )
