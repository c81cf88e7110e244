"""Messages of the two parties of a delivery, how far they were read, and what is asked for."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0002_handovers"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="DeliveryChange",
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
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    ("sequence", models.PositiveIntegerField()),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("EXTEND", "Go on until a later moment"),
                                ("SHRINK", "Deliver less from a moment on"),
                                ("END", "End earlier, at a moment"),
                                ("MOVE", "Another time or resource"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "side",
                        models.CharField(
                            choices=[("BUYER", "Buyer"), ("PROVIDER", "Provider")],
                            help_text="who asks",
                            max_length=8,
                        ),
                    ),
                    (
                        "moment",
                        models.DateTimeField(help_text="until when, or from when on", null=True),
                    ),
                    (
                        "words",
                        models.CharField(blank=True, db_default="", default="", max_length=1000),
                    ),
                    ("asked_at", models.DateTimeField()),
                    ("asked_by_id", models.BigIntegerField()),
                    ("expires_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("OPEN", "Waits for an answer"),
                                ("ACCEPTED", "Agreed on"),
                                ("REFUSED", "Refused"),
                                ("WITHDRAWN", "Withdrawn"),
                                ("EXPIRED", "Not answered in time"),
                            ],
                            max_length=9,
                        ),
                    ),
                    (
                        "answer",
                        models.CharField(blank=True, db_default="", default="", max_length=1000),
                    ),
                    ("closed_at", models.DateTimeField(null=True)),
                    (
                        "closed_by_id",
                        models.BigIntegerField(
                            help_text="none where it was over by itself", null=True
                        ),
                    ),
                    (
                        "delivery",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="changes",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "OPEN")),
                            fields=["expires_at", "id"],
                            name="delivery_change_to_expire",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("delivery", "sequence"), name="delivery_change_sequence_once"
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("state", "OPEN")),
                            fields=("delivery", "kind"),
                            name="delivery_change_open_once_a_kind",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("kind__in", ["EXTEND", "SHRINK", "END", "MOVE"]),
                                ("side__in", ["BUYER", "PROVIDER"]),
                                (
                                    "state__in",
                                    ["OPEN", "ACCEPTED", "REFUSED", "WITHDRAWN", "EXPIRED"],
                                ),
                            ),
                            name="delivery_change_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("kind__in", ("EXTEND", "SHRINK", "END")),
                                    ("moment__isnull", False),
                                ),
                                models.Q(
                                    ("moment__isnull", True),
                                    models.Q(
                                        ("kind__in", ("EXTEND", "SHRINK", "END")), _negated=True
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="delivery_change_has_its_moment",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("kind__in", ("SHRINK", "MOVE")), ("words", ""), _negated=True
                            ),
                            name="delivery_change_has_its_words",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("expires_at__gt", models.F("asked_at"))),
                            name="delivery_change_expires_later",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("answer", ""),
                                    ("closed_at__isnull", True),
                                    ("closed_by_id__isnull", True),
                                    ("state", "OPEN"),
                                ),
                                models.Q(
                                    ("closed_at__isnull", False),
                                    models.Q(("state", "OPEN"), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="delivery_change_is_open_or_closed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("answer", ""), ("state", "REFUSED"), _negated=True),
                            name="delivery_change_refused_for_a_reason",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="DeliveryMessage",
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
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    ("sequence", models.PositiveIntegerField()),
                    (
                        "side",
                        models.CharField(
                            choices=[("BUYER", "Buyer"), ("PROVIDER", "Provider")], max_length=8
                        ),
                    ),
                    ("body", models.CharField(max_length=4000)),
                    (
                        "attachments",
                        models.JSONField(
                            default=list, help_text="file_id, name and bytes of each file"
                        ),
                    ),
                    ("sent_at", models.DateTimeField()),
                    (
                        "sent_by_id",
                        models.BigIntegerField(help_text="the person, or whose program it was"),
                    ),
                    (
                        "delivery",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="messages",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("delivery", "sequence"), name="delivery_message_sequence_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("side__in", ["BUYER", "PROVIDER"])),
                            name="delivery_message_side_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("body", ""), _negated=True), ("sequence__gt", 0)
                            ),
                            name="delivery_message_says_something",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="TalkRead",
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
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    (
                        "side",
                        models.CharField(
                            choices=[("BUYER", "Buyer"), ("PROVIDER", "Provider")], max_length=8
                        ),
                    ),
                    ("sequence", models.PositiveIntegerField()),
                    ("read_at", models.DateTimeField()),
                    (
                        "delivery",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="talk_reads",
                            to="fulfilment.computedelivery",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("delivery", "side"), name="talk_read_once_a_side"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("side__in", ["BUYER", "PROVIDER"])),
                            name="talk_read_side_known",
                        ),
                    ],
                },
            ),
            *functions(
                "marketplace.fulfilment",
                "fulfilment_change_keeps",
                "fulfilment_talk_read_forward",
            ),
            row_trigger(
                "fulfilment_deliverychange",
                "change_stays_as_said",
                when="BEFORE UPDATE",
                function="fulfilment_change_keeps",
            ),
            row_trigger(
                "fulfilment_talkread",
                "talk_read_forward",
                when="BEFORE UPDATE",
                function="fulfilment_talk_read_forward",
            ),
            append_only("fulfilment_deliverymessage"),
            migrations.RunSQL(
                "REVOKE DELETE ON fulfilment_deliverychange, fulfilment_talkread FROM suanpan_app",
                "GRANT DELETE ON fulfilment_deliverychange, fulfilment_talkread TO suanpan_app",
            ),
            *(
                protect(table, visible=owned_by("buyer_id", "provider_id"), writable=IS_PLATFORM)
                for table in (
                    "fulfilment_deliverychange",
                    "fulfilment_deliverymessage",
                    "fulfilment_talkread",
                )
            ),
        ]
    )
