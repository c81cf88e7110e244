"""A programme's rules in plain words, one line a rule."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.contracts import ResourceClass
from marketplace.portal import figures, names
from marketplace.vouchers import wording
from marketplace.vouchers.contracts import (
    ANY,
    Beneficiary,
    LineKind,
    ProgrammeRules,
    Rate,
)

SUPPLIERS_SHOWN = 5


def rule_words(rules: ProgrammeRules) -> dict[str, str]:
    """Return each rule by its name; the order is that of reading. Version 2 names its clauses."""
    if rules.terms is not None:
        return wording.with_clauses(rules.terms)
    return {
        _("Pays"): str(rules.mode.label),
        **{_rate_name(rate): _percent(rate.share) for rate in rules.rates},
        _("Pays for"): _list([str(LineKind(kind).label) for kind in sorted(rules.eligible_lines)]),
        _("Cap per order"): _amount(rules.per_order_cap_minor),
        _("Cap per entity and year"): _amount(rules.per_entity_year_cap_minor),
        _("Vouchers are valid for"): ngettext(
            "%(count)d day", "%(count)d days", rules.validity_days
        )
        % {"count": rules.validity_days},
        _("Applications"): _window(rules),
        _("Orders"): _("Any")
        if rules.orders_from is None
        else _("from %(when)s") % {"when": figures.moment(rules.orders_from)},
        _("SME certificate"): _("Needed") if rules.requires_sme_certificate else _("Not needed"),
        _("Providers"): _suppliers(rules),
        _("Beside other programmes"): _("Yes") if rules.combines else _("No"),
        _("Paid by"): _list(
            [f"{names.spoken(part.source)} {_percent(part.share)}" for part in rules.funding]
        )
        or "—",
    }


def _rate_name(rate: Rate) -> str:
    who = "" if rate.beneficiary == ANY else str(Beneficiary(rate.beneficiary).label)
    what = "" if rate.resource_class == ANY else str(ResourceClass(rate.resource_class).label)
    return _("Share: %(of)s") % {"of": " · ".join(filter(None, [who, what])) or _("everything")}


def _percent(share: Decimal) -> str:
    return f"{figures.grouped(share * 100)}%"


def _amount(minor: int | None) -> str:
    return _("None") if minor is None else figures.money(minor)


def _window(rules: ProgrammeRules) -> str:
    first, last = rules.applications_from, rules.applications_until
    if first is None and last is None:
        return _("At any time")
    if last is None:
        return _("from %(when)s") % {"when": figures.moment(first)} if first else ""
    if first is None:
        return _("until %(when)s") % {"when": figures.moment(last)}
    return f"{figures.moment(first)} – {figures.moment(last)}"


def _suppliers(rules: ProgrammeRules) -> str:
    if rules.suppliers is None:
        return _("Every provider")
    shown = _list(sorted(rules.suppliers)[:SUPPLIERS_SHOWN])
    more = len(rules.suppliers) - SUPPLIERS_SHOWN
    return f"{shown} + {more:,}" if more > 0 else shown


def _list(parts: list[str]) -> str:
    return ", ".join(parts)


def period_name(year: int, quarter: int | None) -> str:
    """Return the name of a part of a budget."""
    if quarter is None:
        return str(year)
    return _("%(year)s, quarter %(quarter)s") % {"year": year, "quarter": quarter}
