"""Reads of claims: of their two sides, and of those whose duty they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum

from common import tenancy
from identity.contracts import Actor, Role
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.assurance import dispute_selectors
from marketplace.claims.contracts import (
    LINES_MAX,
    OPEN,
    Claimable,
    ClaimKind,
    ClaimNotFound,
    ClaimState,
    PayerBatch,
    RecoveryNotFound,
    RecoveryState,
)
from marketplace.claims.models import ClaimLine, ClaimShare, Recovery, VoucherClaim
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors

READERS_OF_ALL: Final = frozenset({Role.AUDITOR, Role.FINANCE})
BATCHES_SHOWN: Final = 200
REDEEMED_SHOWN: Final = 20
PAYABLE: Final = (ClaimState.INSTRUCTED, ClaimState.PAID)


@dataclass(frozen=True, slots=True)
class UnclaimedTrade:
    """What a trade record adds to the next claim of its provider."""

    trade_record_id: UUID
    contract_id: UUID
    number: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class RedeemedTrade:
    """What vouchers paid of a trade, as its buyer sees it; without a state nobody claimed it."""

    number: str
    order_number: str
    order_id: UUID
    amount_minor: int
    ended_at: datetime
    state: ClaimState | None


def claims(
    *, provider_id: UUID | None = None, issuer_id: UUID | None = None
) -> QuerySet[VoucherClaim]:
    """Return the claims of a provider, or on an issuer, or all the tenant may see."""
    found = VoucherClaim.objects.select_related("programme", "provider", "issuer")
    if provider_id is not None:
        found = found.filter(provider_id=provider_id)
    if issuer_id is not None:
        found = found.filter(issuer_id=issuer_id)
    return found.order_by("-sequence")


def open_count(*, organization_id: UUID) -> int:
    """Return how many claims of, or on, an organisation are open, with what it owes back."""
    is_party = Q(issuer_id=organization_id) | Q(provider_id=organization_id)
    owes = Recovery.objects.filter(payee_id=organization_id, state=RecoveryState.OPEN)
    return VoucherClaim.objects.filter(is_party, state__in=OPEN).count() + owes.count()


def claims_of(actor: Actor) -> QuerySet[VoucherClaim]:
    """
    Return the claims that an actor reads: all by duty, else those of their own side or to pay.

    Row-level security alone does not do: who issues a programme passes it for the others.
    """
    if actor.has_role(*READERS_OF_ALL):
        return claims()
    own = actor.organization_id
    paid = ClaimShare.objects.filter(payer_id=own).values("claim_id")
    return claims().filter(Q(issuer_id=own) | Q(provider_id=own) | Q(pk__in=paid))


def voucher_claim(claim_id: UUID, actor: Actor) -> VoucherClaim:
    """
    Return a claim.

    :raises ClaimNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = claims_of(actor).filter(pk=claim_id).first()
    if found is None:
        raise ClaimNotFound
    return found


def recoveries_of(actor: Actor) -> QuerySet[Recovery]:
    """Return what programmes want back, newest first: all by duty, else of one's own side."""
    found = Recovery.objects.select_related("programme", "payee", "issuer")
    if not actor.has_role(*READERS_OF_ALL):
        own = actor.organization_id
        found = found.filter(Q(issuer_id=own) | Q(payee_id=own))
    return found.order_by("-id")


def recovery(recovery_id: UUID, actor: Actor) -> Recovery:
    """
    Return what a programme wants back.

    :raises RecoveryNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = recoveries_of(actor).filter(pk=recovery_id).first()
    if found is None:
        raise RecoveryNotFound
    return found


def lines(claim_id: UUID) -> QuerySet[ClaimLine]:
    """Return the lines of a claim."""
    found = ClaimLine.objects.filter(claim_id=claim_id)
    return found.select_related("trade_record", "contract").order_by("id")


def redeemed(*, buyer_id: UUID, limit: int = REDEEMED_SHOWN) -> list[RedeemedTrade]:
    """Return what vouchers paid for a buyer last, and how far its claim has come."""
    trades = list(
        settlement_selectors.trade_records()
        .filter(buyer_id=buyer_id, voucher_minor__gt=0)
        .select_related("contract")
        .order_by("-sequence")[:limit]
    )
    # Whether its provider was paid is told to the buyer, and nothing else of the claim.
    with tenancy.acting_as_platform():
        states = dict(
            ClaimLine.objects.filter(
                trade_record__in=trades, is_live=True, claim__kind=ClaimKind.VOUCHER
            ).values_list("trade_record_id", "claim__state")
        )
    return [
        RedeemedTrade(
            each.number,
            each.order_number,
            each.contract.order_id,
            each.voucher_minor,
            each.ends_at,
            ClaimState(states[each.pk]) if each.pk in states else None,
        )
        for each in trades
    ]


def unclaimed(
    *, provider_id: UUID, programme_id: UUID, programme_code: str
) -> list[UnclaimedTrade]:
    """
    Return the settled trades of a provider that a programme paid and nobody claimed yet.

    Those whose voucher cover is disputed wait until the dispute is over.
    """
    asset = accounts.programme_asset(programme_code)
    trades = settlement_selectors.trades_paid_in(provider_id=provider_id, asset=asset)
    disputed = dispute_selectors.covers_disputed(provider_id=provider_id, asset=asset)
    live = set(
        ClaimLine.objects.filter(
            programme_id=programme_id, provider_id=provider_id, is_live=True
        ).values_list("trade_record_id", flat=True)
    )
    return [
        UnclaimedTrade(record.pk, record.contract_id, record.number, minor)
        for record, minor in trades
        if record.pk not in live and record.contract_id not in disputed
    ]


def claimable(*, provider_id: UUID) -> list[Claimable]:
    """Return what a provider may claim now, by programme."""
    programmes = list(vouchers_selectors.programmes())
    codes = {each.pk: accounts.voucher_claim(each.code, provider_id) for each in programmes}
    captured = ledger_selectors.balances(list(codes.values()))
    found = []
    for programme in programmes:
        if codes[programme.pk] not in captured or captured[codes[programme.pk]].posted <= 0:
            continue
        trades = unclaimed(
            provider_id=provider_id, programme_id=programme.pk, programme_code=programme.code
        )[:LINES_MAX]
        amount = sum(each.amount_minor for each in trades)
        if amount > 0:
            found.append(Claimable(programme.pk, programme.code, len(trades), amount))
    return found


def asks_power(claim: VoucherClaim) -> bool:
    """Return whether the newest rules of a claim's programme ask for the use of electricity."""
    found = vouchers_selectors.programmes().filter(pk=claim.programme_id).first()
    versions = [] if found is None else list(found.versions.all())
    return bool(versions) and "ELECTRICITY" in versions[0].rules.get("evidence", ())


def shares_to_pay(claim_id: UUID, *, payer_id: UUID) -> list[ClaimShare]:
    """Return the parts of a claim that a payer has still to pay."""
    found = ClaimShare.objects.filter(claim_id=claim_id, payer_id=payer_id, paid_at=None)
    return list(found.order_by("source"))


def with_payer(*, payer_id: UUID, batch: str) -> list[ClaimShare]:
    """Return what a payer is to pay with a batch, or paid: what came back is not."""
    found = ClaimShare.objects.select_related("claim__programme", "provider")
    mine = found.filter(payer_id=payer_id, claim__batch=batch, claim__state__in=PAYABLE)
    return list(mine.order_by("claim__sequence", "source"))


def batches(*, payer_id: UUID) -> list[PayerBatch]:
    """Return what a payer was handed, newest first."""
    found = (
        ClaimShare.objects.filter(payer_id=payer_id, claim__state__in=PAYABLE)
        .values("claim__batch")
        .annotate(
            at=Min("claim__instructed_at"),
            count=Count("claim", distinct=True),
            paid=Count("claim", distinct=True, filter=Q(paid_at__isnull=False)),
            total=Sum("amount_minor"),
        )
        .order_by("-at", "claim__batch")[:BATCHES_SHOWN]
    )
    return [
        PayerBatch(each["claim__batch"], each["at"], each["count"], each["paid"], each["total"])
        for each in found
    ]


def of_batch(*, issuer_id: UUID, batch: str) -> list[VoucherClaim]:
    """Return the claims of one batch of an issuer's payer."""
    return list(claims(issuer_id=issuer_id).filter(batch=batch).order_by("sequence"))
