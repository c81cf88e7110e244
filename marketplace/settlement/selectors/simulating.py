"""What the use of a month would have brought under other terms: in columns, in total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from common.errors import Refusal
from common.moments import month_period
from common.period import Period
from marketplace.catalog.tokens import KIND_OF_UNIT
from marketplace.settlement.contracts import SimulationTooLarge
from marketplace.settlement.models import Contract
from marketplace.settlement.selectors import summing
from pricing import rate_2, rate_4, rate_many, token_kinds
from pricing import rules as pricing_rules
from pricing.contracts import TOKEN_KINDS, NotMeasured, RateCard, RateUnit
from pricing.plan_models import CountedBy, CountedOver, RateTerms

EXACT_MAX: Final = 20_000  # charges that are rated one by one
CHARGES_MAX: Final = 2_000_000
CONTRACTS_MAX: Final = 100_000
PER_HOUR: Final = 3_600_000
# A binary row: how many columns, then each of eight bytes behind its length.
NUMBERS: Final = (
    *("contract", "starts", "ends", "quantity", "standard", "gross", "known"),
    *("api-token", "api-token-out", "api-token-cached"),
)
ROW: Final = np.dtype(
    [("columns", ">i2"), *(each for n in NUMBERS for each in ((f"_{n}", ">i4"), (n, ">i8")))]
)
HEAD_BYTES: Final = 19  # signature, flags, no extension
FOOT_BYTES: Final = 2
CHARGED: Final = """
    COPY (
        SELECT asked.place, extract(epoch FROM c.starts_at)::bigint,
               extract(epoch FROM c.ends_at)::bigint, round(c.quantity * 1000)::bigint,
               coalesce(round(c.standard_hours * 3600000), 0)::bigint, c.gross_minor,
               (c.standard_hours IS NOT NULL)::integer::bigint,
               coalesce(round((kinds.said ->> 'api-token')::numeric * 1000), 0)::bigint,
               coalesce(round((kinds.said ->> 'api-token-out')::numeric * 1000), 0)::bigint,
               coalesce(round((kinds.said ->> 'api-token-cached')::numeric * 1000), 0)::bigint
        FROM settlement_charge c
        JOIN unnest(%s::uuid[]) WITH ORDINALITY AS asked (id, place) ON asked.id = c.contract_id
        CROSS JOIN LATERAL (SELECT c.lines #> '{0,by_kind,charged}' AS said) kinds
        WHERE c.starts_at >= %s AND c.starts_at < %s AND c.usage_id IS NOT NULL
        ORDER BY c.id
        LIMIT %s
    ) TO STDOUT (FORMAT binary)
"""
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MonthSimulated:
    """What a month's use of a plan brought, and would have brought under a draft; in total."""

    month: date
    contracts: int
    charges: int
    brought_minor: int
    would_bring_minor: int
    # How the charges were rated: line by line in columns, from sums of contracts, one by one.
    in_columns: int = 0
    in_sums: int = 0
    one_by_one: int = 0

    @property
    def difference_minor(self) -> int:
        """Return by how much the draft would have brought more."""
        return self.would_bring_minor - self.brought_minor


@dataclass(slots=True)
class _Tally:
    """What was rated so far, and how."""

    minor: int = 0
    in_columns: int = 0
    in_sums: int = 0
    one_by_one: int = 0


@dataclass(frozen=True, slots=True)
class _Held:
    """What of a contract a simulation asks."""

    contract_id: UUID
    buyer_id: UUID
    agreed: Period
    units_milli: int
    facts: tuple[tuple[str, str], ...]


def last_month(today: date) -> date:
    """Return the first day of the month before a day."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def simulate_month(
    *, provider_id: UUID, plan_id: UUID, card: RateCard, month: date
) -> MonthSimulated:
    """
    Rate a month's use of a provider's contracts under a plan by other terms, as if each had begun.

    Tiers begin with the month, whatever was used before it. Standard hours are taken to the
    thousandth of a second. What `rate_many` gives in columns is rated there, line by line as
    charging would; of other models each contract is rated once, from the sums of its use. One by
    one are rated charges of contracts that something was taken back of, of those models.

    :raises SimulationTooLarge: if there are more charges than that, or more to rate one by one
    :raises NotMeasured: if the terms charge by a unit in which use has no figure
    """
    period = month_period(month)
    held = _contracts(provider_id, plan_id, period)
    if len(held) > CONTRACTS_MAX:
        raise SimulationTooLarge(most=CHARGES_MAX)
    rows = _charged([each.contract_id for each in held], period)
    if len(rows) > CHARGES_MAX:
        raise SimulationTooLarge(most=CHARGES_MAX)
    used = np.unique(rows["contract"]).astype(np.int64)
    tally = _Tally()
    if len(rows):
        for facts, places in _by_facts(held, used).items():
            inside = np.isin(rows["contract"], places)
            _rate(tally, card, rows[inside], held, dict(facts))
    return MonthSimulated(
        month=month,
        contracts=len(used),
        charges=len(rows),
        brought_minor=int(rows["gross"].astype(np.int64).sum()),
        would_bring_minor=tally.minor,
        in_columns=tally.in_columns,
        in_sums=tally.in_sums,
        one_by_one=tally.one_by_one,
    )


def _contracts(provider_id: UUID, plan_id: UUID, period: Period) -> list[_Held]:
    rows = (
        Contract.objects.filter(
            provider_id=provider_id,
            plan_version__plan_id=plan_id,
            starts_at__lt=period.ends_at,
            ends_at__gt=period.starts_at,
        )
        .order_by("id")
        .values_list(
            "id", "buyer_id", "order__starts_at", "order__ends_at", "order__units_milli",
            "order__lines", "price_facts",
        )[: CONTRACTS_MAX + 1]
    )  # fmt: skip
    return [
        _Held(pk, buyer, Period(starts, ends), units, _facts(lines or (), known))
        for pk, buyer, starts, ends, units, lines, known in rows
    ]


def _facts(
    lines: Sequence[Mapping[str, Any]], known: Mapping[str, Any]
) -> tuple[tuple[str, str], ...]:
    facts = pricing_rules.facts_of(lines) | {kind: fact["value"] for kind, fact in known.items()}
    return tuple(sorted(facts.items()))


def _charged(contract_ids: Sequence[UUID], period: Period) -> Any:
    """Return the charges of a month in columns, in the order in which they were charged."""
    values = [list(contract_ids), period.starts_at, period.ends_at, CHARGES_MAX + 1]
    with connection.cursor() as cursor, cursor.copy(CHARGED, values) as copy:
        data = b"".join(bytes(part) for part in copy)
    return np.frombuffer(data[HEAD_BYTES : len(data) - FOOT_BYTES], ROW)


def _by_facts(held: Sequence[_Held], used: Whole) -> dict[tuple[tuple[str, str], ...], Whole]:
    found: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for place in used.tolist():
        found.setdefault(held[place - 1].facts, []).append(place)
    return {facts: np.array(places, np.int64) for facts, places in found.items()}


def _metered_units(terms: RateTerms) -> set[RateUnit]:
    return {RateUnit(part.unit) for part in terms.parts if part.is_metered}


def _column(card: RateCard) -> str | None:
    """Return the column of what a card counts; None where contracts are rated from sums."""
    terms = rate_2.terms_of(card)
    if not _is_in_columns(terms):
        return None
    units = _metered_units(terms)
    if units == {RateUnit.STANDARD_HOUR}:
        return "standard"
    is_held = units == {RateUnit.UNIT_HOUR} or units <= set(TOKEN_KINDS)
    return "quantity" if is_held else None


def _rate(
    tally: _Tally, card: RateCard, rows: Any, held: Sequence[_Held], facts: Mapping[str, str]
) -> None:
    card = rate_4.by_facts(card, facts)
    terms = rate_2.terms_of(card)
    if not terms.parts:  # The draft has no price for what was sold.
        tally.in_sums += len(rows)
        return
    if RateUnit.STANDARD_HOUR in _metered_units(terms) and not rows["known"].all():
        raise NotMeasured(unit=str(RateUnit.STANDARD_HOUR))
    if token_kinds.is_by_kind(card) and not sum(rows[unit] != 0 for unit in KIND_OF_UNIT).all():
        raise NotMeasured(unit=str(RateUnit.MTOKEN_IN))  # None says of which kind its tokens were.
    column = _column(card)
    if column is None:
        _from_sums(tally, card, rows, held, facts)
        return
    if column == "standard":
        # One unit alone: it stands in the column of unit-hours.
        counted = tuple(
            replace(part, unit=str(RateUnit.UNIT_HOUR)) if part.is_metered else part
            for part in terms.parts
        )
        card = replace(card, terms=replace(terms, parts=counted))
    minor, beside = _in_columns(card, rows, held, facts, column)
    tally.minor += minor
    tally.one_by_one += beside
    tally.in_columns += len(rows) - beside


def _from_sums(
    tally: _Tally, card: RateCard, rows: Any, held: Sequence[_Held], facts: Mapping[str, str]
) -> None:
    agreed = {
        place: summing.AgreedUse(held[place - 1].agreed, held[place - 1].units_milli)
        for place in np.unique(rows["contract"]).tolist()
    }
    found = summing.summed(card, rows, agreed, facts)
    left = rows[np.isin(rows["contract"], found.left)]
    tally.one_by_one += len(left)
    if tally.one_by_one > EXACT_MAX:
        raise SimulationTooLarge(most=EXACT_MAX)
    tally.in_sums += found.charges
    tally.minor += found.minor + _one_by_one(card, left, held, facts)


def _is_in_columns(terms: RateTerms) -> bool:
    known = (*rate_many.IN_COLUMNS, *rate_many.OWED)
    return all(part.model in known for part in terms.parts) and (
        terms.counted_by == CountedBy.CONTRACT
        or all(part.model not in rate_many.OWED for part in terms.parts)
    )


def _in_columns(
    card: RateCard, rows: Any, held: Sequence[_Held], facts: Mapping[str, str], column: str
) -> tuple[int, int]:
    """Return what charges come to, and of how many columns held no line."""
    terms = rate_2.terms_of(card)
    keys, contract = np.unique(rows["contract"].astype(np.int64), return_inverse=True)
    ordered = [held[place - 1].agreed for place in keys.tolist()]
    if terms.counted_by != CountedBy.CONTRACT:
        # Tiers that count a buyer's use: within the month, its contracts are one.
        buyers = [held[place - 1].buyer_id for place in keys.tolist()]
        numbers = {buyer: number for number, buyer in enumerate(dict.fromkeys(buyers))}
        contract = np.array([numbers[buyer] for buyer in buyers], np.int64)[contract]
        of_buyer: dict[UUID, Period] = {}
        for buyer, agreed in zip(buyers, ordered, strict=True):
            of_buyer.setdefault(buyer, agreed)
        ordered = list(of_buyer.values())
        parts = tuple(
            replace(part, per=CountedOver.MONTH) if part.model in rate_2.IN_TIERS else part
            for part in terms.parts
        )
        terms = replace(terms, counted_by=CountedBy.CONTRACT, parts=parts)
        card = replace(card, terms=terms)
    usage = rate_many.UsageColumns(
        contract=contract.astype(np.int64),
        starts=rows["starts"].astype(np.int64),
        ends=rows["ends"].astype(np.int64),
        thousandths=rows[column].astype(np.int64),
        ordered=ordered,
        tokens={
            token_kinds.KINDS[kind]: rows[unit].astype(np.int64)
            for unit, kind in KIND_OF_UNIT.items()
            if token_kinds.is_by_kind(card)
        },
    )
    lines = rate_many.rate_many(card, usage, facts)
    beside = sum(line.amount_minor for each in lines.exact.values() for line in each)
    return int(lines.amount_minor.sum()) + beside, len(lines.exact)


def _one_by_one(card: RateCard, rows: Any, held: Sequence[_Held], facts: Mapping[str, str]) -> int:
    """Return what charges come to, each counted in its turn; the charges of a contract add up."""
    terms = rate_2.terms_of(card)
    advanced = pricing_rules.in_cells(card).advanced
    cells: dict[int, rate_2.Cells] = {}
    contexts: dict[int, rate_2.RatingContext] = {}
    seen: set[tuple[int, int]] = set()
    for row in rows:
        place, starts = int(row["contract"]), int(row["starts"])
        of, before = held[place - 1], cells.get(place, {})
        hours = Fraction(int(row["quantity"]), PER_HOUR)
        quantities = {
            RateUnit.UNIT_HOUR: hours,
            RateUnit.KTOKEN: hours * 3600 / 1000,
            RateUnit.GB_MOVED: hours * 3600 / 10**9,
            RateUnit.GB_MONTH: hours / 720,
        }
        if any(int(row[unit]) for unit in KIND_OF_UNIT):
            quantities |= {
                token_kinds.KINDS[kind]: Fraction(int(row[unit]), 10**9)
                for unit, kind in KIND_OF_UNIT.items()
            }
        if row["known"]:
            quantities[RateUnit.STANDARD_HOUR] = Fraction(int(row["standard"]), PER_HOUR)
        window = Period(_moment(starts), _moment(int(row["ends"])))
        kept = Fraction(0)
        if (place, starts) not in seen:  # A correction keeps nothing ready again.
            seen.add((place, starts))
            inside = window.overlap(of.agreed)
            if inside is not None:
                kept = Fraction(of.units_milli * inside.microseconds, 1000 * 3_600_000_000)
        contexts[place] = context = rate_2.RatingContext(facts, of.agreed)
        use = rate_2.TimedUse(window, quantities, kept)
        try:
            cells[place] = advanced(terms, before, use, context)
        except Refusal:  # A correction of what was used before the month: nothing to take it from.
            continue
    return sum(rate_2.total_of(card, each, contexts[place]) for place, each in cells.items())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
