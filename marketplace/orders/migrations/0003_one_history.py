"""The record of events is the one history of orders; what clearing asks for stands on the order."""

from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded

FORMER_WALL = protect(
    "orders_orderevent",
    visible=owned_by("buyer_id", "provider_id"),
    writable=f"({owned_by('buyer_id')}) AND ({IS_PLATFORM} OR kind = 'PLACED')",
)
FORMER_PROMISES = f"""
    CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE ON orders_orderevent
        FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
    CREATE TRIGGER events_stay BEFORE TRUNCATE ON orders_orderevent
        FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
    REVOKE UPDATE, DELETE ON orders_orderevent FROM suanpan_app;
    {FORMER_WALL.sql}
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_walls"), ("events", "0001_initial")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="order",
                name="metered_at",
                field=models.DateTimeField(help_text="when use was first charged", null=True),
            ),
            migrations.AddField(
                model_name="order",
                name="provisioned_at",
                field=models.DateTimeField(
                    help_text="when its start was noted: from then on it cannot be cancelled",
                    null=True,
                ),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(
                    condition=models.Q(("provisioned_at__isnull", True), ("state", "CLEARED")),
                    fields=["starts_at"],
                    name="order_to_provision",
                ),
            ),
            # On the way back: the table's triggers, rights and walls, once it is there again.
            migrations.RunSQL(migrations.RunSQL.noop, FORMER_PROMISES),
            migrations.DeleteModel(name="OrderEvent"),
        ]
    )
