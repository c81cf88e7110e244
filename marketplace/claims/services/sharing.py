"""Each claim is divided over who funds its programme, and each payer pays its part."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from common import tenancy
from common.money import Money
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.events import services as events
from marketplace import accounts, limits
from marketplace.claims import shares
from marketplace.claims.contracts import ClaimKind, SourceUnknown
from marketplace.claims.event_names import ClaimEvent
from marketplace.claims.models import (
    ClaimLine,
    ClaimPart,
    ClaimShare,
    ProgrammePayer,
    VoucherClaim,
)
from marketplace.claims.reimbursement_contracts import PaymentNotArrived
from marketplace.claims.selectors.reimbursements import payers_of
from marketplace.payments import selectors as payments_selectors
from marketplace.payments.contracts import MovementKind, MovementState, PayChannel
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import programme_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import ProgrammeRules

ARRIVALS: Final = "claims.arrivals"
Versions = Sequence[tuple[int, ProgrammeRules]]


@transaction.atomic
def set_payer(
    *, programme_id: UUID, source: str, payer_id: UUID, by: Person, now: datetime
) -> ProgrammePayer:
    """
    Name who pays for a source of a programme's money from now on; claims divided before stay.

    :raises ProgrammeNotFound: if the programme is another issuer's
    :raises SourceUnknown: if no version of its rules names the source
    :raises NotFound: if there is no such organisation
    """
    programme = vouchers_selectors.programme(
        programme_id=programme_id, issuer_id=by.organization_id
    )
    if source not in sources_of(programme_id):
        raise SourceUnknown(field="source")
    with tenancy.acting_as_platform():
        identity_services.hold_role(
            person_id=by.id, organization_id=by.organization_id, role=Role.ISSUER
        )
        payer = identity_selectors.organization(payer_id)
        made = ProgrammePayer.objects.create(
            programme_id=programme_id,
            issuer_id=by.organization_id,
            source=source,
            payer=payer,
            set_by_id=by.id,
            set_at=now,
        )
        event = events.Event(
            name=ClaimEvent.PAYER_SET,
            object_kind="programme",
            object_id=programme.pk,
            object_label=programme.code,
            concerns=[by.organization_id, payer.pk],
            facts={"source": source, "payer": payer.name},
            at=now,
        )
        events.record([event])
    return made


def sources_of(programme_id: UUID) -> list[str]:
    """Return the sources that the rules of a programme name, the newest version's in front."""
    found = vouchers_selectors.programmes().filter(pk=programme_id).first()
    versions = [] if found is None else list(found.versions.all())
    named = [part.source for each in versions for part in programme_rules.parse(each.rules).funding]
    return list(dict.fromkeys(named)) or [shares.ISSUER]


def versions_of(contract_ids: Collection[UUID], *, asset: str) -> dict[UUID, Versions]:
    """Return by which versions of its rules a programme's vouchers paid contracts, and how much."""
    paid = settlement_selectors.captured_of_contracts(contract_ids, asset=asset)
    ids = {pk for its in paid.values() for pk in its}
    cards = {each.pk: each for each in vouchers_selectors.vouchers().filter(pk__in=ids)}
    parsed: dict[UUID, ProgrammeRules] = {}
    found: dict[UUID, list[tuple[int, ProgrammeRules]]] = {}
    for contract_id, its in paid.items():
        for voucher_id, minor in sorted(its.items()):
            version = cards[voucher_id].programme_version
            if version.pk not in parsed:
                parsed[version.pk] = programme_rules.parse(version.rules)
            found.setdefault(contract_id, []).append((minor, parsed[version.pk]))
    return {pk: tuple(its) for pk, its in found.items()}


def share_out(claim: VoucherClaim, rules: ProgrammeRules | None = None) -> list[ClaimShare]:
    """
    Divide what a claim accepts over the sources of its programme, line by line.

    `rules` are those that granted a reimbursement; captured vouchers have rules of their own.
    """
    lines = list(claim.lines.filter(is_live=True).order_by("id"))
    asset = accounts.programme_asset(claim.programme.code)
    paid = {} if rules else versions_of({each.contract_id for each in lines}, asset=asset)
    payers = payers_of(claim.programme_id)
    parts: list[ClaimPart] = []
    totals: dict[str, int] = {}
    for line in lines:
        versions = [(1, rules)] if rules else paid[line.contract_id]
        funding = [(minor, each.funding) for minor, each in versions]
        for source, minor in shares.by_source(line.amount_minor, funding).items():
            totals[source] = totals.get(source, 0) + minor
            if minor:
                parts.append(_part(claim, line, source, minor))
    ClaimPart.objects.bulk_create(parts, batch_size=1_000)
    return ClaimShare.objects.bulk_create(
        ClaimShare(
            claim=claim,
            provider_id=claim.provider_id,
            issuer_id=claim.issuer_id,
            payer_id=payers[source].payer_id if source in payers else claim.issuer_id,
            source=source,
            amount_minor=minor,
        )
        for source, minor in sorted(totals.items())
        if minor
    )


def _part(claim: VoucherClaim, line: ClaimLine, source: str, amount_minor: int) -> ClaimPart:
    return ClaimPart(
        claim=claim,
        line=line,
        provider_id=claim.provider_id,
        issuer_id=claim.issuer_id,
        source=source,
        amount_minor=amount_minor,
    )


def pay_shares(
    claim: VoucherClaim, *, payment_reference: str, by: Person, now: datetime
) -> list[ClaimShare]:
    """
    Note that a payer paid its parts of a claim; return the parts that others still have to pay.

    A reimbursement is paid once its money is booked to the buyer's account in the market.

    :raises PaymentNotArrived: if no payment of the amount is booked under the reference
    """
    held = claim.shares.select_for_update(no_key=True, of=("self",)).order_by("pk")
    unpaid = [each for each in held if each.paid_at is None]
    mine = [each for each in unpaid if each.payer_id == by.organization_id]
    amount = sum(each.amount_minor for each in mine)
    arrival = ""
    if claim.kind == ClaimKind.REIMBURSEMENT and mine:
        arrival = _arrived(claim, amount, payment_reference)
    for place, each in enumerate(mine):
        each.paid_at, each.paid_by_id = now, by.id
        each.payment_reference = payment_reference
        each.arrival = arrival if place == 0 else ""
        each.save(update_fields=["paid_at", "paid_by", "payment_reference", "arrival"])
    left = [each for each in unpaid if each not in mine]
    if mine and left:
        event = events.Event(
            name=ClaimEvent.SHARE_PAID,
            object_kind="claim",
            object_id=claim.pk,
            object_label=claim.number,
            concerns=[claim.provider_id, claim.issuer_id, by.organization_id],
            facts={"amount_minor": amount},
            at=now,
        )
        events.record([event])
    return left


def _arrived(claim: VoucherClaim, amount_minor: int, reference: str) -> str:
    """Return the payment of an amount that is booked to the buyer's cash under a reference."""
    limits.take_turns(ARRIVALS)
    moved = payments_selectors.movements(organization_id=claim.provider_id).filter(
        kind=MovementKind.TOP_UP,
        channel=PayChannel.BANK,
        state=MovementState.DONE,
        amount_minor=amount_minor,
    )
    lines = payments_selectors.bank_lines().filter(reference=reference).order_by()
    named = moved.filter(Q(number=reference) | Q(pk__in=lines.values("movement_id")))
    deposits = payments_selectors.deposits(organization_id=claim.provider_id)
    booked = deposits.filter(amount_minor=amount_minor, reference=reference)
    taken = ClaimShare.objects.filter(provider_id=claim.provider_id).exclude(arrival="")
    used = set(taken.values_list("arrival", flat=True))
    found = [*(each.number for each in named), *(f"deposit:{each.reference}" for each in booked)]
    free = [each for each in found if each not in used]
    if not free:
        raise PaymentNotArrived(field="payment_reference", amount=str(Money(amount_minor)))
    return free[0]
