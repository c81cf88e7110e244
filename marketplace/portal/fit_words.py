"""What a programme says about somebody, in words: the answer, and a line a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.contracts import CertificateKind, EnterpriseClass, EnterpriseSize
from identity.identifiers import regions
from marketplace.portal import figures, names
from marketplace.portal.application_words import RULES, TONES
from marketplace.vouchers.checks import CheckLine
from marketplace.vouchers.contracts import CheckOutcome, ProgrammeRules
from marketplace.vouchers.fitting import PROVABLE, Fit
from marketplace.vouchers.selectors import FittedProgramme

ASKED: Final[Mapping[str, Any]] = {
    **RULES,
    "beneficiaries.regions": gettext_lazy("Region"),
    "beneficiaries.industries": gettext_lazy("Industry"),
    "beneficiaries.sizes": gettext_lazy("Size"),
    "beneficiaries.classes": gettext_lazy("Class"),
    "beneficiaries.certificates": gettext_lazy("Certificates"),
    "beneficiaries.clean_years": gettext_lazy("Years without an entry of dishonesty"),
}
ANSWERS: Final[Mapping[str, Any]] = {
    CheckOutcome.MET: gettext_lazy("You qualify"),
    CheckOutcome.NOT_MET: gettext_lazy("You do not qualify"),
    CheckOutcome.UNKNOWN: gettext_lazy("Unknown: evidence is missing"),
}


@dataclass(frozen=True, slots=True)
class FitLine:
    """A rule as it is told."""

    rule: str
    needed: str
    found: str
    clause: str
    outcome: str
    tone: str
    symbol: str
    is_provable: bool


@dataclass(frozen=True, slots=True)
class FitCard:
    """A programme with its answer."""

    programme: Any
    answer: str
    tone: str
    symbol: str
    because: str
    lines: list[FitLine]
    may_apply: bool
    asks_evidence: bool
    rates: str


def cards(found: list[FittedProgramme]) -> list[FitCard]:
    """Return programmes as they are shown."""
    return [_card(each) for each in found]


def _card(each: FittedProgramme) -> FitCard:
    fit = each.fit
    tone, symbol = TONES[fit.outcome]
    lacking = {line.rule for line in fit.lacking}
    is_open = "applications_until" not in lacking
    return FitCard(
        programme=each.programme,
        answer=str(ANSWERS[fit.outcome]),
        tone=tone,
        symbol=symbol,
        because=_because(fit),
        lines=[_line(line, each.programme.rules) for line in fit.lines],
        may_apply=is_open and fit.outcome != CheckOutcome.NOT_MET,
        asks_evidence=fit.outcome == CheckOutcome.UNKNOWN and not lacking.isdisjoint(PROVABLE),
        rates=_rates(each.programme.rules),
    )


def _because(fit: Fit) -> str:
    """Return the rules that decide, in one sentence."""
    decisive = [line for line in fit.lacking if line.outcome == fit.outcome]
    if not decisive:
        return ""
    told = "; ".join(
        f"{ASKED.get(line.rule, line.rule)}{f' ({line.clause})' if line.clause else ''}"
        for line in decisive
    )
    return _("because of: %(rules)s") % {"rules": told}


def _line(line: CheckLine, rules: ProgrammeRules) -> FitLine:
    tone, symbol = TONES[line.outcome]
    return FitLine(
        rule=str(ASKED.get(line.rule, line.rule)),
        needed=_needed(line.rule, rules),
        found=_found(line),
        clause=line.clause,
        outcome=str(CheckOutcome(line.outcome).label),
        tone=tone,
        symbol=symbol,
        is_provable=line.outcome != CheckOutcome.MET and line.rule in PROVABLE,
    )


def _needed(rule: str, rules: ProgrammeRules) -> str:
    """Return what a rule asks for."""
    if rules.terms is None:
        return ""
    asked = rules.terms.beneficiaries
    member = rule.partition(".")[2]
    if member == "regions" and asked.regions:
        return ", ".join(_region(code) for code in asked.regions.codes)
    if member == "clean_years":
        return str(asked.clean_years)
    values = getattr(asked, member, None) or ()
    return ", ".join(_word(member, each) for each in values)


def _found(line: CheckLine) -> str:
    member = line.rule.partition(".")[2]
    if member == "regions" and line.found:
        return _region(line.found)
    if line.rule == "rates":
        member = "classes"
    elif line.rule == "requires_sme_certificate":
        member = "certificates"
    return ", ".join(_word(member, each) for each in line.found.split(", ") if each)


def _word(member: str, value: str) -> str:
    choices: Any = {
        "sizes": EnterpriseSize,
        "classes": EnterpriseClass,
        "certificates": CertificateKind,
    }.get(member)
    return str(choices(value).label) if choices else value


def _region(code: str) -> str:
    found = regions.regions().get(code)
    return names.named(found) if found else code


def _rates(rules: ProgrammeRules) -> str:
    """Return the largest share that a programme pays."""
    largest = max((rate.share for rate in rules.rates), default=None)
    if largest is None:
        return ""
    return _("pays up to %(share)s%%") % {"share": figures.grouped(largest * 100)}
