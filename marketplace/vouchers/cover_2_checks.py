"""
What `cover-2` asks of a purchase before it pays: one finding a rule. Pure, and frozen with it.

What is not known is said to be unknown; it is never taken for a yes or for a no.
"""

from collections.abc import Iterator
from datetime import datetime

from marketplace.vouchers.contracts import Purchase
from marketplace.vouchers.explained import Finding, TermVerdict
from marketplace.vouchers.terms import (
    Beneficiaries,
    HolderFacts,
    PayMode,
    ProgrammeTerms,
    SupplierFacts,
    Suppliers,
)

NOBODY = HolderFacts()
NOTHING = SupplierFacts()
Asked = tuple[str, bool | None]


def findings(
    terms: ProgrammeTerms, purchase: Purchase, *, beneficiary: str, at: datetime
) -> tuple[Finding, ...]:
    """Return each rule about parties and dates, and whether the purchase meets it."""
    asked = (
        ("mode", _pays(terms, purchase)),
        *_holder(terms.beneficiaries, purchase, beneficiary),
        *_dates(terms, purchase, at),
        *_supplier(terms.suppliers, purchase),
        *_stacking(terms, purchase),
    )
    return tuple(
        Finding(member, _verdict(is_met), terms.clauses.get(member.partition(".")[0]))
        for member, is_met in asked
    )


def _verdict(is_met: bool | None) -> TermVerdict:
    if is_met is None:
        return TermVerdict.UNKNOWN
    return TermVerdict.MET if is_met else TermVerdict.NOT_MET


def _pays(terms: ProgrammeTerms, purchase: Purchase) -> bool:
    other = PayMode.OFFSET if purchase.is_ex_post else PayMode.EX_POST
    return terms.mode != other


def _holder(rules: Beneficiaries, purchase: Purchase, beneficiary: str) -> Iterator[Asked]:
    facts = purchase.holder or NOBODY
    is_maker = rules.incubated_makers and facts.is_incubated
    if rules.regions is not None:
        codes = rules.regions.codes
        yield "beneficiaries.regions", _some(facts.region, lambda it: _lies_in(it, codes))
    if rules.industries is not None:
        branches = rules.industries
        yield "beneficiaries.industries", _some(facts.industry, lambda it: it.startswith(branches))
    if rules.clean_years:
        years = rules.clean_years
        yield (
            "beneficiaries.clean_years",
            None if facts.clean_years is None else facts.clean_years >= years,
        )
    if rules.sizes is not None:
        sizes = rules.sizes
        yield "beneficiaries.sizes", is_maker or _some(facts.size, lambda it: it in sizes)
    if rules.classes is not None:
        classes = {beneficiary, *(facts.classes or ())}
        yield "beneficiaries.classes", is_maker or not classes.isdisjoint(rules.classes)
    if rules.certificates:
        held = facts.certificates
        found = None if held is None else not set(held).isdisjoint(rules.certificates)
        yield "beneficiaries.certificates", is_maker or found


def _some(fact: str | None, holds: object) -> bool | None:
    return None if not fact else bool(holds(fact))  # type: ignore[operator]


def _lies_in(region: str, codes: tuple[str, ...]) -> bool:
    """Return whether a code is one of some, or lies in one: GB/T 2260 codes say so."""
    return any(code in codes for code in (region, f"{region[:4]}00", f"{region[:2]}0000"))


def _dates(terms: ProgrammeTerms, purchase: Purchase, at: datetime) -> Iterator[Asked]:
    scope = terms.scope
    if scope.contracts_from or scope.contracts_until:
        signed = purchase.ordered_at
        yield "scope.contracts", _within(signed, scope.contracts_from, scope.contracts_until)
    if scope.paid_from or scope.paid_until:
        paid = purchase.paid_at if purchase.is_ex_post else at
        is_met = None if paid is None else _within(paid, scope.paid_from, scope.paid_until)
        yield "scope.paid", is_met


def _within(moment: datetime, first: datetime | None, last: datetime | None) -> bool:
    return (first is None or first <= moment) and (last is None or moment < last)


def _supplier(rules: Suppliers, purchase: Purchase) -> Iterator[Asked]:
    is_related = purchase.is_related or purchase.holder_id == purchase.supplier_id
    if rules.unrelated:
        yield "suppliers.unrelated", not is_related
    elif purchase.holder_id == purchase.supplier_id:
        yield "suppliers.unrelated", False  # Nobody is paid for selling to himself.
    if rules.listed is not None:
        yield "suppliers.listed", purchase.supplier_uscc in rules.listed
    if rules.pflops_min is not None or rules.racks_min is not None:
        yield "suppliers.size", _is_large(rules, purchase.supplier or NOTHING)


def _is_large(rules: Suppliers, facts: SupplierFacts) -> bool | None:
    """Return whether a supplier is large enough in computing power or in racks: one will do."""
    found = [
        None if has is None else has >= least
        for has, least in ((facts.pflops, rules.pflops_min), (facts.racks, rules.racks_min))
        if least is not None
    ]
    return True if True in found else None if None in found else False


def _stacking(terms: ProgrammeTerms, purchase: Purchase) -> Iterator[Asked]:
    before = purchase.supported_by
    if not before:
        return
    if not terms.stacking.combines:
        yield "stacking.combines", False
    if terms.stacking.excludes:
        yield "stacking.excludes", set(before).isdisjoint(terms.stacking.excludes)
