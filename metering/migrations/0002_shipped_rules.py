"""Publish the metrics and measurement rules that come with Suanpan; rule versions are append-only."""

from datetime import datetime

from django.db import migrations
from django.utils import timezone

from common import canonical
from metering import definitions
from metering.immutable import append_only, create_refusal

FIRST_RULES = {
    "accelerator-hours",
    "accelerator-hours-10s",
    "card-hours",
    "node-hours",
    "tokens",
    "vcpu-hours",
}


def install(apps, schema_editor):
    alias = schema_editor.connection.alias
    metrics = apps.get_model("metering", "Metric").objects.using(alias)
    metrics.bulk_create([metrics.model(**metric) for metric in definitions.shipped_metrics()])
    for shipped in definitions.shipped_rules():
        if shipped["code"] in FIRST_RULES and shipped["version"] == 1:
            install_version(apps, alias, shipped)


def install_version(apps, alias, shipped):
    code, version, definition = shipped["code"], shipped["version"], shipped["definition"]
    parsed = definitions.parse(definition)
    apps.get_model("metering", "MeasurementRule").objects.using(alias).create(
        code=code, name=shipped["name"], name_en=shipped["name_en"]
    )
    apps.get_model("metering", "MeasurementRuleVersion").objects.using(alias).create(
        rule_id=code,
        version=version,
        metric_id=parsed.metric,
        window_seconds=parsed.window_seconds,
        grace_seconds=parsed.grace_seconds,
        definition=definition,
        content_hash=canonical.content_hash(
            {"code": code, "version": version, "definition": definition}
        ),
        source=shipped["source"],
        valid_from=datetime.fromisoformat(shipped["valid_from"]),
        published_at=timezone.now(),
    )


class Migration(migrations.Migration):
    dependencies = [("metering", "0001_initial")]

    operations = [
        migrations.RunPython(install, migrations.RunPython.noop),
        create_refusal(),
        append_only("metering_measurementruleversion"),
    ]
