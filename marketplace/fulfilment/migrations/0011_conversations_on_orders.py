"""Buyer and provider talk about orders: also about those that have no delivery."""

import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded, function, new_version, row_trigger, script

TALK = ("deliverychange", "deliverymessage", "talkread")
ORDER = {
    "db_index": False,
    "on_delete": django.db.models.deletion.PROTECT,
    "related_name": "+",
    "to": "orders.order",
}
DELIVERY = {
    "help_text": "of the order, where it has one; by the database",
    "null": True,
    "on_delete": django.db.models.deletion.PROTECT,
    "related_name": "+",
    "to": "fulfilment.computedelivery",
}
NUMBER = {"blank": True, "db_default": "", "default": "", "max_length": 24}


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0010_agents_interrupt"),
        ("orders", "0021_tokens_by_kind"),
        ("catalog", "0021_headlines_by_kind"),
    ]

    operations = bounded(
        [
            *(
                operation
                for model in TALK
                for operation in (
                    migrations.AlterField(model, "delivery", models.ForeignKey(**DELIVERY)),
                    migrations.AddField(model, "order", models.ForeignKey(null=True, **ORDER)),
                )
            ),
            *(
                migrations.AddField(model, "order_number", models.CharField(**NUMBER))
                for model in TALK[:2]
            ),
            script(
                "marketplace.fulfilment",
                "conversations_on_orders.sql",
                reverse="conversations_on_orders_gone.sql",
            ),
            *(migrations.AlterField(model, "order", models.ForeignKey(**ORDER)) for model in TALK),
            migrations.RemoveConstraint("deliverychange", "delivery_change_sequence_once"),
            migrations.RemoveConstraint("deliverychange", "delivery_change_open_once_a_kind"),
            migrations.RemoveConstraint("deliverymessage", "delivery_message_sequence_once"),
            migrations.RemoveConstraint("talkread", "talk_read_once_a_side"),
            migrations.RemoveIndex("deliverychange", "delivery_change_agreed_end"),
            migrations.AddConstraint(
                "deliverychange",
                models.UniqueConstraint(
                    fields=("order", "sequence"), name="order_change_sequence_once"
                ),
            ),
            migrations.AddConstraint(
                "deliverychange",
                models.UniqueConstraint(
                    condition=models.Q(("state", "OPEN")),
                    fields=("order", "kind"),
                    name="order_change_open_once_a_kind",
                ),
            ),
            migrations.AddConstraint(
                "deliverymessage",
                models.UniqueConstraint(
                    fields=("order", "sequence"), name="order_message_sequence_once"
                ),
            ),
            migrations.AddConstraint(
                "talkread",
                models.UniqueConstraint(
                    fields=("order", "side"), name="order_talk_read_once_a_side"
                ),
            ),
            migrations.AddIndex(
                "deliverychange",
                models.Index(
                    condition=models.Q(("kind", "END"), ("state", "ACCEPTED")),
                    fields=["order"],
                    name="order_change_agreed_end",
                ),
            ),
            migrations.AddIndex(
                "deliverymessage",
                models.Index(fields=["buyer_id", "-id"], name="delivery_message_of_buyer"),
            ),
            migrations.AddIndex(
                "deliverymessage",
                models.Index(fields=["provider_id", "-id"], name="delivery_message_of_provider"),
            ),
            new_version("marketplace.fulfilment", "fulfilment_change_keeps", version=2),
            new_version("marketplace.fulfilment", "fulfilment_talk_read_forward", version=2),
            function("marketplace.fulfilment", "fulfilment_talk_of_its_order"),
            *(
                row_trigger(
                    f"fulfilment_{model}",
                    f"{model}_of_its_order",
                    when="BEFORE INSERT",
                    function="fulfilment_talk_of_its_order",
                )
                for model in TALK
            ),
        ]
    )
