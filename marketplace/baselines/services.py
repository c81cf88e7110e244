"""Reference prices: one operator proposes, another approves; they hold a day later."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.ids import uuid7
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from marketplace.baselines import rules, selectors
from marketplace.baselines.contracts import (
    ABOVE_BP_MAX,
    BAND_BP_MIN,
    BELOW_BP_MAX,
    OFF_PEAK_BP_MAX,
    REFERENCE_KIND,
    REFERENCE_NOTICE,
    REFERENCE_PRICE_MAX,
    REFERENCE_REASON_MAX,
    ReferencePriceRefused,
    ReferencePriceTerms,
)
from marketplace.baselines.costing import confirm_costs, propose_costs
from marketplace.baselines.event_names import BaselinesEvent
from marketplace.baselines.models import ReferencePrice
from metering.table_contracts import HourClass

__all__ = ["confirm_costs", "confirm_reference", "propose_costs", "propose_reference"]


def propose_reference(
    *, hour_class: str, terms: ReferencePriceTerms, reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose what a standard hour of a class should cost; another operator's approval announces it.

    It holds `REFERENCE_NOTICE` after that. Terms without a figure end the reference price.

    :raises ReferencePriceRefused: if it is no band, or it isn't said why
    :raises ProposalWaits: if another reference price of the class waits
    """
    reason = reason.strip()
    _check(hour_class, terms, reason)
    content = {
        "hour_class": hour_class,
        "reference": _text(terms.reference),
        "below_bp": terms.below_bp,
        "above_bp": terms.above_bp,
        "floor": _text(terms.floor),
        "off_peak_from": terms.off_peak_from,
        "off_peak_until": terms.off_peak_until,
        "off_peak_bp": terms.off_peak_bp,
        "baseline_version": selectors.costs_in_force(at=now).number,
        "reason": reason,
    }
    draft = Draft(
        kind=REFERENCE_KIND,
        reference=hour_class,
        label=hour_class,
        content=content,
        reason=reason,
        role=Role.OPERATOR,
        by=by,
    )
    return approvals_services.propose(draft, now=now)


@transaction.atomic
def confirm_reference(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> ReferencePrice:
    """
    Announce the reference price that another operator proposed.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=REFERENCE_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    said = dict(agreed.content)
    with tenancy.acting_as_platform():
        price = ReferencePrice.objects.create(
            id=made,
            **said | {name: _exact(said[name]) for name in ("reference", "floor")},
            announced_at=now,
            valid_from=now + REFERENCE_NOTICE,
            proposed_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        events.record(
            [
                events.Event(
                    name=BaselinesEvent.REFERENCE_ANNOUNCED,
                    object_kind="reference_price",
                    object_id=str(price.pk),
                    object_label=price.hour_class,
                    facts={
                        "reference": said["reference"] or "",
                        "low": price.low,
                        "high": price.high,
                        "valid_from": price.valid_from,
                    },
                )
            ]
        )
    return price


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(rules.PRICE_STEP))


def _exact(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def _check(hour_class: str, terms: ReferencePriceTerms, reason: str) -> None:
    if hour_class not in HourClass.values:
        raise ReferencePriceRefused(field="hour_class", problem=_("there is no such class"))
    if not 1 <= len(reason) <= REFERENCE_REASON_MAX:
        told = _("say why, in 1 to %(most)s characters") % {"most": REFERENCE_REASON_MAX}
        raise ReferencePriceRefused(field="reason", problem=told)
    for field, is_wrong, problem in _tests(terms):
        if is_wrong:
            raise ReferencePriceRefused(field=field, problem=problem)


def _tests(terms: ReferencePriceTerms) -> list[tuple[str, bool, str]]:
    hours = (terms.off_peak_from, terms.off_peak_until)
    if terms.reference is None:
        is_more = terms.floor is not None or hours != (None, None) or bool(terms.off_peak_bp)
        return [("reference", is_more, _("without a figure there is no floor and no guidance"))]
    price = terms.reference
    return [
        (
            "reference",
            not rules.PRICE_STEP <= price <= REFERENCE_PRICE_MAX,
            _("the reference is a price above 0 and up to %(most)s")
            % {"most": f"{REFERENCE_PRICE_MAX:,}"},
        ),
        ("below", not BAND_BP_MIN <= terms.below_bp <= BELOW_BP_MAX, _within(BELOW_BP_MAX)),
        ("above", not BAND_BP_MIN <= terms.above_bp <= ABOVE_BP_MAX, _within(ABOVE_BP_MAX)),
        (
            "floor",
            terms.floor is not None and not rules.PRICE_STEP <= terms.floor <= price,
            _("the floor lies above 0 and not above the reference"),
        ),
        ("off_peak_from", not _are_hours(terms), _("two different hours of the day, 0 to 23")),
        (
            "off_peak",
            hours != (None, None) and not BAND_BP_MIN <= terms.off_peak_bp <= OFF_PEAK_BP_MAX,
            _within(OFF_PEAK_BP_MAX),
        ),
    ]


def _are_hours(terms: ReferencePriceTerms) -> bool:
    first, last = terms.off_peak_from, terms.off_peak_until
    if first is None or last is None:
        return first is last and not terms.off_peak_bp
    return 0 <= first <= 23 and 0 <= last <= 23 and first != last


def _within(most_bp: int) -> str:
    told = _("1 to %(most)s per cent of the reference are allowed")
    return told % {"most": f"{most_bp // 100:,}"}
