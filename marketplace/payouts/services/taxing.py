"""Taxes that runs withhold: published by two, booked with the run, back with what came back."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from common import moments, tenancy
from common.canonical import decimal_text
from common.ids import uuid7
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from ledger import services as ledger_services
from ledger.contracts import Transfer, derived_id
from marketplace import accounts
from marketplace.payouts import selectors
from marketplace.payouts.contracts import TAX_DIGITS, TAX_KIND, ProviderKind, TaxRefused
from marketplace.payouts.event_names import PayoutEvent
from marketplace.payouts.models import PayoutLine, PayoutRun, TaxReturn, TaxRule

RETURNED_MAX: Final = 200


def propose_tax_rule(
    *,
    kind: ProviderKind,
    rate: Decimal,
    starts_on: date,
    source: str,
    by: Person,
    now: datetime,
    ends_on: date | None = None,
) -> Proposed:
    """
    Propose what is withheld from providers of a kind, from a day on.

    :raises TaxRefused: if the rate is no share, or the days are past or not in order
    :raises ProposalWaits: if another tax of the kind waits
    """
    if not 0 <= rate < 1 or -int(rate.as_tuple().exponent) > TAX_DIGITS:
        raise TaxRefused(field="rate")
    _require_days(starts_on, ends_on, now=now)
    draft = Draft(
        kind=TAX_KIND,
        reference=kind.value,
        label=f"{kind.value} {decimal_text(rate * 100)}%",
        content={
            "kind": kind.value,
            "rate": rate,
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on and ends_on.isoformat(),
            "source": source,
        },
        role=Role.FINANCE,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def publish_tax_rule(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> TaxRule:
    """
    Publish a tax that another person of finance proposed.

    :raises TaxRefused: if its day is over, or another begins on it
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=TAX_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    said = agreed.content
    starts_on = date.fromisoformat(said["starts_on"])
    ends_on = date.fromisoformat(said["ends_on"]) if said["ends_on"] else None
    _require_days(starts_on, ends_on, now=now)
    rule = TaxRule(
        id=made,
        kind=said["kind"],
        rate=Decimal(said["rate"]),
        starts_on=starts_on,
        ends_on=ends_on,
        source=said["source"],
        published_at=now,
        published_by_id=agreed.proposed_by_id,
        approved_by_id=agreed.decided_by_id,
        proposal_id=agreed.id,
    )
    with tenancy.acting_as_platform():
        try:
            with transaction.atomic():
                rule.save(force_insert=True)
        except IntegrityError as error:
            raise TaxRefused(field="starts_on") from error
        event = events.Event(
            name=PayoutEvent.TAX_PUBLISHED,
            object_kind="tax_rule",
            object_id=rule.pk,
            object_label=rule.kind,
            facts={"rate": rule.rate, "starts_on": rule.starts_on},
        )
        events.record([event])
    return rule


def _require_days(starts_on: date, ends_on: date | None, *, now: datetime) -> None:
    if starts_on < moments.market_date(now) or (ends_on is not None and ends_on <= starts_on):
        raise TaxRefused(field="starts_on")


def withhold(run: PayoutRun, lines: Sequence[PayoutLine], *, now: datetime) -> None:
    """Take the tax of a run from the payables, before what is left is paid."""
    taxed = [each for each in lines if each.tax_minor]
    if not taxed:
        return
    ledger_services.post(
        transfers=[
            Transfer(
                id=derived_id(now, each.pk, "tax"),
                debit=accounts.provider_payable(each.provider_id),
                credit=accounts.tax_withheld(),
                asset=accounts.CNY,
                amount=each.tax_minor,
                reason=accounts.TransferReason.TAX,
                reference=run.number,
                effective_at=now,
            )
            for each in taxed
        ]
    )


@transaction.atomic
def return_taxes(*, now: datetime) -> int:
    """Give back the tax of payouts that came back: who is not paid is not taxed."""
    with tenancy.acting_as_platform():
        found = selectors.untaxed_again().order_by("pk")
        lines = list(found.select_for_update(of=("self",), no_key=True)[:RETURNED_MAX])
        if not lines:
            return 0
        TaxReturn.objects.bulk_create(
            [
                TaxReturn(
                    line=each,
                    provider_id=each.provider_id,
                    amount_minor=each.tax_minor,
                    returned_at=now,
                )
                for each in lines
            ]
        )
        ledger_services.post(
            transfers=[
                Transfer(
                    id=derived_id(now, each.pk, "tax back"),
                    debit=accounts.tax_withheld(),
                    credit=accounts.provider_payable(each.provider_id),
                    asset=accounts.CNY,
                    amount=each.tax_minor,
                    reason=accounts.TransferReason.RETURNED,
                    reference=each.run.number,
                    effective_at=now,
                )
                for each in lines
            ]
        )
        return len(lines)
