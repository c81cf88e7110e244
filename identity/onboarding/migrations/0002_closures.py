"""Organisations are closed, as two people agree, once nothing of theirs runs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0022_organizations_are_closed"),
        ("onboarding", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Closure",
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
                    ("closed_at", models.DateTimeField()),
                    (
                        "members",
                        models.JSONField(
                            help_text="who held which role until then: numbers of persons"
                        ),
                    ),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organization",
                        models.OneToOneField(
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
                        models.CheckConstraint(
                            condition=models.Q(("reason", ""), _negated=True),
                            name="closure_has_a_reason",
                        )
                    ],
                },
            ),
            *functions(
                "identity.onboarding",
                "onboarding_closed_as_agreed",
                "onboarding_mark_closed",
                "onboarding_closed_takes_none",
            ),
            script("identity.onboarding", "closures.sql", reverse="closures_gone.sql"),
            append_only("onboarding_closure"),
            protect(
                "onboarding_closure", visible=owned_by("organization_id"), writable=IS_PLATFORM
            ),
        ]
    )
