"""What the market takes: published ahead, and never changed."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from common import tenancy
from common.canonical import content_hash
from identity.events import services as events
from marketplace.settlement.contracts import FeeRuleRefused
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import FeeRule


@transaction.atomic
def publish_fee_rule(
    *,
    rate: Decimal,
    starts_at: datetime,
    source: str,
    published_at: datetime,
    published_by_id: int,
) -> FeeRule:
    """
    Publish the fee from a moment on.

    :raises FeeRuleRefused: if the moment is past, or not after that of the latest version
    """
    with tenancy.acting_as_platform():
        latest = FeeRule.objects.order_by("-version").select_for_update(no_key=True).first()
        if starts_at < published_at or (latest is not None and starts_at <= latest.starts_at):
            raise FeeRuleRefused(field="starts_at")
        if not 0 <= rate < 1 or -int(rate.as_tuple().exponent) > 6:
            raise FeeRuleRefused(field="rate")
        version = latest.version + 1 if latest else 1
        rule = FeeRule.objects.create(
            version=version,
            rate=rate,
            starts_at=starts_at,
            source=source,
            published_at=published_at,
            published_by_id=published_by_id,
            content_hash=content_hash({"version": version, "rate": rate, "starts_at": starts_at}),
        )
        event = events.Event(
            name=SettlementEvent.FEE_PUBLISHED,
            object_kind="fee_rule",
            object_id=rule.pk,
            object_label=f"v{version}",
            facts={"rate": rate, "starts_at": starts_at},
        )
        events.record([event])
        return rule
