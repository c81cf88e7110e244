"""What two versions of a rule say, field by field, in the reader's language. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from common.canonical import decimal_text
from identity.contracts import ResourceClass
from marketplace.bulletin.contracts import RuleKind
from marketplace.vouchers import programme_2, wording
from marketplace.vouchers.contracts import ANY, Beneficiary, LineKind, Mode
from pricing import plan_terms
from pricing import wording as pricing_wording
from pricing.contracts import RateUnit

Said = Iterator[tuple[str, str]]
SUPPLIERS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two versions tell differently; empty where one of them lacks it."""

    name: str
    before: str
    after: str


def differences_between(
    kind: RuleKind, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> list[Difference]:
    """Return the fields that differ, in the order of the rule; of a first version, all."""
    say = SAYERS[kind]
    old = {} if before is None else dict(say(before))
    new = dict(say(after))
    return [
        Difference(name, old.get(name, ""), new.get(name, ""))
        for name in dict.fromkeys([*new, *old])
        if old.get(name, "") != new.get(name, "")
    ]


def _plan(terms: Mapping[str, Any]) -> Said:
    if terms.get("terms") is not None:
        for place, sentence in enumerate(pricing_wording.told(plan_terms.parse(terms["terms"]))):
            yield _("Terms, line %(number)s") % {"number": place + 1}, sentence
        yield _("Currency"), str(terms["asset"])
        yield _("Rating rule"), str(terms["rating_rule"])
        return
    for component in terms["components"]:
        unit = str(RateUnit(component["unit"]).label)
        for tier in component["tiers"]:
            words = {"part": component["code"], "from": tier["from"], "unit": unit}
            price = _yuan(Decimal(tier["unit_price"]))
            yield _("%(part)s, a %(unit)s from %(from)s on") % words, price
    yield _("Currency"), str(terms["asset"])
    yield _("Rating rule"), str(terms["rating_rule"])


def _measurement(definition: Mapping[str, Any]) -> Said:
    yield _("Metric"), str(definition["metric"])
    yield _("Aggregate"), str(definition["aggregate"])
    yield _("Window"), _seconds(definition["window_seconds"])
    yield _("Grace for late readings"), _seconds(definition["grace_seconds"])
    yield _("Converts to standard hours"), _yes(definition["standard"])
    yield _("Accepts certificates"), _yes(definition["accepts_certificates"])
    yield _("Measuring rule"), str(definition.get("measuring_rule", "measure-1"))
    for entry in definition.get("factors", ()):
        name = _("Factor of %(chip)s") % {"chip": entry["chip"]}
        yield name, _("%(factor)s (%(tflops)s TFLOPS)") % entry


def _programme(rules: Mapping[str, Any]) -> Said:
    if programme_2.is_version_2(rules):
        terms = programme_2.parse(rules).terms
        yield from wording.with_clauses(terms).items() if terms else ()
        return
    yield _("Pays"), str(Mode(rules["mode"]).label)
    for rate in rules["rates"]:
        words = {"who": _beneficiary(rate["beneficiary"]), "what": _class(rate["resource_class"])}
        share = f"{decimal_text(Decimal(rate['share']) * 100)}%"
        yield _("Rate for %(who)s, %(what)s") % words, share
    lines = [str(LineKind(line).label) for line in rules["eligible_lines"]]
    yield _("Pays for"), ", ".join(lines)
    yield _("At most for an order"), _cap(rules["per_order_cap_minor"])
    yield _("At most for an enterprise and year"), _cap(rules["per_entity_year_cap_minor"])
    yield _("Days that a voucher is valid"), str(rules["validity_days"])
    yield _("Applications from"), rules["applications_from"] or _("from the start")
    yield _("Applications until"), rules["applications_until"] or _("without an end")
    yield _("Orders from"), rules["orders_from"] or _("from the start")
    yield _("Needs an SME certificate"), _yes(rules["requires_sme_certificate"])
    yield _("Suppliers"), _suppliers(rules["suppliers"])
    yield _("Combines with other programmes"), _yes(rules["combines"])
    for part in rules["funding"]:
        share = f"{decimal_text(Decimal(part['share']) * 100)}%"
        yield _("Funded by %(source)s") % {"source": part["source"]}, share


def _fee(terms: Mapping[str, Any]) -> Said:
    yield _("Fee on what is collected"), f"{decimal_text(Decimal(terms['rate']) * 100)}%"
    yield _("Fee rule"), str(terms["rule"])


def _beneficiary(name: str) -> str:
    return _("everyone") if name == ANY else str(Beneficiary(name).label)


def _class(name: str) -> str:
    return _("all compute") if name == ANY else str(ResourceClass(name).label)


def _yuan(amount: Decimal) -> str:
    places = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"¥{amount:,.{places}f}"


def _cap(minor: int | None) -> str:
    return _("no limit") if minor is None else _yuan(Decimal(minor).scaleb(-2))


def _seconds(seconds: int) -> str:
    return _("%(seconds)s s") % {"seconds": f"{seconds:,}"}


def _yes(value: object) -> str:
    return _("yes") if value else _("no")


def _suppliers(codes: list[str] | None) -> str:
    if codes is None:
        return _("every provider")
    more = len(codes) - SUPPLIERS_SHOWN
    shown = ", ".join(codes[:SUPPLIERS_SHOWN])
    return shown + (_(" and %(count)s more") % {"count": more} if more > 0 else "")


SAYERS: Final[dict[RuleKind, Callable[[Mapping[str, Any]], Said]]] = {
    RuleKind.RATE_PLAN: _plan,
    RuleKind.MEASUREMENT: _measurement,
    RuleKind.PROGRAMME: _programme,
    RuleKind.FEE: _fee,
}
