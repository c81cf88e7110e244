"""Rules of version 2 in plain words, in the reader's language: one line a member. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.canonical import decimal_text
from common.moments import market_zone
from identity.contracts import CertificateKind, ResourceClass, ResourceForm
from identity.identifiers import regions
from marketplace.vouchers.contracts import (
    ANY,
    Beneficiary,
    CoverLimit,
    CoverPlan,
    LineKind,
    ProgrammeRules,
)
from marketplace.vouchers.explained import ExplainedPlan, Finding, TermVerdict
from marketplace.vouchers.terms import (
    ChipOrigin,
    Clause,
    ClawBackGround,
    EvidenceKind,
    LimitKind,
    OriginRate,
    Payee,
    PayMode,
    ProgrammeTerms,
    Size,
)
from marketplace.vouchers.trying import Example

SHOWN_MAX: Final = 12
NAMES: Final = {
    "issuer": gettext_lazy("Issuer"),
    "funding": gettext_lazy("Paid by"),
    "budget": gettext_lazy("Budget"),
    "windows": gettext_lazy("Applications"),
    "mode": gettext_lazy("Pays"),
    "beneficiaries": gettext_lazy("Who gets it"),
    "eligible_lines": gettext_lazy("Pays for"),
    "scope": gettext_lazy("What counts"),
    "suppliers": gettext_lazy("Providers"),
    "rates": gettext_lazy("Shares"),
    "limits": gettext_lazy("Caps"),
    "stacking": gettext_lazy("Beside other programmes"),
    "validity_days": gettext_lazy("Vouchers are valid for"),
    "payee": gettext_lazy("Whom it pays"),
    "evidence": gettext_lazy("Evidence"),
    "publicity_days": gettext_lazy("Days of publicity"),
    "claw_back": gettext_lazy("Taken back"),
}

WHO: Final = {
    Beneficiary.SME: gettext_lazy("An SME"),
    Beneficiary.STARTUP: gettext_lazy("A start-up"),
    Beneficiary.STANDARD: gettext_lazy("An enterprise"),
}


def members(terms: ProgrammeTerms) -> Iterator[tuple[str, str, Clause | None]]:
    """Yield each member's name, what it says, and the clause that says it."""
    for member, say in SAYERS.items():
        yield str(NAMES[member]), say(terms), terms.clauses.get(member)


def with_clauses(terms: ProgrammeTerms) -> dict[str, str]:
    """Return each member's words with its clause behind them, by name, in the order of reading."""
    return {
        name: f"{said} ({clause.source} {clause.number})" if clause else said
        for name, said, clause in members(terms)
    }


def sentence(rules: ProgrammeRules, example: Example, *, got_minor: int, place: str) -> str:
    """Return what the buyer of an example gets, in one sentence."""
    cap_minor = rules.per_entity_year_cap_minor
    words = {
        "who": WHO[Beneficiary(example.beneficiary)],
        "place": place or _("any place"),
        "bought": yuan(sum(line.amount_minor for line in example.lines)),
        "what": str(ResourceClass(example.resource_class).label),
        "got": yuan(got_minor),
        "cap": cap(cap_minor),
    }
    if cap_minor is None:
        return _("%(who)s in %(place)s that buys %(bought)s of %(what)s gets %(got)s.") % words
    told = _(
        "%(who)s in %(place)s that buys %(bought)s of %(what)s gets %(got)s,"
        " at most %(cap)s a year."
    )
    return told % words


def cover_words(said: Mapping[str, Any]) -> list[str]:
    """Return a cover line by line, and what cut it, as kept by `explained.as_data`."""
    found = []
    for line in said.get("lines", ()):
        words = {
            "kind": str(LineKind(line["kind"]).label),
            "share": _percent(Decimal(line["rate"])),
            "base": yuan(line["base_minor"]),
            "amount": yuan(line["amount_minor"]),
        }
        told = _("%(kind)s: up to %(share)s of %(base)s, %(amount)s") % words
        found.append(_behind(told, said["clause"]))
    for cut in said.get("cuts", ()):
        words = {
            "before": yuan(cut["before_minor"]),
            "after": yuan(cut["after_minor"]),
            "limit": str(CoverLimit(cut["limit"]).label),
        }
        told = _("cut from %(before)s to %(after)s by %(limit)s") % words
        found.append(_behind(told, cut["clause"]))
    return found


def plan_words(plan: CoverPlan) -> list[str]:
    """Return what vouchers pay more than by expiry, and why those that pay nothing do not."""
    if not isinstance(plan, ExplainedPlan):
        return []
    found = []
    if plan.gain_minor:
        told = _("This combination pays %(more)s more than the vouchers in order of their expiry.")
        found.append(told % {"more": yuan(plan.gain_minor)})
    paying = {cover.voucher_number for cover in plan.covers}
    for looked in plan.looked:
        if looked.voucher_number in paying:
            continue
        for finding in looked.findings:
            if finding.verdict != TermVerdict.MET:
                told = f"{looked.voucher_number}: {_finding(finding)}"
                cited = f"{finding.clause.source} {finding.clause.number}" if finding.clause else ""
                found.append(_behind(told, cited))
    return found


def _finding(finding: Finding) -> str:
    member = finding.member.partition(".")[0]
    words = {"rule": str(NAMES[member]), "verdict": str(finding.verdict.label)}
    return _("%(rule)s: %(verdict)s") % words


def _behind(told: str, cited: str) -> str:
    return f"{told} ({cited})" if cited else told


def place_of(terms: ProgrammeTerms, language: str) -> str:
    """Return the name of the first region of a programme, if it names some."""
    found = terms.beneficiaries.regions
    if found is None:
        return ""
    region = regions.regions().get(found.codes[0])
    if region is None:
        return found.codes[0]
    return region.name if language.startswith("zh") else region.name_en or region.name


def yuan(minor: int) -> str:
    """Return an amount as people read it."""
    return f"¥{Decimal(minor).scaleb(-2):,.2f}".removesuffix(".00")


def cap(minor: int | None) -> str:
    """Return a cap, or that there is none."""
    return _("no limit") if minor is None else yuan(minor)


def _some(parts: Iterable[str]) -> str:
    listed = list(parts)
    more = len(listed) - SHOWN_MAX
    shown = ", ".join(listed[:SHOWN_MAX])
    return shown + (_(" and %(count)s more") % {"count": more} if more > 0 else "")


def _labels(choices: Any, values: Iterable[str] | None) -> str:
    return _("any") if values is None else _some(str(choices(each).label) for each in values)


def _percent(share: Decimal) -> str:
    return f"{decimal_text(share * 100)}%"


def _day(moment: datetime | None) -> str:
    return "…" if moment is None else f"{moment.astimezone(market_zone()):%Y-%m-%d %H:%M}"


def _span(first: datetime | None, last: datetime | None) -> str:
    return f"{_day(first)} – {_day(last)}"


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _budget(terms: ProgrammeTerms) -> str:
    return _some(
        f"{part.year}{f' Q{part.quarter}' if part.quarter else ''}: {yuan(part.amount_minor)}"
        for part in terms.budget
    )


def _windows(terms: ProgrammeTerms) -> str:
    if not terms.windows:
        return _("At any time")
    return _some(
        _span(each.opens, each.closes) + (f", {yuan(each.cap_minor)}" if each.cap_minor else "")
        for each in terms.windows
    )


def _beneficiaries(terms: ProgrammeTerms) -> str:
    who = terms.beneficiaries
    parts = [
        _("region %(codes)s") % {"codes": _some(who.regions.codes)} if who.regions else "",
        _labels(Size, who.sizes) if who.sizes else "",
        _("industry %(codes)s") % {"codes": _some(who.industries)} if who.industries else "",
        _labels(Beneficiary, who.classes) if who.classes else "",
        _("certified as %(kinds)s") % {"kinds": _labels(CertificateKind, who.certificates)}
        if who.certificates
        else "",
        _("%(years)s years without an entry of dishonesty") % {"years": who.clean_years}
        if who.clean_years
        else "",
        _("or an incubated maker") if who.incubated_makers else "",
    ]
    return "; ".join(filter(None, parts)) or _("everyone")


def _scope(terms: ProgrammeTerms) -> str:
    scope = terms.scope
    contracts, paid = (
        scope.contracts_from or scope.contracts_until,
        scope.paid_from or scope.paid_until,
    )
    parts = [
        _labels(ResourceClass, scope.classes) if scope.classes else "",
        _labels(ResourceForm, scope.forms) if scope.forms else "",
        _labels(ChipOrigin, scope.origins) if scope.origins else "",
        _("contracts of %(span)s") % {"span": _span(scope.contracts_from, scope.contracts_until)}
        if contracts
        else "",
        _("paid %(span)s") % {"span": _span(scope.paid_from, scope.paid_until)} if paid else "",
    ]
    return "; ".join(filter(None, parts)) or _("everything")


def _suppliers(terms: ProgrammeTerms) -> str:
    its = terms.suppliers
    sizes = [
        _("%(count)s PFLOPS") % {"count": f"{its.pflops_min:,}"} if its.pflops_min else "",
        _("%(count)s racks") % {"count": f"{its.racks_min:,}"} if its.racks_min else "",
    ]
    size = _(" or ").join(filter(None, sizes))
    parts = [
        _("every provider") if its.listed is None else _some(its.listed),
        _("at least %(size)s") % {"size": size} if size else "",
        _("not related to the buyer") if its.unrelated else "",
    ]
    return "; ".join(filter(None, parts))


def _rates(terms: ProgrammeTerms) -> str:
    return _some(f"{_of(rate)} {_percent(rate.share)}" for rate in terms.rates)


def _of(rate: OriginRate) -> str:
    parts = [
        "" if rate.beneficiary == ANY else str(Beneficiary(rate.beneficiary).label),
        "" if rate.resource_class == ANY else str(ResourceClass(rate.resource_class).label),
        "" if rate.chip_origin == ANY else str(ChipOrigin(rate.chip_origin).label),
    ]
    return " · ".join(filter(None, parts)) or _("everything")


def _limits(terms: ProgrammeTerms) -> str:
    caps = {
        LimitKind.PER_ORDER_CAP: (_("per order"), terms.limits.per_order_minor),
        LimitKind.ENTITY_YEAR_CAP: (_("per entity and year"), terms.limits.per_entity_year_minor),
        LimitKind.PROGRAMME_CAP: (_("all together"), terms.limits.programme_minor),
    }
    named = [caps[LimitKind(each)] for each in terms.limits.order if LimitKind(each) in caps]
    return "; ".join(f"{name} {yuan(amount)}" for name, amount in named if amount is not None) or _(
        "no limit"
    )


def _stacking(terms: ProgrammeTerms) -> str:
    if not terms.stacking.combines:
        return _("no")
    excluded = terms.stacking.excludes
    return _("yes, not with %(codes)s") % {"codes": _some(excluded)} if excluded else _("yes")


def _claw_back(terms: ProgrammeTerms) -> str:
    its = terms.claw_back
    within = _("at any time") if its.within_days is None else _days(its.within_days)
    return f"{within}: {_labels(ClawBackGround, its.grounds)}" if its.grounds else _("no")


SAYERS: Final[dict[str, Callable[[ProgrammeTerms], str]]] = {
    "issuer": lambda terms: terms.issuer.name,
    "mode": lambda terms: str(PayMode(terms.mode).label),
    "rates": _rates,
    "limits": _limits,
    "beneficiaries": _beneficiaries,
    "eligible_lines": lambda terms: _labels(LineKind, terms.eligible_lines),
    "scope": _scope,
    "suppliers": _suppliers,
    "stacking": _stacking,
    "windows": _windows,
    "validity_days": lambda terms: _days(terms.validity_days),
    "payee": lambda terms: str(Payee(terms.payee).label),
    "evidence": lambda terms: _labels(EvidenceKind, terms.evidence) or _("no"),
    "publicity_days": lambda terms: _days(terms.publicity_days),
    "claw_back": _claw_back,
    "funding": lambda terms: _some(f"{it.source} {_percent(it.share)}" for it in terms.funding),
    "budget": _budget,
}
