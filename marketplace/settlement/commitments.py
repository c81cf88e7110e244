"""What a contract's plan has committed its buyer to: used, left, beyond; pure, exact fractions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from common.money import EXACT
from common.period import Period
from marketplace.catalog import tokens as catalog_tokens
from marketplace.settlement import closing
from marketplace.settlement.closing import ClosedEnd, PlannedEnd
from marketplace.settlement.contracts import Measured
from marketplace.settlement.folding import in_every_unit
from pricing import calendars, rate_2, token_kinds
from pricing import rules as pricing_rules
from pricing.contracts import Measure, RateCard
from pricing.plan_models import CountedOver, PlanModel, PlanPart
from pricing.rate_2 import Cells, RatingContext, TimedUse

COMMITTING: Final = (
    PlanModel.PREPAID, PlanModel.RESERVED, PlanModel.READY, PlanModel.MINIMUM, PlanModel.FLAT
)  # fmt: skip
SECONDS_PER_HOUR: Final = 3600
ZERO: Final = Fraction(0)
NO_RULE: Final = UUID(int=0)  # an estimate rests on none


@dataclass(frozen=True, slots=True)
class CommitmentState:
    """
    One part of a plan that its buyer is committed to, and how far.

    Quantities are of `unit`: prepaid hours, or hours of ordered capacity that is paid used or not.
    Of minimums and flat fees there are none; `agreed_minor` is what they come to at least.
    """

    code: str
    model: PlanModel
    unit: str
    agreed: Decimal | None
    used: Decimal | None
    left: Decimal | None
    beyond: Decimal | None
    beyond_price: Decimal | None  # of a unit beyond what is prepaid
    discount: Decimal
    agreed_minor: int | None  # what is owed for it, once anything is used, in each of its months
    owed_minor: int  # of what was charged so far, or is owed from the start


@dataclass(frozen=True, slots=True)
class Committed:
    """What of a contract decides its commitments."""

    card: RateCard
    cells: Cells
    facts: Mapping[str, str]
    agreed: Period
    units_milli: int
    measured: Measured
    unit: str
    given_up_hours: Fraction = ZERO  # of capacity, of a contract that was made smaller
    later_milli: int | None = None  # its units from then on

    @property
    def capacity_hours(self) -> Fraction:
        """Return the hours of capacity that were ordered."""
        whole = Fraction(self.units_milli * self.agreed.microseconds, 1000 * 3_600_000_000)
        return whole - self.given_up_hours

    def context(self, ordered: Period | None = None) -> RatingContext:
        """Return what decides prices beside use."""
        return RatingContext(self.facts, ordered or self.agreed)


def kinds_counted(card: RateCard, cells: Cells) -> tuple[tuple[str, Decimal], ...]:
    """Return the tokens of each kind that a contract has counted, by their units."""
    if not token_kinds.is_by_kind(card):
        return ()
    parts = {part.unit: part.code for part in rate_2.terms_of(card).parts}
    found = []
    for unit, kind in sorted(catalog_tokens.KIND_OF_UNIT.items()):
        code = parts.get(str(token_kinds.KINDS[kind]))
        millions = sum((n for cell, n in cells.items() if cell.code == code), ZERO)
        if code and millions:
            found.append((unit, rate_2.decimal_of(millions * token_kinds.MILLION)))
    return tuple(found)


def states_of(committed: Committed) -> list[CommitmentState]:
    """Return every part of the plan that binds the buyer, in the plan's order."""
    terms = committed.card.terms
    if terms is None:
        return []
    return [_state(committed, part) for part in terms.parts if part.model in COMMITTING]


def _state(committed: Committed, part: PlanPart) -> CommitmentState:
    owed = _minor_of(committed, part.code)
    state = CommitmentState(
        code=part.code,
        model=part.model,
        unit=part.unit,
        agreed=None,
        used=None,
        left=None,
        beyond=None,
        beyond_price=None,
        discount=part.discount,
        agreed_minor=None,
        owed_minor=owed,
    )
    counted = sum((n for cell, n in committed.cells.items() if cell.code == part.code), ZERO)
    if part.model == PlanModel.PREPAID:
        hours = Fraction(part.tiers[-1].starts_from)
        return replace(
            _counted_of(state, hours, min(counted, hours)),
            beyond=rate_2.decimal_of(max(counted - hours, ZERO)),
            beyond_price=part.tiers[-1].unit_price,
            agreed_minor=_agreed_minor(committed, part),
            owed_minor=max(owed, _agreed_minor(committed, part) if part.owed_from else 0),
        )
    if part.model in (PlanModel.RESERVED, PlanModel.READY):
        return _counted_of(state, committed.capacity_hours, counted)
    return replace(state, agreed_minor=_agreed_minor(committed, part))


def _counted_of(state: CommitmentState, agreed: Fraction, used: Fraction) -> CommitmentState:
    """Return a state whose written figures add up: what is used and what is left are all of it."""
    whole, counted = rate_2.decimal_of(agreed), rate_2.decimal_of(used)
    left = max(EXACT.subtract(whole, counted), Decimal(0))
    return replace(state, agreed=whole, used=counted, left=left)


def _agreed_minor(committed: Committed, part: PlanPart) -> int:
    """Return what is owed for a part if anything is used in each of its months, as charged."""
    terms, context = rate_2.terms_of(committed.card), committed.context()
    times = Fraction(1)  # A minimum is no price: no factor multiplies it.
    if part.model != PlanModel.MINIMUM:
        times = rate_2.multiplier(terms, part, "", committed.facts)
    spans = [""]
    if part.per == CountedOver.MONTH:
        spans = sorted(
            {month for (month, _band), _inside in calendars.cells(terms, committed.agreed)}
        )
    # Each month is rounded by itself: rounding their sum would owe less than is charged.
    return sum(
        rate_2.rounded_up(
            rate_2.owed_share(terms, span, context) * Fraction(part.price) * times, committed.card
        )
        for span in spans
    )


def _minor_of(committed: Committed, code: str) -> int:
    rating = pricing_rules.in_cells(committed.card)
    lines = rating.lines(committed.card, {}, committed.cells, committed.context())
    return sum(line.amount_minor for line in lines if line.component == code)


@dataclass(frozen=True, slots=True)
class RenewalEstimate:
    """What going on as before for the same length would use, and cost by the plan then in force."""

    period: Period
    quantity: Decimal  # in the contract's unit-hours, or thousand tokens, GB
    unit: str
    standard_hours: Decimal | None
    amount_minor: int
    plan_version: int


def renewal(
    committed: Committed, *, now: datetime, ends_at: datetime, card: RateCard
) -> RenewalEstimate | None:
    """Return the estimate by what was used so far; None before anything was measured."""
    passed = min(now, ends_at) - committed.agreed.starts_at
    if passed <= timedelta(0) or not committed.measured.quantity:
        return None
    length = committed.agreed.ends_at - committed.agreed.starts_at
    following = Period(ends_at, ends_at + length)
    used = _scaled(committed.measured, _us(length) / _us(passed))
    measure = in_every_unit(used, committed.unit, NO_RULE)
    unit, quantity = next(iter(measure.quantities.items()))
    return RenewalEstimate(
        period=following,
        quantity=quantity,
        unit=str(unit),
        standard_hours=used.standard_hours,
        amount_minor=_price(committed, card, {}, measure, following, following),
        plan_version=card.version,
    )


@dataclass(frozen=True, slots=True)
class EarlyEndCost:
    """What a contract comes to if it is ended now, by its plan and by the rule of ending early."""

    ends_at: datetime
    total_minor: int  # with what is likely to be used until then
    without_use_minor: int  # of it, owed for what was committed and not used
    fee_minor: int  # of it, for ending; never more than what is held leaves
    given_back_minor: int  # taken off it, of prepaid hours that are likely not to be used
    otherwise_minor: int  # what it would come to at its own end, used on as before


def early_end_cost(
    committed: Committed, *, now: datetime, ends_at: datetime, asked: PlannedEnd
) -> EarlyEndCost:
    """Return what ending early costs, with use until then as it was so far."""
    start, end = committed.agreed.starts_at, committed.agreed.ends_at
    totals, cells, closed = [], committed.cells, ClosedEnd(asked.fee_minor)
    for until in (ends_at, end):
        more = _further(committed, now=now, until=until, start=start)
        if committed.card.terms is None:
            measure = in_every_unit(committed.measured + more, committed.unit, NO_RULE)
            lines = pricing_rules.rate(committed.card, measure)
            totals.append(pricing_rules.total_minor(lines))
            continue
        measure = in_every_unit(more, committed.unit, NO_RULE)
        span = Period(min(now, until), until) if until > now else None
        reached = _advanced(committed, committed.card, cells, measure, span) if span else cells
        totals.append(rate_2.total_of(committed.card, reached, committed.context()))
        if until == ends_at:
            closed = closing.closed(committed.card, reached, committed.context(), asked)
        else:
            later = closing.closed(
                committed.card, reached, committed.context(), PlannedEnd(asked.held_minor)
            )
            totals[-1] += later.minor
    return EarlyEndCost(
        ends_at=ends_at,
        total_minor=totals[0] + closed.minor,
        without_use_minor=_without_use(committed),
        fee_minor=closed.fee_minor,
        given_back_minor=closed.given_back_minor,
        otherwise_minor=totals[1],
    )


def _without_use(committed: Committed) -> int:
    """Return what is owed so far for prepaid hours that are left, and up to minimums."""
    owed = 0
    for state in states_of(committed):
        if state.model == PlanModel.MINIMUM:
            owed += state.owed_minor
        elif state.model == PlanModel.PREPAID and state.agreed and state.left is not None:
            owed += int(state.owed_minor * Fraction(state.left) / Fraction(state.agreed))
    return owed


def _further(committed: Committed, *, now: datetime, until: datetime, start: datetime) -> Measured:
    """Return what is likely to be used until a moment, if it goes on as it did."""
    passed = now - start
    if until <= now or passed <= timedelta(0):
        return Measured(Decimal(0), Decimal(0))
    return _scaled(committed.measured, _us(until - now) / _us(passed))


def _price(
    committed: Committed,
    card: RateCard,
    before: Cells,
    measure: Measure,
    span: Period,
    ordered: Period,
) -> int:
    if card.terms is None:
        return pricing_rules.total_minor(pricing_rules.rate(card, measure))
    reached = _advanced(committed, card, before, measure, span)
    return rate_2.total_of(card, reached, committed.context(ordered))


def _advanced(
    committed: Committed, card: RateCard, before: Cells, measure: Measure, span: Period
) -> Cells:
    kept = Fraction(
        (committed.later_milli or committed.units_milli) * span.microseconds, 1000 * 3_600_000_000
    )
    use = TimedUse(span, {u: Fraction(each) for u, each in measure.quantities.items()}, kept)
    terms = rate_2.terms_of(card)
    return pricing_rules.in_cells(card).advanced(terms, before, use, committed.context())


def _us(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(microseconds=1))


def _scaled(measured: Measured, by: Fraction) -> Measured:
    hours = measured.standard_hours
    return Measured(
        rate_2.decimal_of(Fraction(measured.quantity) * by),
        None if hours is None else rate_2.decimal_of(Fraction(hours) * by),
        tuple((unit, rate_2.decimal_of(Fraction(n) * by)) for unit, n in measured.kinds),
    )
