"""Endpoints are sealed with the secret; of a key for an interface its limits are said."""

import datetime

import django.db.models.expressions
from django.db import migrations, models

from common.sql_files import bounded, functions, new_version, row_trigger

# Of what is over nobody reads an endpoint any more; its owner is not behind the wall meanwhile.
ERASED_ONCE = """
    ALTER TABLE fulfilment_handover NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE fulfilment_computedelivery NO FORCE ROW LEVEL SECURITY;
    UPDATE fulfilment_handover h
    SET endpoint = '', erased_at = coalesce(h.erased_at, f.changed_at),
        erased_because = CASE h.erased_because WHEN '' THEN 'OVER' ELSE h.erased_because END
    FROM fulfilment_computedelivery f
    WHERE f.id = h.delivery_id AND h.endpoint <> ''
      AND f.state IN ('EXITED', 'FAILED', 'CALLED_OFF');
    ALTER TABLE fulfilment_computedelivery FORCE ROW LEVEL SECURITY;
    ALTER TABLE fulfilment_handover FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0011_conversations_on_orders"),
        ("identity", "0028_pools_are_asked_for"),
        ("orders", "0021_tokens_by_kind"),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="computedelivery",
                name="delivery_reason_known",
            ),
            migrations.RemoveConstraint(
                model_name="handover",
                name="handover_is_not_empty",
            ),
            migrations.AddField(
                model_name="computedelivery",
                name="key_wanted_at",
                field=models.DateTimeField(
                    help_text="since when its provider waits for a key of the buyer", null=True
                ),
            ),
            migrations.AddField(
                model_name="handover",
                name="expires_at",
                field=models.DateTimeField(help_text="of a key", null=True),
            ),
            migrations.AddField(
                model_name="handover",
                name="format",
                field=models.PositiveSmallIntegerField(
                    db_default=1,
                    default=1,
                    help_text="of what was sealed: 1 is a secret alone, 2 a document with the endpoint",
                ),
            ),
            migrations.AddField(
                model_name="handover",
                name="former_until",
                field=models.DateTimeField(
                    help_text="until when the key before it counts; none: not any more", null=True
                ),
            ),
            migrations.AddField(
                model_name="handover",
                name="key_hint",
                field=models.CharField(blank=True, db_default="", default="", max_length=4),
            ),
            migrations.AddField(
                model_name="handover",
                name="kind",
                field=models.CharField(
                    blank=True,
                    choices=[("SSH", "SSH"), ("HTTPS", "HTTPS"), ("OTHER", "Another protocol")],
                    db_default="",
                    default="",
                    max_length=5,
                ),
            ),
            migrations.AddField(
                model_name="handover",
                name="requests_a_minute",
                field=models.PositiveIntegerField(null=True),
            ),
            migrations.AddField(
                model_name="handover",
                name="scopes",
                field=models.JSONField(
                    db_default=models.Value([], models.JSONField()), default=list
                ),
            ),
            migrations.AddField(
                model_name="handover",
                name="tell_at",
                field=models.DateTimeField(
                    help_text="when both are told that it expires", null=True
                ),
            ),
            migrations.AddField(
                model_name="handoverrequest",
                name="reason",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("", "None given"),
                        ("lost", "The secret, or the file of the sealing key, is lost"),
                        ("leaked", "Somebody else may know it: the former access ends at once"),
                        ("expires", "It expires"),
                        ("routine", "It is replaced from time to time"),
                    ],
                    db_default="",
                    default="",
                    max_length=8,
                ),
            ),
            migrations.AddField(
                model_name="handoverrequest",
                name="way",
                field=models.CharField(
                    choices=[
                        ("SEALED", "Sealed to the buyer's key"),
                        ("PLAIN", "In the open, as the buyer chose"),
                        ("EARLIER", "As it was asked for before endpoints were sealed"),
                    ],
                    db_default="EARLIER",
                    default="EARLIER",
                    help_text="how the endpoint comes to the buyer",
                    max_length=7,
                ),
            ),
            migrations.AlterField(
                model_name="handoverrequest",
                name="way",
                field=models.CharField(
                    choices=[
                        ("SEALED", "Sealed to the buyer's key"),
                        ("PLAIN", "In the open, as the buyer chose"),
                        ("EARLIER", "As it was asked for before endpoints were sealed"),
                    ],
                    db_default="SEALED",
                    default="SEALED",
                    help_text="how the endpoint comes to the buyer",
                    max_length=7,
                ),
            ),
            migrations.AlterField(
                model_name="computedelivery",
                name="reason",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("", "None"),
                        ("declined", "The provider cannot deliver it"),
                        ("not_answered_in_time", "The provider did not answer in time"),
                        ("access_not_asked", "The buyer named no key for its access"),
                        ("not_ready_in_time", "Not ready in time"),
                        ("not_restored_in_time", "Not restored in time"),
                        ("hardware_fault", "Fault of the hardware"),
                        ("network_fault", "Fault of the network"),
                        ("access_fault", "Access could not be set up"),
                        ("maintenance", "Maintenance"),
                        ("taken_back", "The provider took the capacity back"),
                        ("never_ready", "It exited before it was ready"),
                        ("job_done", "The job is done"),
                        ("order_ended", "The ordered time is over"),
                        ("order_cancelled", "The order was cancelled"),
                        ("provider_suspended", "The provider is suspended"),
                        ("buyer_suspended", "The buyer is suspended"),
                        ("resource_suspended", "The resource is suspended"),
                        ("agent_down", "The provider's agent says that it stands still"),
                        ("preempted", "Taken back with the notice that its listing promised"),
                        ("emergency_stop", "Stopped by the operator in an emergency"),
                    ],
                    db_default="",
                    default="",
                    max_length=24,
                ),
            ),
            migrations.AlterField(
                model_name="deliverystep",
                name="reason",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("", "None"),
                        ("declined", "The provider cannot deliver it"),
                        ("not_answered_in_time", "The provider did not answer in time"),
                        ("access_not_asked", "The buyer named no key for its access"),
                        ("not_ready_in_time", "Not ready in time"),
                        ("not_restored_in_time", "Not restored in time"),
                        ("hardware_fault", "Fault of the hardware"),
                        ("network_fault", "Fault of the network"),
                        ("access_fault", "Access could not be set up"),
                        ("maintenance", "Maintenance"),
                        ("taken_back", "The provider took the capacity back"),
                        ("never_ready", "It exited before it was ready"),
                        ("job_done", "The job is done"),
                        ("order_ended", "The ordered time is over"),
                        ("order_cancelled", "The order was cancelled"),
                        ("provider_suspended", "The provider is suspended"),
                        ("buyer_suspended", "The buyer is suspended"),
                        ("resource_suspended", "The resource is suspended"),
                        ("agent_down", "The provider's agent says that it stands still"),
                        ("preempted", "Taken back with the notice that its listing promised"),
                        ("emergency_stop", "Stopped by the operator in an emergency"),
                    ],
                    db_default="",
                    default="",
                    max_length=24,
                ),
            ),
            migrations.AlterField(
                model_name="handover",
                name="has_secret",
                field=models.BooleanField(help_text="whether something was sealed"),
            ),
            migrations.AddIndex(
                model_name="handover",
                index=models.Index(
                    condition=models.Q(("tell_at__isnull", False)),
                    fields=["tell_at", "id"],
                    name="handover_to_tell",
                ),
            ),
            migrations.AddConstraint(
                model_name="computedelivery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "reason__in",
                            [
                                "",
                                "declined",
                                "not_answered_in_time",
                                "access_not_asked",
                                "not_ready_in_time",
                                "not_restored_in_time",
                                "hardware_fault",
                                "network_fault",
                                "access_fault",
                                "maintenance",
                                "taken_back",
                                "never_ready",
                                "job_done",
                                "order_ended",
                                "order_cancelled",
                                "provider_suspended",
                                "buyer_suspended",
                                "resource_suspended",
                                "agent_down",
                                "preempted",
                                "emergency_stop",
                            ],
                        )
                    ),
                    name="delivery_reason_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="handover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("has_secret", True),
                        models.Q(("endpoint", ""), _negated=True),
                        ("erased_at__isnull", False),
                        _connector="OR",
                    ),
                    name="handover_is_not_empty",
                ),
            ),
            migrations.AddConstraint(
                model_name="handover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("format", 1), models.Q(("endpoint", ""), ("format", 2)), _connector="OR"
                    ),
                    name="handover_document_holds_the_endpoint",
                ),
            ),
            migrations.AddConstraint(
                model_name="handover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("former_until__isnull", True),
                        models.Q(
                            ("former_until__gte", models.F("handed_at")),
                            (
                                "former_until__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("handed_at"),
                                    "+",
                                    models.Value(datetime.timedelta(days=1)),
                                ),
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="handover_keys_overlap_for_a_day",
                ),
            ),
            migrations.AddConstraint(
                model_name="handover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("expires_at__isnull", True),
                        ("expires_at__gt", models.F("handed_at")),
                        _connector="OR",
                    ),
                    name="handover_key_expires_later",
                ),
            ),
            migrations.AddConstraint(
                model_name="handoverrequest",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("sealing_key", ""), ("way", "SEALED"), _negated=True),
                        ("way__in", ["SEALED", "PLAIN", "EARLIER"]),
                    ),
                    name="handover_request_can_be_sealed_to",
                ),
            ),
            migrations.AddConstraint(
                model_name="handoverrequest",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("reason__in", ["", "lost", "leaked", "expires", "routine"])
                    ),
                    name="handover_request_reason_known",
                ),
            ),
            new_version("marketplace.fulfilment", "fulfilment_handover_keeps", version=2),
            new_version("marketplace.fulfilment", "fulfilment_delivery_moves", version=4),
            *functions("marketplace.fulfilment", "fulfilment_handover_begins"),
            row_trigger(
                "fulfilment_handover",
                "handover_as_asked_for",
                when="BEFORE INSERT",
                function="fulfilment_handover_begins",
            ),
            migrations.RunSQL(ERASED_ONCE, migrations.RunSQL.noop),
        ]
    )
