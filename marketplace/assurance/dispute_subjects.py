"""What a dispute is about: found by its identifier, with its asset, its clock, and its bound."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from common.errors import NotFound
from common.moments import market_zone
from common.money import Money
from marketplace import accounts
from marketplace.assurance import dispute_selectors, level_selectors
from marketplace.assurance.dispute_contracts import (
    DisputeBeyondCharged,
    DisputeSubject,
    InvalidDispute,
)
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors
from metering.verifying import selectors as verifying_selectors

LISTED_MAX: Final = 24
CALLED_MIN: Final = 8  # characters of a hash that name a certificate


@dataclass(frozen=True, slots=True)
class DisputedThing:
    """What is disputed of a contract, and what may be wanted back of it at most."""

    id: UUID | None
    reference: str
    asset: str
    counts_from: datetime  # when its time limit begins
    most_minor: int


def disputed_thing(
    contract: Any, subject: DisputeSubject, subject_id: UUID | None, reference: str = ""
) -> DisputedThing:
    """
    Return what a dispute about a contract is about; without an identifier, by its reference alone.

    Whoever calls acts for the market, and made sure that the contract is the buyer's.

    :raises InvalidDispute: if the contract has no such thing, or several and none was named
    """
    if subject == DisputeSubject.COVER:
        return _cover(contract, subject_id)
    ended = max(contract.ends_at, contract.starts_at)
    most = unclaimed_minor(contract)
    if subject == DisputeSubject.CERTIFICATE and subject_id is None:
        subject_id = _certificate_called(contract, reference)
    if subject_id is None:
        return DisputedThing(None, reference, accounts.CNY, ended, most)
    if subject == DisputeSubject.CHARGE:
        return _charge(contract, subject_id, most)
    if subject == DisputeSubject.DELIVERY:
        found = fulfilment_selectors.delivery_of_order(contract.order_id)
        if found is None or found.pk != subject_id:
            raise _none_of_it()
        return DisputedThing(found.pk, found.order_number, accounts.CNY, ended, most)
    return _certificate(contract, subject_id, most)


def disputable(contract: Any) -> list[tuple[DisputeSubject, DisputedThing]]:
    """Return what of a contract its buyer may dispute: what it is, which, and how much at most."""
    found: list[tuple[DisputeSubject, UUID]] = []
    delivery = fulfilment_selectors.delivery_of_order(contract.order_id)
    if delivery is not None:
        found.append((DisputeSubject.DELIVERY, delivery.pk))
    found += [
        (DisputeSubject.COVER, each.voucher_id)
        for each in contract.funds.all()
        if each.voucher_id is not None and each.captured_minor > each.returned_minor
    ]
    certificates = _certificates_of(contract)[:LISTED_MAX]
    found += [(DisputeSubject.CERTIFICATE, each.pk) for each in certificates]
    charges = settlement_selectors.charges().filter(contract_id=contract.pk, cash_minor__gt=0)
    found += [(DisputeSubject.CHARGE, each.pk) for each in charges[:LISTED_MAX]]
    return [(subject, disputed_thing(contract, subject, pk)) for subject, pk in found]


def claimable_minor(contract: Any, asset: str = accounts.CNY) -> int:
    """Return what was paid for a contract in an asset, less what was given back in any way."""
    if asset == accounts.CNY:
        paid = int(contract.cash_minor) - settlement_selectors.given_back_minor(contract.pk)
    else:
        paid = sum(
            each.captured_minor - each.returned_minor
            for each in contract.funds.all()
            if each.asset == asset
        )
    credited = level_selectors.credited_minor(contract.pk, asset=asset)
    return int(paid - credited - dispute_selectors.awarded_before(contract.pk, asset=asset))


def unclaimed_minor(contract: Any, asset: str = accounts.CNY) -> int:
    """Return what another dispute may claim of a contract: what none that goes on claims."""
    under_way = dispute_selectors.claimed_under_way(contract.pk, asset=asset)
    return claimable_minor(contract, asset) - under_way


def in_yuan(minor: int) -> str:
    """Write an amount as the pages do: `¥1,284.50`."""
    return f"¥{Money(minor).decimal():,f}"


def beyond_charged(most_minor: int, *, field: str) -> DisputeBeyondCharged:
    """Return the refusal of an amount, naming the most that it may be."""
    most = max(0, most_minor)
    return DisputeBeyondCharged(field=field, most=in_yuan(most), most_minor=most)


def _charge(contract: Any, charge_id: UUID, most: int) -> DisputedThing:
    found = settlement_selectors.charges().filter(pk=charge_id, contract_id=contract.pk).first()
    if found is None:
        raise _none_of_it()
    ended = max(contract.ends_at, found.charged_at)
    begins, ends = (each.astimezone(market_zone()) for each in (found.starts_at, found.ends_at))
    span = f"{begins:%Y-%m-%d %H:%M:%S}–{ends:%H:%M:%S}"
    if found.corrects_id is not None:
        span += f" #{found.revision}"
    return DisputedThing(found.pk, span, accounts.CNY, ended, min(most, found.cash_minor))


def _certificate(contract: Any, certificate_id: UUID, most: int) -> DisputedThing:
    try:
        found = verifying_selectors.certificate(certificate_id)
    except NotFound:
        raise _none_of_it() from None
    was_in_force = found.valid_from < contract.ends_at and found.valid_to > contract.starts_at
    if found.resource_id != contract.resource_id or not was_in_force:
        raise _none_of_it()
    end = getattr(found, "end", None)
    ended = max(contract.ends_at, end.ended_at) if end else contract.ends_at
    reference = f"{found.benchmark} {found.content_hash[:12]}"
    return DisputedThing(found.pk, reference, accounts.CNY, ended, most)


def _certificate_called(contract: Any, reference: str) -> UUID:
    """Return the certificate that a reference names, by the beginning of its hash or its number."""
    called = reference.strip().lower().split(" ")[-1]
    if len(called) >= CALLED_MIN:
        for each in _certificates_of(contract):
            if each.content_hash.startswith(called) or str(each.pk) == called:
                return UUID(str(each.pk))
    told = _("the resource had no certificate of this name then: give the beginning of its hash")
    raise InvalidDispute(field="subject_reference", problem=told)


def _certificates_of(contract: Any) -> Any:
    return verifying_selectors.certificates_of_resource(contract.resource_id).filter(
        valid_from__lt=contract.ends_at, valid_to__gt=contract.starts_at
    )


def _cover(contract: Any, voucher_id: UUID | None) -> DisputedThing:
    """Return a voucher that paid: what it covered is claimed in its own asset."""
    paid = [each for each in contract.funds.all() if each.voucher_id is not None]
    chosen = [each for each in paid if voucher_id is None or each.voucher_id == voucher_id]
    if not chosen:
        raise _none_of_it()
    if len(chosen) > 1:
        told = _("name the voucher: several paid for this contract")
        raise InvalidDispute(field="subject_id", problem=told)
    (fund,) = chosen
    left = unclaimed_minor(contract, fund.asset)
    covered = fund.captured_minor - fund.returned_minor
    return DisputedThing(
        id=fund.voucher_id,
        reference=vouchers_selectors.voucher(voucher_id=fund.voucher_id).number,
        asset=fund.asset,
        counts_from=max(contract.ends_at, contract.settled_at or contract.ends_at),
        most_minor=min(left, covered),
    )


def _none_of_it() -> InvalidDispute:
    return InvalidDispute(field="subject_id", problem=_("the contract has nothing of the kind"))
