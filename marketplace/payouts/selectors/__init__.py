"""Reads of payouts. Row-level security decides whose."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from common import moments, tenancy
from identity import selectors as identity_selectors
from ledger import selectors as ledger_selectors
from ledger.contracts import Balance
from marketplace import accounts
from marketplace.payments.contracts import MovementState
from marketplace.payouts import rules
from marketplace.payouts.contracts import (
    PayoutChannel,
    Plan,
    ProviderKind,
    RunNotFound,
    RunState,
)
from marketplace.payouts.models import BankAccount, Freeze, PayoutLine, PayoutRun, TaxRule
from marketplace.payouts.rules import Owed, PaidTo, Taxed
from marketplace.settlement import selectors as settlement_selectors

OPEN = (MovementState.REQUESTED, MovementState.APPROVED, MovementState.SENT)


def runs() -> QuerySet[PayoutRun]:
    """Return the runs, newest first."""
    return PayoutRun.objects.select_related("proposal", "proposed_by", "approved_by").order_by(
        "-sequence"
    )


def run(run_id: UUID) -> PayoutRun:
    """
    Return a run.

    :raises RunNotFound: if there is none
    """
    found = runs().filter(pk=run_id).first()
    if found is None:
        raise RunNotFound
    return found


def answered_runs() -> QuerySet[PayoutRun]:
    """Return the runs with the bank of which no payout is under way any more, the oldest first."""
    under_way = PayoutLine.objects.filter(run=OuterRef("pk"), movement__state__in=OPEN)
    return PayoutRun.objects.filter(~Exists(under_way), state=RunState.SENT).order_by("sent_at")


def lines(*, run_id: UUID | None = None, provider_id: UUID | None = None) -> QuerySet[PayoutLine]:
    """Return the lines of a run, or those of a provider, as far as the tenant may see them."""
    found = PayoutLine.objects.select_related("provider", "account", "movement")
    if run_id is not None:
        found = found.filter(run_id=run_id)
    if provider_id is not None:
        found = found.filter(provider_id=provider_id, movement__isnull=False)
    return found.order_by("-id")


def bank_account(
    *, provider_id: UUID, channel: PayoutChannel = PayoutChannel.BANK
) -> BankAccount | None:
    """Return where a provider is paid by a channel."""
    return BankAccount.objects.filter(
        provider_id=provider_id, channel=channel, replaced_at=None
    ).first()


def accounts_in_use(provider_ids: Collection[UUID], *, at: datetime) -> dict[UUID, BankAccount]:
    """Return the account of each of some providers, but for those that are still cooling."""
    with tenancy.acting_as_platform():
        found = BankAccount.objects.filter(
            provider__in=provider_ids, replaced_at=None, usable_from__lte=at
        )
        return {each.provider_id: each for each in found}


def freezes(*, provider_id: UUID | None = None) -> QuerySet[Freeze]:
    """Return what is frozen now."""
    found = Freeze.objects.filter(lifted_at=None).select_related("provider").order_by("-id")
    return found if provider_id is None else found.filter(provider_id=provider_id)


@dataclass(frozen=True, slots=True)
class PaidEver:
    """What a provider was paid, and what was withheld from it and did not go back."""

    amount_minor: int
    tax_minor: int


def paid_ever(*, provider_id: UUID) -> PaidEver:
    """Return what a provider was paid ever, and the tax that was withheld from it."""
    found = PayoutLine.objects.filter(provider_id=provider_id, movement__isnull=False).aggregate(
        paid=Sum("amount_minor", filter=Q(movement__state=MovementState.DONE), default=0),
        tax=Sum("tax_minor", filter=Q(tax_return__isnull=True), default=0),
    )
    return PaidEver(int(found["paid"]), int(found["tax"]))


def under_way_minor(*, provider_id: UUID) -> int:
    """Return what is on its way to a provider."""
    found = PayoutLine.objects.filter(provider_id=provider_id, movement__state__in=OPEN).aggregate(
        total=Sum("amount_minor")
    )
    return int(found["total"] or 0)


def plan(
    *,
    until: date,
    threshold_minor: int,
    now: datetime,
    channel: PayoutChannel = PayoutChannel.BANK,
) -> Plan:
    """Return what a run would pay for the days before one, as balances are now."""
    provider_ids = settlement_selectors.earning_providers()
    return Plan(
        until,
        threshold_minor,
        rules.plan(
            _owed(provider_ids, until=until),
            _paid_to(provider_ids, channel),
            threshold_minor=threshold_minor,
            at=now,
            taxes=_taxes(provider_ids, on=moments.market_date(now)),
        ),
    )


def tax_rules() -> QuerySet[TaxRule]:
    """Return what is withheld by kind of provider, the latest first."""
    return TaxRule.objects.order_by("-starts_on", "kind", "-id")


def tax_in_force(kind: str, *, on: date) -> TaxRule | None:
    """Return the tax of a kind of provider on a day: the one that began last, if it lasts."""
    found = tax_rules().filter(kind=kind, starts_on__lte=on).first()
    is_over = found is not None and found.ends_on is not None and found.ends_on <= on
    return None if is_over else found


def _taxes(provider_ids: Collection[UUID], *, on: date) -> dict[UUID, Taxed]:
    """Return under which tax each of some providers is paid on a day."""
    in_force = {kind: tax_in_force(kind, on=on) for kind in ProviderKind.values}
    if not any(in_force.values()):
        return {}
    found = identity_selectors.organizations_by_id(provider_ids)
    taxes: dict[UUID, Taxed] = {}
    for key, organization in found.items():
        rule = in_force[rules.kind_of(organization.uscc)]
        if rule is not None and rule.rate:
            taxes[key] = Taxed(rule.pk, rule.rate)
    return taxes


def untaxed_again() -> QuerySet[PayoutLine]:
    """Return the payouts that came back, and whose tax did not yet."""
    return PayoutLine.objects.select_related("run").filter(
        movement__state=MovementState.RETURNED, tax_minor__gt=0, tax_return__isnull=True
    )


def _owed(provider_ids: Collection[UUID], *, until: date) -> dict[UUID, Owed]:
    later = settlement_selectors.earned_since(moments.start_of_day(until))
    frozen = _frozen(provider_ids)
    payable = {accounts.provider_payable(each): each for each in provider_ids}
    owing = {accounts.provider_receivable(each): each for each in provider_ids}
    balances = ledger_selectors.balances([*payable, *owing])
    return {
        each: Owed(
            available_minor=balances[code].available if code in balances else 0,
            later_minor=max(0, later.get(each, 0)),
            owed_minor=_posted(balances, accounts.provider_receivable(each)),
            frozen_minor=frozen.get(each, 0),
        )
        for code, each in payable.items()
    }


def _posted(balances: dict[str, Balance], code: str) -> int:
    return balances[code].posted if code in balances else 0


def _frozen(provider_ids: Collection[UUID]) -> dict[UUID, int | None]:
    """Return what is frozen of each provider; None is all of it."""
    found: dict[UUID, int | None] = {}
    for freeze in Freeze.objects.filter(lifted_at=None, provider_id__in=provider_ids):
        known = found.get(freeze.provider_id, 0)
        whole = known is None or freeze.amount_minor is None
        found[freeze.provider_id] = None if whole else (known or 0) + (freeze.amount_minor or 0)
    return found


def _paid_to(provider_ids: Collection[UUID], channel: PayoutChannel) -> dict[UUID, PaidTo]:
    found = BankAccount.objects.filter(
        provider_id__in=provider_ids, channel=channel, replaced_at=None
    )
    return {each.provider_id: PaidTo(each.pk, each.usable_from) for each in found}
