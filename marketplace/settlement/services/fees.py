"""What the market takes: published ahead, and never changed."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from common import notice, tenancy
from common.canonical import content_hash
from identity.events import services as events
from marketplace.settlement import locks, worsening
from marketplace.settlement.contracts import FeeRuleRefused
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import FeeRule
from marketplace.settlement.rules import FEES
from marketplace.settlement.worsening import FeeTerms


@transaction.atomic
def publish_fee_rule(
    *,
    rate: Decimal,
    starts_at: datetime | None,
    source: str,
    published_at: datetime,
    published_by_id: int,
) -> FeeRule:
    """
    Publish the fee from a moment on; without one, as early as it may take effect.

    :raises FeeRuleRefused: if the rate is no share, or the moment is past or not after the latest
    :raises NoticeTooShort: if the fee rises and would do so too soon
    """
    with tenancy.acting_as_platform():
        locks.fee_rules()
        latest = FeeRule.objects.order_by("-version").first()
        if not 0 <= rate < 1 or -int(rate.as_tuple().exponent) > 6:
            raise FeeRuleRefused(field="rate")
        starts_at = _starting(latest, starts_at, rate, now=published_at)
        version = latest.version + 1 if latest else 1
        rule = FeeRule.objects.create(
            version=version,
            rate=rate,
            rule=FEES.newest,
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


def _starting(
    latest: FeeRule | None, asked: datetime | None, rate: Decimal, *, now: datetime
) -> datetime:
    """Return when the next fee begins."""
    if latest is None:
        return notice.effective_at(asked, now=now, before=None, is_worse=False)
    if asked is not None and (asked < now or asked <= latest.starts_at):
        raise FeeRuleRefused(field="starts_at")
    before, after = FeeTerms(latest.rate, latest.rule), FeeTerms(rate, FEES.newest)
    is_worse = worsening.is_worse(before, after)
    return notice.effective_at(asked, now=now, before=latest.starts_at, is_worse=is_worse)
