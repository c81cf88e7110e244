"""From measured use to charges, for one contract; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from common.canonical import decimal_text
from common.ids import uuid7
from common.money import AMOUNT_MINOR_MAX, EXACT, InvalidAmount
from common.period import Period
from marketplace.catalog import tokens as catalog_tokens
from marketplace.settlement import closing, fee_1, rules
from marketplace.settlement.bounding import DeliveredUse, Ordered
from marketplace.settlement.closing import PlannedEnd
from marketplace.settlement.contracts import (
    NOTHING_MEASURED,
    ChargeStep,
    ChargeTally,
    ContractState,
    Funds,
    Measured,
)
from metering.contracts import MeasuredUsage
from pricing import rate_2, rate_4, token_kinds
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
SECONDS_PER_HOUR: Final = 3600
SECONDS_PER_MONTH: Final = 30 * 86_400
NONE_READY: Final = Decimal(0)
DIGITS: Final = Decimal(1).scaleb(-QUANTITY_DIGITS)
TOKEN_UNITS: Final = frozenset({"token", "api-token"})
MILLION: Final = 10**6
# Where a charge's first line says what was counted by kind; so it is sealed with the lines.
BY_KIND: Final = "by_kind"
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
    agreed: Period | None = None  # the order's own time, also where it is ended early
    facts: Mapping[str, str] = field(default_factory=dict)  # by which its price was agreed
    evidence: Mapping[str, str] = field(default_factory=dict)  # what these rest on


@dataclass(frozen=True, slots=True)
class ChargedContract:
    """A contract as charging sees it: its terms, its totals, and how far it was charged."""

    terms: Terms
    state: ContractState
    watermark: int
    is_behind: bool
    tally: ChargeTally
    beyond_quantity: Decimal
    cells: Mapping[rate_2.RatedCell, Fraction] = field(default_factory=dict)  # under `rate-2`
    ended: PlannedEnd | None = None  # what its early end asks by its plan, once that was charged


@dataclass(frozen=True, slots=True)
class EarlierCharge:
    """What was charged for a usage record before it was revised."""

    charge_id: UUID
    measured: Measured


@dataclass(frozen=True, slots=True)
class EndedSpan:
    """The last window of a contract that ended early: no usage stands behind what it is charged."""

    starts_at: datetime
    ends_at: datetime
    id: None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class ChargeDraft:
    """A charge before it is posted and stored."""

    id: UUID
    usage: MeasuredUsage | EndedSpan
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
    cells: rate_2.Cells | None = None  # under a plan of `rate-2`, once something was rated

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
    elsewhere: Mapping[rate_2.RatedCell, Fraction] = rate_2.NOTHING_ELSEWHERE,
) -> Folded:
    """
    Return the charges of usage records, in the order in which they were measured.

    `delivery` is what was delivered before; it takes what these records add. `elsewhere` is what
    other contracts fill of tiers that count for all of a buyer's.

    :raises InvalidQuantity: if the contract's total is no quantity that a plan can price
    :raises InvalidAmount: if its price is no amount of money
    """
    folded = Folded(account)
    known = dict(earlier)
    for record in usage:
        if record.sequence <= folded.watermark:
            continue
        before = known.get(record.supersedes_id) if record.supersedes_id else None
        draft = _draft(folded, record, before, card, delivery, elsewhere)
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
    elsewhere: Mapping[rate_2.RatedCell, Fraction],
) -> ChargeDraft:
    terms = folded.account.terms
    unit = terms.ordered.unit
    remark = _why_free(terms.ordered, record)
    measured = Measured(record.quantity, record.standard_hours, _kinds_in(record))
    if remark in (Remark.UNIT_MISMATCH, Remark.TRIAL):
        measured = NOTHING_MEASURED
    added = measured + -(before.measured if before else NOTHING_MEASURED)
    is_of_order = remark not in NOT_OF_THE_ORDER
    is_first = is_of_order and delivery.is_new(record)
    change = delivery.add(record, added) if is_of_order else NOTHING_MEASURED
    beyond = added + -change
    counted = dict(folded.account.cells) if folded.cells is None else folded.cells
    lines: Sequence[RatedLine] = []
    try:
        if card.terms is None:
            lines = _rated(folded.after.measured, change, unit, card, record.rule_version_id)
        elif is_of_order:
            ready = delivery.ordered.most_units(record) if is_first else NONE_READY
            lines = _rated_by_terms(folded, record, change, ready, card, elsewhere)
    except NotMeasured:
        remark = Remark.NOT_MEASURED
    of_end = _of_early_end(folded, counted, card)
    step, folded.after = rules.step(
        folded.after,
        change,
        rated_minor=pricing_rules.total_minor(lines) + _minor_of(of_end),
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
        lines=[
            *_lines_json(lines, terms, charged=change, measured=measured, beyond=beyond),
            *of_end,
        ],
        remark=remark or _why_less(folded.account, record, beyond, step),
    )


def _of_early_end(folded: Folded, counted: rate_2.Cells, card: RateCard) -> list[dict[str, Any]]:
    """Return by how much what was found after an early end moves its fee and what came back."""
    end, terms = folded.account.ended, folded.account.terms
    if end is None or folded.cells is None:
        return []
    context = rate_2.RatingContext(terms.facts, terms.agreed)
    card = rate_4.by_facts(card, terms.facts)
    before, after = (closing.closed(card, each, context, end) for each in (counted, folded.cells))
    return closing.lines(card, before, after, end)


def _minor_of(lines: Sequence[Mapping[str, Any]]) -> int:
    return sum(line["amount_minor"] for line in lines)


def fold_end(
    account: ChargedContract, end: PlannedEnd, *, card: RateCard, window: Period
) -> Folded:
    """Return the charge of an early end by its plan, if it asks or gives back anything."""
    folded, terms = Folded(account), account.terms
    context = rate_2.RatingContext(terms.facts, terms.agreed)
    card = rate_4.by_facts(card, terms.facts)
    closed = closing.closed(card, dict(account.cells), context, end)
    lines = closing.lines(card, closing.ClosedEnd(), closed, end)
    if not lines:
        return folded
    step, folded.after = rules.step(
        account.tally,
        NOTHING_MEASURED,
        rated_minor=_minor_of(lines),
        fee_rate=terms.fee_rate,
        fee_rule=terms.fee_rule,
    )
    folded.drafts.append(
        ChargeDraft(
            id=uuid7(),
            usage=EndedSpan(window.starts_at, window.ends_at),
            corrects_id=None,
            measured=NOTHING_MEASURED,
            beyond=NOTHING_MEASURED,
            total=account.tally.measured,
            step=step,
            parts=by_asset(step.parts, folded.after.funds),
            lines=lines,
            remark=Remark.BEYOND_HOLD if step.uncollected_minor > 0 else Remark.NONE,
        )
    )
    return folded


def _line_json(line: RatedLine, terms: Terms) -> dict[str, Any]:
    """Return a line as plain data, with what each of its factors rests on."""
    said = pricing_rules.line_json(line)
    rests = {
        kind: terms.evidence[kind]
        for kind, value, _by in line.factors
        if kind in terms.evidence and terms.facts.get(kind) == value
    }
    return said | ({"evidence": rests} if rests else {})


def _lines_json(
    lines: Sequence[RatedLine], terms: Terms, **counted: Measured
) -> list[dict[str, Any]]:
    """Return lines as plain data; the first says what was counted by kind, if anything was."""
    said = [_line_json(line, terms) for line in lines]
    kinds = {
        name: {unit: decimal_text(quantity) for unit, quantity in each.kinds}
        for name, each in counted.items()
    }
    if said and any(kinds.values()):
        said[0][BY_KIND] = kinds
    return said


def kinds_said(lines: Sequence[Mapping[str, Any]], name: str) -> tuple[tuple[str, Decimal], ...]:
    """Return what a charge's lines say was counted by kind: charged, measured or beyond."""
    said = lines[0].get(BY_KIND, {}).get(name, {}) if lines else {}
    return tuple((unit, Decimal(quantity)) for unit, quantity in sorted(said.items()))


def _kinds_in(record: MeasuredUsage) -> tuple[tuple[str, Decimal], ...]:
    """Return the kinds of tokens of a record; other rules weigh parts that no plan prices."""
    if record.unit not in TOKEN_UNITS:
        return ()
    found = ((each["unit"], Decimal(each["quantity"])) for each in record.parts)
    return tuple((unit, quantity) for unit, quantity in sorted(found) if quantity)


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


def _rated_by_terms(
    folded: Folded,
    record: MeasuredUsage,
    change: Measured,
    ready_seconds: Decimal,
    card: RateCard,
    elsewhere: Mapping[rate_2.RatedCell, Fraction],
) -> list[RatedLine]:
    """
    Return the lines of a change under a plan of `rate-2`, and count it in its cells.

    What was used in a window of the contract's rule is spread evenly over it, as far as the order
    reaches: whatever meters and revisions say, the cells depend on the windows' sums alone.
    """
    terms = folded.account.terms
    agreed = terms.agreed or terms.ordered.period
    window = terms.ordered.cell(record.starts_at)
    context = rate_2.RatingContext(terms.facts, agreed, elsewhere)
    before = dict(folded.account.cells) if folded.cells is None else folded.cells
    use = rate_2.TimedUse(
        window.overlap(agreed) or window,
        _exactly(change, terms.ordered.unit),
        Fraction(ready_seconds) / SECONDS_PER_HOUR,
    )
    rating = pricing_rules.in_cells(card)
    after = rating.advanced(rate_2.terms_of(card), before, use, context)
    folded.cells = after
    return rating.lines(card, before, after, context, rule_version_id=record.rule_version_id)


def _exactly(measured: Measured, unit: str) -> dict[RateUnit, Fraction]:
    """Return a measured amount in every unit that a plan may charge by, as exact fractions."""
    quantity = Fraction(measured.quantity)
    quantities: dict[RateUnit, Fraction] = {}
    if unit in TOKEN_UNITS:
        quantities[RateUnit.KTOKEN] = quantity / int(TOKENS)
        quantities |= _millions(measured)
    elif unit == BYTE_UNIT:
        quantities[RateUnit.GB_MOVED] = quantity / 10**9
    else:
        quantities[RateUnit.UNIT_HOUR] = quantity / SECONDS_PER_HOUR
        if unit == GB_UNIT:
            quantities[RateUnit.GB_MONTH] = quantity / SECONDS_PER_MONTH
    if measured.standard_hours is not None:
        quantities[RateUnit.STANDARD_HOUR] = Fraction(measured.standard_hours)
    return quantities


def _millions(measured: Measured) -> dict[RateUnit, Fraction]:
    """Return tokens by kind in millions; none where nothing says of which kind they are."""
    if measured.quantity and not measured.kinds:
        return {}
    by_unit = dict(measured.kinds)
    return {
        token_kinds.KINDS[kind]: Fraction(by_unit.get(unit, 0)) / MILLION
        for unit, kind in catalog_tokens.KIND_OF_UNIT.items()
    }


def in_every_unit(measured: Measured, unit: str, rule_version_id: UUID) -> Measure:
    """Return a measured amount in every unit that a plan may charge by."""
    quantities: dict[RateUnit, Decimal] = {}
    if unit in TOKEN_UNITS:
        thousands = EXACT.divide(measured.quantity, TOKENS)
        quantities[RateUnit.KTOKEN] = thousands.quantize(DIGITS, ROUND_HALF_EVEN, EXACT)
        quantities |= {kind: rate_2.decimal_of(n) for kind, n in _millions(measured).items()}
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
