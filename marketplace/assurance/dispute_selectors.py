"""Reads of disputes. Row-level security shows a party its own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import django_filters
from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from common import moments, tenancy
from common.moments import market_zone
from common.period import Period
from identity.approvals import selectors as approvals
from marketplace import accounts
from marketplace.assurance.dispute_contracts import (
    DISPUTE_KIND,
    ENDED,
    DisputeNotFound,
    DisputeState,
    DisputeSubject,
)
from marketplace.assurance.models import TradeDispute
from marketplace.settlement.contracts import ContractState

MONTHS_SHOWN: Final = 24


class DisputeFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Number, state and subject of disputes."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="icontains", max_length=24, label=_("Number")
    )
    state = django_filters.MultipleChoiceFilter(choices=DisputeState.choices, label=_("State"))
    subject = django_filters.MultipleChoiceFilter(choices=DisputeSubject.choices, label=_("About"))

    class Meta:
        model = TradeDispute
        fields: list[Any] = []


@dataclass(frozen=True, slots=True)
class DisputeMonth:
    """What was opened in a month of the market, and what became of it; amounts in minor units."""

    month: str
    opened: int
    lapsed: int
    won: int
    appealed: int
    claimed_minor: int
    awarded_minor: int
    claimed_cover_minor: int  # of vouchers, as the two below
    awarded_cover_minor: int
    hours_to_answer: int | None


@dataclass(frozen=True, slots=True)
class EarlierDecision:
    """What a dispute came to before it was decided anew; the amount in minor units."""

    decided_at: datetime
    awarded_minor: int
    decision: str


def disputes(*, party_id: UUID | None = None) -> QuerySet[TradeDispute]:
    """Return disputes, the latest first; of a party, those that it is a side of."""
    found = TradeDispute.objects.select_related("buyer", "provider", "contract", "adjustment")
    found = found.order_by("-id")
    if party_id is None:
        return found
    return found.filter(Q(buyer_id=party_id) | Q(provider_id=party_id))


def dispute(dispute_id: UUID, *, party_id: UUID | None = None) -> TradeDispute:
    """
    Return a dispute; with `party_id`, only one that it is a side of.

    :raises DisputeNotFound: if there is none
    """
    found = disputes(party_id=party_id).filter(pk=dispute_id).first()
    if found is None:
        raise DisputeNotFound
    return found


def earlier_decisions(dispute: TradeDispute) -> list[EarlierDecision]:
    """Return the decisions that were appealed against and replaced, the first of them first."""
    if not (dispute.buyer_appealed_at or dispute.provider_appealed_at):
        return []
    with tenancy.acting_as_platform():
        found = approvals.agreed_since(
            kind=DISPUTE_KIND, reference=dispute.number, since_id=dispute.pk
        )
        return [
            EarlierDecision(
                each.decided_at, each.content["awarded_minor"], each.content["decision"]
            )
            for each in found
            if each.pk != dispute.proposal_id and each.decided_at is not None
        ]


def disputes_of_contract(contract_id: UUID) -> QuerySet[TradeDispute]:
    """Return the disputes about a contract, the latest first."""
    return disputes().filter(contract_id=contract_id)


def upheld_counts(resource_ids: Collection[UUID], period: Period) -> dict[UUID, int]:
    """
    Return of resources on how many contracts that ended in a period buyers were given money back.

    What is only claimed, was withdrawn or came to nothing says nothing about a resource.
    """
    rows = (
        TradeDispute.objects.filter(
            contract__resource_id__in=resource_ids,
            contract__ends_at__gt=period.starts_at,
            contract__ends_at__lte=period.ends_at,
            awarded_minor__gt=0,
        )
        .exclude(state=DisputeState.WITHDRAWN)
        .order_by()
        .values("contract__resource_id")
        .annotate(count=Count("contract_id", distinct=True))
    )
    found = dict.fromkeys(resource_ids, 0)
    return found | {row["contract__resource_id"]: row["count"] for row in rows}


def unanswered(now: datetime) -> QuerySet[TradeDispute]:
    """Return disputes whose provider did not answer in time."""
    return TradeDispute.objects.filter(state=DisputeState.OPEN, answer_due_at__lt=now).order_by(
        "answer_due_at"
    )


def to_carry_out(now: datetime) -> QuerySet[TradeDispute]:
    """
    Return decided disputes that nobody may appeal against any more.

    One that awards something waits until its contract is settled: there is no record to correct.
    """
    found = TradeDispute.objects.filter(state=DisputeState.DECIDED, appeal_until__lt=now)
    found = found.filter(Q(awarded_minor=0) | Q(contract__state=ContractState.SETTLED))
    return found.order_by("appeal_until")


def disputes_to_remind(now: datetime) -> QuerySet[TradeDispute]:
    """Return disputes in which whose turn it is is to be reminded, the longest due first."""
    return TradeDispute.objects.filter(remind_at__lte=now).order_by("remind_at", "id")


def waits_for_settlement(dispute: TradeDispute) -> bool:
    """Return whether what was awarded, or may be, waits until the contract is settled."""
    is_over = dispute.state in ENDED or dispute.awarded_minor == 0
    return not is_over and dispute.contract.state != ContractState.SETTLED


def covers_disputed(*, provider_id: UUID, asset: str) -> set[UUID]:
    """Return the contracts of a provider of which it is disputed what vouchers covered."""
    found = TradeDispute.objects.filter(provider_id=provider_id, asset=asset)
    return set(found.exclude(state__in=ENDED).values_list("contract_id", flat=True))


def by_month(*, until: date, party_id: UUID | None = None) -> list[DisputeMonth]:
    """
    Return the months in which disputes were opened, the latest first, of two years.

    Of a party, those that it is a side of. The last is the month of `until`; what was opened before
    is asked for by an earlier one.
    """
    ends_at = moments.month_period(until).ends_at
    first = months_before(until, MONTHS_SHOWN - 1)
    money, vouchers = Q(asset=accounts.CNY), ~Q(asset=accounts.CNY)
    closed = Q(state=DisputeState.CLOSED)
    found = TradeDispute.objects.all()
    if party_id is not None:
        found = found.filter(Q(buyer_id=party_id) | Q(provider_id=party_id))
    rows = (
        found.filter(opened_at__gte=moments.start_of_day(first), opened_at__lt=ends_at)
        .annotate(month=TruncMonth("opened_at", tzinfo=market_zone()))
        .values("month")
        .annotate(
            opened=Count("id"),
            lapsed=Count(
                "id",
                filter=Q(state=DisputeState.LAPSED) | Q(answered_at=None, decided_at__isnull=False),
            ),
            won=Count("id", filter=Q(state=DisputeState.CLOSED, awarded_minor__gt=0)),
            appealed=Count(
                "id",
                filter=Q(buyer_appealed_at__isnull=False) | Q(provider_appealed_at__isnull=False),
            ),
            claimed=Sum("claimed_minor", filter=money, default=0),
            awarded=Sum("awarded_minor", filter=money & closed, default=0),
            claimed_cover=Sum("claimed_minor", filter=vouchers, default=0),
            awarded_cover=Sum("awarded_minor", filter=vouchers & closed, default=0),
            took=Avg(F("answered_at") - F("opened_at")),
        )
        .order_by("-month")
    )
    return [
        DisputeMonth(
            month=f"{row['month']:%Y-%m}",
            opened=row["opened"],
            lapsed=row["lapsed"],
            won=row["won"],
            appealed=row["appealed"],
            claimed_minor=row["claimed"],
            awarded_minor=row["awarded"],
            claimed_cover_minor=row["claimed_cover"],
            awarded_cover_minor=row["awarded_cover"],
            hours_to_answer=round(row["took"].total_seconds() / 3600) if row["took"] else None,
        )
        for row in rows
    ]


def months_before(month: date, count: int) -> date:
    """Return the first day of the month that lies so many before another."""
    years, place = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(years, place + 1, 1)


def claimed_under_way(contract_id: UUID, *, asset: str = accounts.CNY) -> int:
    """Return what disputes that are not over claim of a contract beside what they were awarded."""
    found = TradeDispute.objects.filter(contract_id=contract_id, asset=asset)
    found = found.exclude(state__in=ENDED)
    sums = found.aggregate(
        claimed=Sum("claimed_minor", default=0),
        awarded=Sum("awarded_minor", filter=Q(state=DisputeState.DECIDED), default=0),
    )
    return int(sums["claimed"] - sums["awarded"])


def awarded_before(contract_id: UUID, *, asset: str = accounts.CNY) -> int:
    """Return what disputes gave back of a contract in an asset, or will once nobody appeals."""
    found = TradeDispute.objects.filter(
        contract_id=contract_id, state__in=[DisputeState.DECIDED, DisputeState.CLOSED], asset=asset
    )
    return int(found.aggregate(total=Sum("awarded_minor", default=0))["total"])
