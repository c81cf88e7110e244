"""
What version 2 of a programme asks of its beneficiaries, held against evidence. Pure.

What nobody proved is unknown: neither yes nor no, and for the reviewer to ask about.
"""

from collections.abc import Iterator

from identity.evidence import OrganizationFacts
from marketplace.vouchers.contracts import CheckOutcome
from marketplace.vouchers.terms import Beneficiaries

Asked = tuple[str, CheckOutcome, str]


def asked_of(
    rules: Beneficiaries, facts: OrganizationFacts, *, held_class: str, clean_years: int | None
) -> Iterator[Asked]:
    """Yield a line for each rule about beneficiaries: its member, the outcome, what was found."""
    # Whether somebody is an incubated maker nobody attests: it may stand for size and class.
    may_be_maker = rules.incubated_makers
    if rules.regions is not None:
        code = facts.region.value or ""
        is_met = None if not code else _lies_in(code, rules.regions.codes)
        yield _line("regions", is_met, code)
    if rules.industries is not None:
        branch = facts.industry.value or ""
        yield _line(
            "industries", None if not branch else branch.startswith(rules.industries), branch
        )
    if rules.sizes is not None:
        size = facts.size.value
        is_met = None if size is None else str(size) in rules.sizes
        yield _line("sizes", _or_maker(is_met, may_be_maker), str(size or ""))
    if rules.classes is not None:
        is_met = held_class in rules.classes if facts.standing.is_known else None
        yield _line("classes", _or_maker(is_met, may_be_maker), held_class)
    if rules.certificates:
        held = [each for each in facts.certificates if each.kind.value in rules.certificates]
        numbers = ", ".join(each.number for each in held)
        yield _line("certificates", _or_maker(bool(held), may_be_maker), numbers)
    if rules.clean_years:
        is_met = None if clean_years is None else clean_years >= rules.clean_years
        yield _line("clean_years", is_met, "" if clean_years is None else str(clean_years))


def _or_maker(is_met: bool | None, may_be_maker: bool) -> bool | None:
    return None if may_be_maker and not is_met else is_met


def _line(member: str, is_met: bool | None, found: str) -> Asked:
    outcome = (
        CheckOutcome.UNKNOWN
        if is_met is None
        else CheckOutcome.MET
        if is_met
        else CheckOutcome.NOT_MET
    )
    return f"beneficiaries.{member}", outcome, found


def _lies_in(region: str, codes: tuple[str, ...]) -> bool:
    """Return whether a code of GB/T 2260 is one of some, or lies in one."""
    return any(code in codes for code in (region, f"{region[:4]}00", f"{region[:2]}0000"))
