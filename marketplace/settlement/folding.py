"""From measured use to charges, for one contract; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from common.ids import uuid7
from common.money import AMOUNT_MINOR_MAX, EXACT, InvalidAmount
from common.period import Period
from marketplace.settlement import fee_1, rules
from marketplace.settlement.bounding import DeliveredUse, Ordered
from marketplace.settlement.contracts import (
    NOTHING_MEASURED,
    ChargeStep,
    ChargeTally,
    ContractState,
    Funds,
    Measured,
)
from metering.contracts import MeasuredUsage
from pricing import rules as pricing_rules
from pricing.contracts import (
    QUANTITY_DIGITS,
    Measure,
    NotMeasured,
    RateCard,
    RatedLine,
    RateUnit,
)

TOKENS: Final = Decimal(1000)
DIGITS: Final = Decimal(1).scaleb(-QUANTITY_DIGITS)
TOKEN_UNIT: Final = "token"  # noqa: S105 - a unit, not a secret
BYTE_UNIT: Final = "byte"
GB_UNIT: Final = "gb-second"


class Remark(StrEnum):
    """Why usage costs nothing, or was not collected in full. Stable: they are API."""

    NONE = ""
    BEYOND_HOLD = "beyond_hold"
    AFTER_SETTLEMENT = "after_settlement"
    OUTSIDE_PERIOD = "outside_period"
    UNIT_MISMATCH = "unit_mismatch"
    RULE_MISMATCH = "rule_mismatch"
    NOT_MEASURED = "not_measured"
    BEYOND_ORDER = "beyond_order"
    TRIAL = "trial"
    NOT_READY = "not_ready"


NOT_OF_THE_ORDER: Final = (Remark.UNIT_MISMATCH, Remark.RULE_MISMATCH, Remark.TRIAL)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract was agreed on."""

    id: UUID
    number: str
    order_id: UUID
    order_number: str
    buyer_id: UUID
    provider_id: UUID
    resource_id: UUID
    plan_version_id: UUID
    ordered: Ordered
    fee_rate: Decimal
    fee_rule: str = fee_1.NAME


@dataclass(frozen=True, slots=True)
class ChargedContract:
    """A contract as charging sees it: its terms, its totals, and how far it was charged."""

    terms: Terms
    state: ContractState
    watermark: int
    is_behind: bool
    tally: ChargeTally
    beyond_quantity: Decimal


@dataclass(frozen=True, slots=True)
class EarlierCharge:
    """What was charged for a usage record before it was revised."""

    charge_id: UUID
    measured: Measured


@dataclass(frozen=True, slots=True)
class ChargeDraft:
    """A charge before it is posted and stored."""

    id: UUID
    usage: MeasuredUsage
    corrects_id: UUID | None
    measured: Measured  # of the usage record as a whole
    beyond: Measured  # of what it adds, what the order does not pay for
    total: Measured  # of the contract, after this charge
    step: ChargeStep
    parts: Mapping[str, int]  # minor units by asset
    lines: Sequence[dict[str, Any]]
    remark: Remark


@dataclass(slots=True)
class Folded:
    """The charges of one contract, and its totals after them."""

    account: ChargedContract
    drafts: list[ChargeDraft] = field(default_factory=list)
    after: ChargeTally = field(init=False)
    watermark: int = field(init=False)
    beyond_quantity: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.after = self.account.tally
        self.watermark = self.account.watermark
        self.beyond_quantity = self.account.beyond_quantity


FindEarlier = Callable[[UUID], EarlierCharge | None]


def fold_usage(
    account: ChargedContract,
    usage: Sequence[MeasuredUsage],
    *,
    card: RateCard,
    earlier: Mapping[UUID, EarlierCharge],
    delivery: DeliveredUse,
) -> Folded:
    """
    Return the charges of usage records, in the order in which they were measured.

    `delivery` is what was delivered before; it takes what these records add.

    :raises InvalidQuantity: if the contract's total is no quantity that a plan can price
    :raises InvalidAmount: if its price is no amount of money
    """
    folded = Folded(account)
    known = dict(earlier)
    for record in usage:
        if record.sequence <= folded.watermark:
            continue
        before = known.get(record.supersedes_id) if record.supersedes_id else None
        draft = _draft(folded, record, before, card, delivery)
        known[record.id] = EarlierCharge(draft.id, draft.measured)
        folded.drafts.append(draft)
        folded.watermark = record.sequence
        folded.beyond_quantity = EXACT.add(folded.beyond_quantity, draft.beyond.quantity)
    return folded


def _draft(
    folded: Folded,
    record: MeasuredUsage,
    before: EarlierCharge | None,
    card: RateCard,
    delivery: DeliveredUse,
) -> ChargeDraft:
    terms = folded.account.terms
    unit = terms.ordered.unit
    remark = _why_free(terms.ordered, record)
    measured = Measured(record.quantity, record.standard_hours)
    if remark in (Remark.UNIT_MISMATCH, Remark.TRIAL):
        measured = NOTHING_MEASURED
    added = measured + -(before.measured if before else NOTHING_MEASURED)
    change = NOTHING_MEASURED if remark in NOT_OF_THE_ORDER else delivery.add(record, added)
    beyond = added + -change
    lines: Sequence[RatedLine] = []
    try:
        lines = _rated(folded.after.measured, change, unit, card, record.rule_version_id)
    except NotMeasured:
        remark = Remark.NOT_MEASURED
    step, folded.after = rules.step(
        folded.after,
        change,
        rated_minor=pricing_rules.total_minor(lines),
        fee_rate=terms.fee_rate,
        fee_rule=terms.fee_rule,
        is_settled=folded.account.state is ContractState.SETTLED,
    )
    if folded.after.rated_minor > AMOUNT_MINOR_MAX:
        raise InvalidAmount
    return ChargeDraft(
        id=uuid7(),
        usage=record,
        corrects_id=before.charge_id if before else None,
        measured=measured,
        beyond=beyond,
        total=folded.after.measured,
        step=step,
        parts=by_asset(step.parts, folded.after.funds),
        lines=[pricing_rules.line_json(line) for line in lines],
        remark=remark or _why_less(folded.account, record, beyond, step),
    )


def by_asset(parts: Sequence[int], funds: Sequence[Funds]) -> dict[str, int]:
    """Return what was paid in each asset."""
    paid: dict[str, int] = {}
    for part, each in zip(parts, funds, strict=True):
        if part:
            paid[each.asset] = paid.get(each.asset, 0) + part
    return paid


def _why_free(ordered: Ordered, record: MeasuredUsage) -> Remark:
    if record.is_trial:
        return Remark.TRIAL
    if record.unit != ordered.unit:
        return Remark.UNIT_MISMATCH
    if Period(record.starts_at, record.ends_at).overlap(ordered.period) is None:
        return Remark.OUTSIDE_PERIOD
    return Remark.NONE if ordered.holds(record) else Remark.RULE_MISMATCH


def _ran_all_along(ordered: Ordered, record: MeasuredUsage) -> bool:
    """Return whether the order was in operation wherever a record lies in its time."""
    if ordered.delivered is None:
        return True
    inside = Period(record.starts_at, record.ends_at).overlap(ordered.period)
    return inside is None or ordered.parts_in(inside) == [inside]


def _why_less(
    account: ChargedContract, record: MeasuredUsage, beyond: Measured, step: ChargeStep
) -> Remark:
    if beyond.quantity > 0:
        ran = _ran_all_along(account.terms.ordered, record)
        return Remark.BEYOND_ORDER if ran else Remark.NOT_READY
    if step.uncollected_minor <= 0:
        return Remark.NONE
    is_settled = account.state is ContractState.SETTLED
    return Remark.AFTER_SETTLEMENT if is_settled else Remark.BEYOND_HOLD


def _rated(
    before: Measured, change: Measured, unit: str, card: RateCard, rule_version_id: UUID
) -> list[RatedLine]:
    return pricing_rules.rate(
        card,
        _difference(before, change, unit, rule_version_id),
        after=in_every_unit(before, unit, rule_version_id),
    )


def in_every_unit(measured: Measured, unit: str, rule_version_id: UUID) -> Measure:
    """Return a measured amount in every unit that a plan may charge by."""
    quantities: dict[RateUnit, Decimal] = {}
    if unit == TOKEN_UNIT:
        thousands = EXACT.divide(measured.quantity, TOKENS)
        quantities[RateUnit.KTOKEN] = thousands.quantize(DIGITS, ROUND_HALF_EVEN, EXACT)
    elif unit == BYTE_UNIT:
        quantities[RateUnit.GB_MOVED] = pricing_rules.gb_moved(measured.quantity)
    else:
        quantities[RateUnit.UNIT_HOUR] = pricing_rules.unit_hours(measured.quantity)
        if unit == GB_UNIT:
            quantities[RateUnit.GB_MONTH] = pricing_rules.gb_months(measured.quantity)
    if measured.standard_hours is not None:
        quantities[RateUnit.STANDARD_HOUR] = measured.standard_hours
    return Measure(quantities=quantities, rule_version_id=rule_version_id)


def _difference(before: Measured, change: Measured, unit: str, rule_version_id: UUID) -> Measure:
    """
    Return what the totals move by.

    Hours are divided from the total, not from the change: thirds of an hour do not add up.
    """
    start = in_every_unit(before, unit, rule_version_id)
    end = in_every_unit(before + change, unit, rule_version_id)
    both = start.quantities.keys() & end.quantities.keys()
    return replace(
        end,
        quantities={
            each: EXACT.subtract(end.quantities[each], start.quantities[each]) for each in both
        },
    )
