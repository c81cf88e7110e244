"""Reads of claims: of their two sides, and of those whose duty they are."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from identity.contracts import Actor, Role
from marketplace import accounts
from marketplace.claims.contracts import Claimable, ClaimNotFound
from marketplace.claims.models import ClaimLine, VoucherClaim
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors

READERS_OF_ALL: Final = frozenset({Role.AUDITOR, Role.FINANCE})


@dataclass(frozen=True, slots=True)
class UnclaimedTrade:
    """What a trade record adds to the next claim of its provider."""

    trade_record_id: UUID
    contract_id: UUID
    number: str
    amount_minor: int


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


def claims_of(actor: Actor) -> QuerySet[VoucherClaim]:
    """
    Return the claims that an actor reads: all by duty, else those of their own side.

    Row-level security alone does not do: who issues a programme passes it for the others.
    """
    if actor.has_role(*READERS_OF_ALL):
        return claims()
    own = actor.organization_id
    return claims().filter(Q(issuer_id=own) | Q(provider_id=own))


def voucher_claim(claim_id: UUID, actor: Actor) -> VoucherClaim:
    """
    Return a claim.

    :raises ClaimNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = claims_of(actor).filter(pk=claim_id).first()
    if found is None:
        raise ClaimNotFound
    return found


def lines(claim_id: UUID) -> QuerySet[ClaimLine]:
    """Return the lines of a claim."""
    found = ClaimLine.objects.filter(claim_id=claim_id)
    return found.select_related("trade_record", "contract").order_by("id")


def unclaimed(
    *, provider_id: UUID, programme_id: UUID, programme_code: str
) -> list[UnclaimedTrade]:
    """Return the settled trades of a provider that a programme paid and nobody claimed yet."""
    trades = settlement_selectors.trades_paid_in(
        provider_id=provider_id, asset=accounts.programme_asset(programme_code)
    )
    live = set(
        ClaimLine.objects.filter(
            programme_id=programme_id, provider_id=provider_id, is_live=True
        ).values_list("trade_record_id", flat=True)
    )
    return [
        UnclaimedTrade(record.pk, record.contract_id, record.number, minor)
        for record, minor in trades
        if record.pk not in live
    ]


def claimable(*, provider_id: UUID) -> list[Claimable]:
    """Return what a provider may claim now, by programme."""
    found = []
    for programme in vouchers_selectors.programmes():
        trades = unclaimed(
            provider_id=provider_id, programme_id=programme.pk, programme_code=programme.code
        )
        amount = sum(each.amount_minor for each in trades)
        if amount > 0:
            found.append(Claimable(programme.pk, programme.code, len(trades), amount))
    return found


def of_batch(*, issuer_id: UUID, batch: str) -> list[VoucherClaim]:
    """Return the claims of one batch of an issuer's payer."""
    return list(claims(issuer_id=issuer_id).filter(batch=batch).order_by("sequence"))
