"""
Whether somebody may get support from a programme: a line a rule, with its clause. Pure.

What is not known is said to be unknown; it is never taken for a yes or for a no.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from identity.contracts import SME_KINDS, CertificateKind, EnterpriseClass, EnterpriseSize
from identity.evidence import OrganizationFacts
from marketplace.vouchers import life, rules
from marketplace.vouchers.checks import CheckLine
from marketplace.vouchers.contracts import ANY, CheckOutcome, ProgrammeRules
from marketplace.vouchers.terms import Beneficiaries, HolderFacts

# The class that a certificate makes of its holder.
CLASS_OF: Final = {
    CertificateKind.START_UP: EnterpriseClass.STARTUP,
    **dict.fromkeys(SME_KINDS, EnterpriseClass.SME),
}
# What a certificate would prove.
PROVABLE: Final = frozenset(
    {
        "beneficiaries.sizes",
        "beneficiaries.classes",
        "beneficiaries.certificates",
        "requires_sme_certificate",
        "rates",
    }
)


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found for a programme, rule by rule."""

    lines: tuple[CheckLine, ...]

    @property
    def outcome(self) -> CheckOutcome:
        """Return the answer of all rules: one that is not met decides, then one unknown."""
        found = {line.outcome for line in self.lines}
        for each in (CheckOutcome.NOT_MET, CheckOutcome.UNKNOWN):
            if each in found:
                return each
        return CheckOutcome.MET

    @property
    def lacking(self) -> tuple[CheckLine, ...]:
        """Return the rules that are not met or not known."""
        return tuple(each for each in self.lines if each.outcome != CheckOutcome.MET)


def known_of(facts: OrganizationFacts) -> HolderFacts:
    """Return what evidence says of an organisation, as programmes ask it."""
    standing = facts.standing.value
    return HolderFacts(
        region=facts.region.value,
        size=facts.size.value,
        industry=facts.industry.value,
        classes=(standing.value,) if standing else None,
        certificates=tuple(each.kind.value for each in facts.certificates) or None,
    )


def said_of(
    *,
    region: str = "",
    industry: str = "",
    size: str = "",
    standing: str = "",
    certificates: Collection[str] = (),
) -> HolderFacts:
    """Return what somebody says of an enterprise; what is left out is unknown."""
    classes = {standing} - {""}
    if not classes:
        classes = {CLASS_OF[kind].value for kind in CLASS_OF if kind in certificates}
    if not classes and size:
        is_large = size == EnterpriseSize.LARGE
        classes = {(EnterpriseClass.STANDARD if is_large else EnterpriseClass.SME).value}
    return HolderFacts(
        region=region or None,
        size=size or None,
        industry=industry or None,
        classes=tuple(sorted(classes)) or None,
        certificates=tuple(certificates) or None,
    )


def fit(
    data: dict[str, Any],
    parsed: ProgrammeRules,
    who: HolderFacts,
    *,
    at: datetime,
    is_own: bool = False,
) -> Fit:
    """
    Return what a programme's rules say about somebody.

    `is_own` reads certificates as proof alone: who lacks one may still bring it.
    """
    return Fit(
        tuple(
            CheckLine(rule, _outcome(is_met), life.clause(data, rule.partition(".")[0]), found)
            for rule, is_met, found in _found(parsed, who, at, is_own)
        )
    )


def _found(
    parsed: ProgrammeRules, who: HolderFacts, at: datetime, is_own: bool
) -> Iterator[tuple[str, bool | None, str]]:
    yield "applications_until", rules.takes_applications(parsed, at=at), ""
    if parsed.terms is not None:
        yield from _beneficiary(parsed.terms.beneficiaries, who, is_own)
    elif parsed.requires_sme_certificate:
        kinds = {each.value for each in SME_KINDS}
        yield "requires_sme_certificate", _holds(who, kinds, is_own), _told(who.certificates)
    yield "rates", _rated(parsed, who), _told(who.classes)


def _beneficiary(
    asked: Beneficiaries, who: HolderFacts, is_own: bool
) -> Iterator[tuple[str, bool | None, str]]:
    if asked.regions is not None:
        codes = frozenset(asked.regions.codes)
        is_met = _if(who.region, lambda it: not codes.isdisjoint(_within(it)))
        yield "beneficiaries.regions", is_met, who.region or ""
    if asked.industries is not None:
        branches = asked.industries
        is_met = _if(who.industry, lambda it: it.startswith(branches))
        yield "beneficiaries.industries", is_met, who.industry or ""
    is_maker = asked.incubated_makers and bool(who.is_incubated)
    if asked.sizes is not None and not is_maker:
        sizes = asked.sizes
        yield "beneficiaries.sizes", _if(who.size, lambda it: it in sizes), who.size or ""
    if asked.classes is not None and not is_maker:
        is_met = None if who.classes is None else not set(who.classes).isdisjoint(asked.classes)
        yield "beneficiaries.classes", is_met, _told(who.classes)
    if asked.certificates and not is_maker:
        is_met = _holds(who, set(asked.certificates), is_own)
        yield "beneficiaries.certificates", is_met, _told(who.certificates)
    if asked.clean_years:
        years = asked.clean_years
        is_met = None if who.clean_years is None else who.clean_years >= years
        yield "beneficiaries.clean_years", is_met, ""


def _within(region: str) -> tuple[str, str, str]:
    """Return the codes of a division, its prefecture and its province."""
    return region, f"{region[:4]}00", f"{region[:2]}0000"


def _holds(who: HolderFacts, kinds: set[str], is_own: bool) -> bool | None:
    held = set(who.certificates or ())
    if not held.isdisjoint(kinds):
        return True
    return None if is_own or who.certificates is None else False


def _rated(parsed: ProgrammeRules, who: HolderFacts) -> bool | None:
    paid = {rate.beneficiary for rate in parsed.rates}
    if ANY in paid:
        return True
    return None if who.classes is None else not paid.isdisjoint(who.classes)


def _if(fact: str | None, holds: Callable[[str], bool]) -> bool | None:
    return None if not fact else holds(fact)


def _told(values: tuple[str, ...] | None) -> str:
    return ", ".join(values or ())


def _outcome(is_met: bool | None) -> CheckOutcome:
    if is_met is None:
        return CheckOutcome.UNKNOWN
    return CheckOutcome.MET if is_met else CheckOutcome.NOT_MET
