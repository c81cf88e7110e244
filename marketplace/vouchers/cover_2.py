"""
The cover rule `cover-2`: the combination of vouchers that pays most. Pure, and frozen.

Orders were cleared by it: it is never changed. Another way to cover is another file. Lines that are
alike (kind, class, form, origin of the chips) make one base, of which a share is rounded once, half
up. `cover_2_search` finds the combination; here it is prepared and said line by line.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from marketplace.vouchers import cover_1
from marketplace.vouchers.contracts import (
    ANY,
    CoverLimit,
    Mode,
    Purchase,
    Purse,
    Unfit,
)
from marketplace.vouchers.cover_2_checks import findings
from marketplace.vouchers.cover_2_search import CoverSearch, PayingPurse, Share, Step
from marketplace.vouchers.explained import (
    Considered,
    Cut,
    ExplainedCover,
    ExplainedPlan,
    Finding,
    LineCover,
    TermVerdict,
)
from marketplace.vouchers.terms import Clause, LimitKind, ProgrammeTerms, Scope

NAME: Final = "cover-2"
CAPS: Final = (
    LimitKind.PER_ORDER_CAP,
    LimitKind.ENTITY_YEAR_CAP,
    LimitKind.PROGRAMME_CAP,
    LimitKind.WINDOW_CAP,
)
_Alike = tuple[str, str, str, str]  # kind, class, form and origin
_UNMET: Final = {
    "mode": Unfit.EX_POST,
    "suppliers.unrelated": Unfit.RELATED_PARTY,
    "suppliers.listed": Unfit.SUPPLIER,
    "stacking.combines": Unfit.NOT_COMBINABLE,
    "stacking.excludes": Unfit.NOT_COMBINABLE,
}


@dataclass(frozen=True, slots=True)
class _Base:
    """Lines that are alike: what they come to, and the place and amount of each."""

    key: _Alike
    amount_minor: int
    lines: tuple[tuple[int, int], ...]


def cover(
    purchase: Purchase,
    purses: Iterable[Purse],
    *,
    at: datetime,
    entity_year_left: Mapping[str, int],
) -> ExplainedPlan:
    """
    Choose the vouchers that pay most for one purchase; of equal ones, those that expire first.

    `entity_year_left` maps a programme's code to what its yearly cap leaves the holder.
    """
    ordered = sorted(purses, key=lambda each: (each.expires_at, each.number))
    bases = _bases(purchase)
    payers: list[PayingPurse] = []
    why: dict[int, Unfit] = {}
    looked: list[Considered] = []
    for place, purse in enumerate(ordered):
        found = _findings(purse, purchase, at)
        looked.append(Considered(purse.programme_code, purse.number, found))
        reason = _why_unfit(purse, purchase, found, at=at)
        shares = () if reason else _shares(purse, purchase, bases)
        if reason or not shares:
            why[place] = reason or _why_no_share(purse, bases)
        else:
            payers.append(_payer(place, purse, shares, entity_year_left))
    search = CoverSearch([each.amount_minor for each in bases], payers)
    steps = search.best()
    why |= _idle(payers, steps, ordered, entity_year_left)
    return ExplainedPlan(
        covers=tuple(_covers(steps, ordered, purchase, bases, entity_year_left)),
        unfit=tuple((ordered[place].voucher_id, why[place]) for place in sorted(why)),
        looked=tuple(looked),
        by_expiry_minor=search.by_expiry_minor(),
    )


def _bases(purchase: Purchase) -> list[_Base]:
    """Return the lines by what is alike in them; what is negative lessens the lines like it."""
    found: dict[_Alike, list[tuple[int, int]]] = {}
    for place, line in enumerate(purchase.lines):
        key = (
            line.kind,
            line.resource_class or purchase.resource_class,
            line.form or purchase.form,
            line.chip_origin or purchase.chip_origin,
        )
        found.setdefault(key, []).append((place, line.amount_minor))
    return [
        _Base(key, max(0, sum(n for _place, n in its)), tuple(its)) for key, its in found.items()
    ]


def _findings(purse: Purse, purchase: Purchase, at: datetime) -> tuple[Finding, ...]:
    if purse.rules.terms is None:
        return ()
    return findings(purse.rules.terms, purchase, beneficiary=purse.beneficiary, at=at)


def _why_unfit(
    purse: Purse, purchase: Purchase, found: Sequence[Finding], *, at: datetime
) -> Unfit | None:
    """Return why a voucher cannot pay at all: by itself, or by what its programme asks."""
    if purse.rules.terms is None:
        return _why_unfit_1(purse, purchase, at=at)
    tests = (
        (at >= purse.expires_at, Unfit.EXPIRED),
        (at < purse.valid_from, Unfit.NOT_YET_VALID),
        (purse.available_minor <= 0, Unfit.EMPTY),
    )
    reason = next((reason for is_hit, reason in tests if is_hit), None)
    if reason is not None:
        return reason
    unmet = next((each for each in found if each.verdict == TermVerdict.NOT_MET), None)
    if unmet is not None:
        return _UNMET.get(unmet.member, Unfit.NOT_MET)
    return Unfit.UNKNOWN if any(each.verdict == TermVerdict.UNKNOWN for each in found) else None


def _why_unfit_1(purse: Purse, purchase: Purchase, *, at: datetime) -> Unfit | None:
    """Ask as `cover-1` does; for a contract to be reimbursed, the programmes that reimburse fit."""
    if purchase.is_ex_post:
        mode = Mode.EX_POST if purse.rules.mode is Mode.OFFSET else Mode.OFFSET
        purse = replace(purse, rules=replace(purse.rules, mode=mode))
    return cover_1.why_unfit(purse, purchase, at=at)


def _shares(purse: Purse, purchase: Purchase, bases: Sequence[_Base]) -> tuple[Share, ...]:
    """Return the shares of what a voucher's programme supports of a purchase."""
    held = {purse.beneficiary, *((purchase.holder and purchase.holder.classes) or ())}
    found = []
    for number, base in enumerate(bases):
        rate = _rate(purse, held, base.key) if base.amount_minor else None
        if rate is not None:
            found.append(Share(number, rate, *rate.as_integer_ratio()))
    return tuple(found)


def _rate(purse: Purse, held: set[str], key: _Alike) -> Decimal | None:
    """Return the best share of lines that are alike, if there is one."""
    kind, resource_class, form, origin = key
    rules, terms = purse.rules, purse.rules.terms
    if kind not in rules.eligible_lines:
        return None
    if terms is None:
        return cover_1.rate_for(rules, purse.beneficiary, resource_class)
    if not _in_scope(terms.scope, resource_class, form, origin):
        return None
    return max(
        (
            rate.share
            for rate in terms.rates
            if (rate.beneficiary == ANY or rate.beneficiary in held)
            and rate.resource_class in (resource_class, ANY)
            and rate.chip_origin in (origin, ANY)
        ),
        default=None,
    )


def _in_scope(scope: Scope, resource_class: str, form: str, origin: str) -> bool:
    """Return whether lines are of a class, form and origin that are supported; unknown is not."""
    return all(
        allowed is None or value in allowed
        for allowed, value in (
            (scope.classes, resource_class),
            (scope.forms, form),
            (scope.origins, origin),
        )
    )


def _why_no_share(purse: Purse, bases: Sequence[_Base]) -> Unfit:
    kinds = {each.key[0] for each in bases if each.amount_minor}
    return Unfit.NOT_ELIGIBLE if kinds.isdisjoint(purse.rules.eligible_lines) else Unfit.NO_RATE


def _limits(purse: Purse, year_left: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the caps that there are, in the order in which the programme says they cut."""
    terms = purse.rules.terms
    caps = {
        LimitKind.PER_ORDER_CAP: purse.rules.per_order_cap_minor,
        LimitKind.ENTITY_YEAR_CAP: year_left.get(purse.programme_code),
        LimitKind.PROGRAMME_CAP: purse.programme_left_minor,
        LimitKind.WINDOW_CAP: purse.window_left_minor,
    }
    order = CAPS if terms is None else [LimitKind(each) for each in terms.limits.order]
    return [(str(each), left) for each in order if (left := caps[each]) is not None]


def _payer(
    place: int, purse: Purse, shares: tuple[Share, ...], year_left: Mapping[str, int]
) -> PayingPurse:
    terms = purse.rules.terms
    return PayingPurse(
        place=place,
        code=purse.programme_code,
        shares=shares,
        cap_minor=min((left for _limit, left in _limits(purse, year_left)), default=None),
        available_minor=purse.available_minor,
        combines=purse.rules.combines,
        excludes=frozenset(() if terms is None else terms.stacking.excludes),
    )


def _idle(
    payers: Sequence[PayingPurse],
    steps: Sequence[Step],
    ordered: Sequence[Purse],
    year_left: Mapping[str, int],
) -> dict[int, Unfit]:
    """Return why vouchers that could pay do not, by their place."""
    taking = {step.payer.place for step in steps}
    paying = {step.payer.place for step in steps if step.amount_minor}
    codes = {step.payer.code for step in steps if step.amount_minor}
    found = {}
    for payer in payers:
        left = year_left.get(ordered[payer.place].programme_code)
        if payer.place in paying:
            continue
        if payer.place not in taking:
            found[payer.place] = Unfit.NOT_COMBINABLE
        elif left is not None and left <= 0 and payer.code not in codes:
            found[payer.place] = Unfit.ENTITY_YEAR_CAP
        else:
            found[payer.place] = Unfit.FULLY_COVERED
    return found


def _covers(
    steps: Sequence[Step],
    ordered: Sequence[Purse],
    purchase: Purchase,
    bases: Sequence[_Base],
    year_left: Mapping[str, int],
) -> Iterator[ExplainedCover]:
    """Yield what each voucher pays, in the order in which they pay."""
    worth = {place: left for base in bases for place, left in _worth(base)}
    paid: dict[str, Counter[int]] = {}
    for step in steps:
        if step.amount_minor:
            purse = ordered[step.payer.place]
            lines = _lines(step, bases, worth, paid)
            paid.setdefault(step.payer.code, Counter()).update(
                {each.line: each.amount_minor for each in lines}
            )
            yield _explained(step, purse, purchase, lines, _cuts(step, purse, year_left))


def _worth(base: _Base) -> Iterator[tuple[int, int]]:
    """Yield what each line of a base is worth once what is negative was taken from them."""
    lack = -sum(min(0, amount) for _place, amount in base.lines)
    for place, amount in base.lines:
        taken = min(lack, max(0, amount))
        lack -= taken
        yield place, max(0, amount) - taken


def _lines(
    step: Step,
    bases: Sequence[_Base],
    worth: Mapping[int, int],
    paid: Mapping[str, Counter[int]],
) -> list[LineCover]:
    """Divide what a voucher pays over the lines, in proportion to what is left of each."""
    rates = {share.base: share.rate for share in step.payer.shares}
    found = []
    for part in (each for each in step.parts if each.amount_minor):
        base, amount = bases[part.base], part.amount_minor
        left = {
            place: worth[place] - sum(each[place] for each in paid.values())
            for place, _amount in base.lines
        }
        whole = sum(left.values())
        for place, its in left.items():
            mine = (2 * amount * its + whole) // (2 * whole) if whole else 0
            amount, whole = amount - mine, whole - its
            if mine:
                same = paid[step.payer.code][place] if step.payer.code in paid else 0
                found.append(LineCover(place, base.key[0], its + same, rates[part.base], mine))
    return sorted(found, key=lambda each: each.line)


def _explained(
    step: Step, purse: Purse, purchase: Purchase, lines: list[LineCover], cuts: list[Cut]
) -> ExplainedCover:
    return ExplainedCover(
        order_id=purchase.order_id,
        voucher_id=purse.voucher_id,
        voucher_number=purse.number,
        programme_code=purse.programme_code,
        programme_version=purse.programme_version,
        amount_minor=step.amount_minor,
        rate=max(line.rate for line in lines),
        base_minor=sum(part.left_minor for part in step.parts),
        limited_by=CoverLimit(cuts[-1].limit) if cuts else CoverLimit.RATE,
        lines=tuple(lines),
        cuts=tuple(cuts),
        clause=_clause(purse.rules.terms, "rates"),
    )


def _cuts(step: Step, purse: Purse, year_left: Mapping[str, int]) -> list[Cut]:
    """Return what each limit took away, one after the other; the balance comes last."""
    now = sum(part.target_minor for part in step.parts)
    found = []
    limits = [(each, left - step.same_minor) for each, left in _limits(purse, year_left)]
    for limit, left in (*limits, (CoverLimit.BALANCE.value, purse.available_minor)):
        if left < now:
            found.append(Cut(limit, now, left, _clause(purse.rules.terms, "limits")))
            now = left
    return found


def _clause(terms: ProgrammeTerms | None, member: str) -> Clause | None:
    return None if terms is None else terms.clauses.get(member)
