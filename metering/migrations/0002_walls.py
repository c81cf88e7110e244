"""What measuring promises, the shipped rules, and who sees what."""

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script
from django.db import migrations, models
import datetime


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("metering", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="capacitycertificate",
                index=models.Index(
                    fields=["resource", "valid_from"], name="certificate_by_resource"
                ),
            ),
            migrations.AddConstraint(
                model_name="capacitycertificate",
                constraint=models.CheckConstraint(
                    condition=models.Q(("value__gt", 0)), name="certificate_value_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="capacitycertificate",
                constraint=models.CheckConstraint(
                    condition=models.Q(("valid_to__gt", models.F("valid_from"))),
                    name="certificate_period",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacitycertificate",
                constraint=models.CheckConstraint(
                    condition=models.Q(("provider", models.F("verifier")), _negated=True),
                    name="certificate_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacitycertificate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("precision__in", ["FP64", "FP32", "TF32", "FP16", "INT8", "FP8"]),
                        ("density__in", ["DENSE", "SPARSE"]),
                        ("path__in", ["VECTOR", "TENSOR"]),
                        ("assessment__in", ["NAMEPLATE", "MEASURED"]),
                    ),
                    name="certificate_kinds_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="meter",
                constraint=models.UniqueConstraint(
                    fields=("resource", "name"), name="meter_name_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="meter",
                constraint=models.UniqueConstraint(
                    fields=("id", "provider"), name="meter_of_provider"
                ),
            ),
            migrations.AddConstraint(
                model_name="measurementruleversion",
                constraint=models.UniqueConstraint(
                    fields=("rule", "version"), name="rule_version_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="measurementruleversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(("version__gt", 0)), name="rule_version_from_one"
                ),
            ),
            migrations.AddConstraint(
                model_name="measurementruleversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(("window_seconds__gte", 1), ("window_seconds__lte", 86400)),
                    name="rule_window_within_a_day",
                ),
            ),
            migrations.AddIndex(
                model_name="reading",
                index=models.Index(fields=["meter", "starts_at"], name="reading_by_meter"),
            ),
            migrations.AddConstraint(
                model_name="reading",
                constraint=models.UniqueConstraint(
                    fields=("provider", "source", "event_id"), name="reading_taken_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="reading",
                constraint=models.CheckConstraint(
                    condition=models.Q(("quantity__gte", 0)), name="reading_not_negative"
                ),
            ),
            migrations.AddConstraint(
                model_name="reading",
                constraint=models.CheckConstraint(
                    condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                    name="reading_ends_after_start",
                ),
            ),
            migrations.AddConstraint(
                model_name="reading",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "starts_at__gte",
                            datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc),
                        )
                    ),
                    name="reading_since_the_epoch",
                ),
            ),
            migrations.AddIndex(
                model_name="usagerecord",
                index=models.Index(fields=["subject", "sequence"], name="usage_by_subject"),
            ),
            migrations.AddIndex(
                model_name="usagerecord",
                index=models.Index(fields=["provider", "starts_at"], name="usage_by_provider"),
            ),
            migrations.AddConstraint(
                model_name="usagerecord",
                constraint=models.UniqueConstraint(
                    fields=("meter", "starts_at", "subject", "revision"),
                    name="usage_revision_once",
                    nulls_distinct=False,
                ),
            ),
            migrations.AddConstraint(
                model_name="usagerecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(("quantity__gte", 0)), name="usage_not_negative"
                ),
            ),
            migrations.AddConstraint(
                model_name="usagerecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(("units_max__gte", 0)), name="usage_units_not_negative"
                ),
            ),
            migrations.AddConstraint(
                model_name="usagerecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("revision", 1), ("supersedes__isnull", True)),
                        models.Q(("revision__gt", 1), ("supersedes__isnull", False)),
                        _connector="OR",
                    ),
                    name="usage_revision_supersedes",
                ),
            ),
            migrations.AddConstraint(
                model_name="usagerecord",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("factor__isnull", True), ("standard_hours__isnull", True)),
                        models.Q(("factor__isnull", False), ("standard_hours__isnull", False)),
                        _connector="OR",
                    ),
                    name="usage_standard_by_factor",
                ),
            ),
            migrations.AddIndex(
                model_name="window",
                index=models.Index(
                    condition=models.Q(("state", "OPEN")),
                    fields=["due_at", "id"],
                    name="window_due",
                ),
            ),
            migrations.AddIndex(
                model_name="window",
                index=models.Index(
                    condition=models.Q(("state", "SET_ASIDE")),
                    fields=["provider", "starts_at"],
                    name="window_set_aside",
                ),
            ),
            migrations.AddConstraint(
                model_name="window",
                constraint=models.UniqueConstraint(
                    fields=("meter", "starts_at"), name="window_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="window",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["OPEN", "CLOSED", "SET_ASIDE"])),
                    name="window_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="window",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state", "SET_ASIDE"), ("set_aside_reason", ""), _connector="XOR"
                    ),
                    name="window_set_aside_for_a_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="window",
                constraint=models.CheckConstraint(
                    condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                    name="window_ends_after_start",
                ),
            ),
            migrations.AddConstraint(
                model_name="windowdecision",
                constraint=models.CheckConstraint(
                    condition=models.Q(("verdict__in", ["ADMIT", "DISCARD"])),
                    name="decision_verdict_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="windowdecision",
                constraint=models.CheckConstraint(
                    condition=models.Q(("provider", models.F("decided_by")), _negated=True),
                    name="decision_by_another",
                ),
            ),
            *functions("metering", "metering_require_own_meters"),
            script("metering", "triggers.sql", reverse="triggers_gone.sql"),
            protect("metering_meter", visible=owned_by("provider_id")),
            protect("metering_reading", visible=owned_by("provider_id")),
            protect("metering_window", visible=owned_by("provider_id")),
            protect("metering_usagerecord", visible=owned_by("provider_id")),
            # A certificate is public evidence; only the platform's own duties write one.
            protect(
                "metering_capacitycertificate", visible="true", writable=owned_by("verifier_id")
            ),
            protect(
                "metering_windowdecision", visible=owned_by("provider_id"), writable=IS_PLATFORM
            ),
            script("metering", "grants.sql"),
        ]
    )
