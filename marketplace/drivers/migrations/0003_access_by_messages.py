"""Drivers hand access over; what they were told and said is tied to what they carry out."""

from django.db import migrations, models

from common.sql_files import Function, bounded, functions, row_trigger

# What ended before the trigger was there is looked at once; its owner is not behind the wall then.
LOOKED_AT_ONCE = """
    ALTER TABLE drivers_drivendelivery NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE fulfilment_computedelivery NO FORCE ROW LEVEL SECURITY;
    UPDATE drivers_drivendelivery d SET due_at = least(d.due_at, f.changed_at)
    FROM fulfilment_computedelivery f
    WHERE f.id = d.delivery_id AND NOT d.is_ending
      AND f.state IN ('EXITED', 'FAILED', 'CALLED_OFF');
    ALTER TABLE fulfilment_computedelivery FORCE ROW LEVEL SECURITY;
    ALTER TABLE drivers_drivendelivery FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("drivers", "0002_batch_jobs"),
        ("fulfilment", "0006_drivers_reasons"),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="drivercall",
                name="driver_step_told_once",
            ),
            migrations.AddField(
                model_name="drivercall",
                name="access_request",
                field=models.PositiveSmallIntegerField(
                    db_default=0, default=0, help_text="of the buyer, that it tells of; 0: none"
                ),
            ),
            migrations.AddField(
                model_name="drivermessage",
                name="access_request",
                field=models.PositiveSmallIntegerField(
                    help_text="that it handed access over for; what it was is kept nowhere here",
                    null=True,
                ),
            ),
            migrations.AlterField(
                model_name="drivercall",
                name="step",
                field=models.CharField(
                    choices=[
                        ("PREPARE", "Prepare"),
                        ("CONNECT", "Connect"),
                        ("ACCESS", "Renew access"),
                        ("SCHEDULE", "Schedule"),
                        ("RUN", "Run"),
                        ("STOP", "Stop"),
                        ("EXIT", "Exit"),
                        ("WIPE", "Wipe"),
                    ],
                    max_length=8,
                ),
            ),
            migrations.AlterField(
                model_name="drivermessage",
                name="code",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="why it, or its access, changed nothing; empty: it was taken",
                    max_length=40,
                ),
            ),
            migrations.AlterField(
                model_name="drivermessage",
                name="word",
                field=models.CharField(
                    choices=[
                        ("delivery.ready", "Ready"),
                        ("delivery.running", "Running"),
                        ("delivery.interrupted", "Interrupted"),
                        ("delivery.exited", "Exited"),
                        ("delivery.failed", "Failed"),
                        ("delivery.wiped", "Data wiped"),
                        ("delivery.access", "Access renewed"),
                    ],
                    max_length=24,
                ),
            ),
            migrations.AddConstraint(
                model_name="drivercall",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("step", "ACCESS"), _negated=True),
                    fields=("delivery", "step"),
                    name="driver_step_told_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="drivercall",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("step", "ACCESS")),
                    fields=("delivery", "access_request"),
                    name="driver_access_told_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="drivercall",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ("WAITING", "DROPPED")), ("attempts__gt", 0), _connector="OR"
                    ),
                    name="driver_call_answered_was_made",
                ),
            ),
            migrations.AddConstraint(
                model_name="drivercall",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "DECLINED"), _negated=True),
                        ("step__in", ("PREPARE", "CONNECT", "SCHEDULE", "RUN")),
                        _connector="OR",
                    ),
                    name="driver_call_declined_ahead",
                ),
            ),
            Function("marketplace.drivers", "drivers_call_moves", version=2),
            *functions(
                "marketplace.drivers",
                "drivers_call_begins",
                "drivers_driven_begins",
                "drivers_message_belongs",
                "drivers_driver_keeps",
                "drivers_delivery_ended",
                "drivers_access_asked",
            ),
            row_trigger(
                "drivers_drivercall",
                "driver_call_follows",
                when="BEFORE INSERT",
                function="drivers_call_begins",
            ),
            row_trigger(
                "drivers_drivendelivery",
                "driven_by_its_providers",
                when="BEFORE INSERT",
                function="drivers_driven_begins",
            ),
            row_trigger(
                "drivers_drivermessage",
                "driver_message_of_its_delivery",
                when="BEFORE INSERT",
                function="drivers_message_belongs",
            ),
            row_trigger(
                "drivers_providerdriver",
                "driver_stays_its_providers",
                when="BEFORE UPDATE",
                function="drivers_driver_keeps",
            ),
            migrations.RunSQL(
                "CREATE TRIGGER delivery_ended_is_told AFTER UPDATE OF state"
                " ON fulfilment_computedelivery FOR EACH ROW"
                " WHEN (NEW.state IN ('EXITED', 'FAILED', 'CALLED_OFF') AND OLD.state <> NEW.state)"
                " EXECUTE FUNCTION drivers_delivery_ended();",
                "DROP TRIGGER delivery_ended_is_told ON fulfilment_computedelivery;",
            ),
            row_trigger(
                "fulfilment_handoverrequest",
                "access_asked_is_told",
                when="AFTER INSERT",
                function="drivers_access_asked",
            ),
            migrations.RunSQL(LOOKED_AT_ONCE, migrations.RunSQL.noop),
        ]
    )
