"""Plans under `rate-2`, and their lines, in the reader's words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pricing.contracts import RateUnit
from pricing.plan_models import (
    CountedBy,
    CountedOver,
    EarlyEndTerms,
    PlanModel,
    PlanPart,
    RateTerms,
    SoldAs,
)

BANDS: Final = {
    "sharp": pgettext_lazy("time of use", "sharp peak"),
    "peak": pgettext_lazy("time of use", "peak"),
    "flat": pgettext_lazy("time of use", "flat"),
    "valley": pgettext_lazy("time of use", "valley"),
    "deep": pgettext_lazy("time of use", "deep valley"),
}
KINDS: Final = {
    "band": gettext_lazy("time of use"),
    "discount": gettext_lazy("reserved"),
    "group": gettext_lazy("price group"),
    "region": gettext_lazy("region"),
    "class": gettext_lazy("class"),
    "energy": gettext_lazy("energy"),
    "quality": gettext_lazy("verified level"),
    "green": gettext_lazy("green electricity"),
    "path": gettext_lazy("latency class"),
    "sold_as": gettext_lazy("what is sold"),
    "given_back": gettext_lazy("given back"),
}
ENDINGS: Final = {
    "fee": gettext_lazy("fee for ending early, within what was held"),
    "given_back": gettext_lazy("of prepaid hours that were not used, given back"),
    "unused": gettext_lazy("prepaid hours, owed from the start, used or not"),
}
SOLD: Final = {
    SoldAs.COMPUTE: gettext_lazy("for compute"),
    SoldAs.STORAGE: gettext_lazy("for storage"),
    SoldAs.NETWORK: gettext_lazy("for data moved"),
}
SOLD_AS: Final = {
    SoldAs.COMPUTE.value: pgettext_lazy("what a price is of", "compute"),
    SoldAs.STORAGE.value: pgettext_lazy("what a price is of", "storage"),
    SoldAs.NETWORK.value: pgettext_lazy("what a price is of", "data moved"),
}
DAYS: Final = {
    "workday": gettext_lazy("workdays"),
    "weekend": gettext_lazy("weekends"),
    "holiday": gettext_lazy("holidays"),
}
COUNTED: Final = {
    CountedBy.CONTRACT: gettext_lazy("Tiers count each contract by itself."),
    CountedBy.BUYER_MONTH: gettext_lazy(
        "Tiers count all contracts of a buyer in a month; orders are held at the first tier's"
        " price."
    ),
    CountedBy.BUYER_YEAR: gettext_lazy(
        "Tiers count all contracts of a buyer in a fiscal year; orders are held at the first"
        " tier's price."
    ),
}


def band(name: str) -> str:
    """Return what a band of time is called."""
    return str(BANDS.get(name, name))


def line_notes(line: Mapping[str, Any], lines: Iterable[Mapping[str, Any]] = ()) -> str:
    """
    Return in words what a line is a price of, when its use was, and what multiplied its price.

    Empty by `rate-1`. Beside the other lines of its price, hours without a price are told to be
    prepaid.
    """
    if line.get("ending"):
        return str(ENDINGS[line["ending"]])
    said = [str(SOLD[SoldAs(line["sold_as"])])] if line.get("sold_as") else []
    said += [line["period"]] if line.get("period") else []
    if _is_prepaid(line, lines):
        said.append(_("covered by the prepaid hours"))
    for kind, value, by in line.get("factors", ()):
        name = band(value) if kind == "band" else str(KINDS.get(kind, kind))
        said.append(f"{name} × {by}")
    if line["unit"] == RateUnit.PERIOD and _is_what_lacks(line):
        said.append(_("what the other lines lack of it"))
    return " · ".join(said)


def _is_prepaid(line: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a line's hours were paid by another line of the same component."""
    return (
        line["unit"] != RateUnit.PERIOD
        and not Decimal(line["unit_price"])
        and any(
            each["component"] == line["component"] and each["unit"] == RateUnit.PERIOD
            for each in lines
        )
    )


def factor_text(line: Mapping[str, Any]) -> str:
    """Return by what a line's unit price is multiplied: ` × 0.5`; empty where by nothing."""
    times = Decimal(1)
    for _kind, _value, by in line.get("factors", ()):
        times *= Decimal(by)
    return "" if times == 1 else f" × {_figure(times)}"


def _is_what_lacks(line: Mapping[str, Any]) -> bool:
    """Return whether a line owes less than its share of a price: a minimum that others reach."""
    whole = Decimal(line["quantity"]) * Decimal(line["unit_price"])
    for _kind, _value, by in line.get("factors", ()):
        whole *= Decimal(by)
    return abs(whole - Decimal(line["raw_amount"])) > Decimal("0.01")


def told(terms: RateTerms) -> Iterator[str]:
    """Yield what a plan says, a sentence a component, then what they share."""
    for part in terms.parts:
        notes = [str(SOLD[SoldAs(part.sold_as)])] if part.sold_as else []
        notes.append(_price(part))
        if part.per == CountedOver.MONTH and part.is_metered:
            notes.append(_("counted by the month"))
        if part.increment:
            notes.append(_("in steps of %(step)s") % {"step": _figure(part.increment)})
        notes += [f"{band(name)} × {_figure(by)}" for name, by in part.bands]
        notes += [_("by %(kind)s") % {"kind": KINDS.get(kind, kind)} for kind in part.factors]
        yield f"{part.code} · {'; '.join(notes)}"
    yield from _times(terms)
    for table in terms.factors:
        values = [f"{value} × {_figure(by)}" for value, by in table.values]
        others = _("others × %(by)s") % {"by": _figure(table.otherwise)}
        yield f"{KINDS.get(table.kind, table.kind)}: {'; '.join([*values, others])}"
    if terms.counted_by != CountedBy.CONTRACT:
        yield str(COUNTED[terms.counted_by])
    if terms.early_end is not None:
        yield early_end(terms.early_end)


def early_end(said: EarlyEndTerms) -> str:
    """Return what a plan asks of whoever ends a contract early, in a sentence."""
    notes = [_("%(hours)s h of notice") % {"hours": said.notice_hours}]
    if said.fee:
        notes.append(_("a fee of %(fee)s, within what is held") % {"fee": _yuan(said.fee)})
    else:
        notes.append(_("no fee"))
    if said.gives_back:
        share = f"{_figure(said.gives_back * 100)}%"
        told = _("%(share)s of the price of prepaid hours that are not used comes back")
        notes.append(told % {"share": share})
    return _("To end early: %(notes)s") % {"notes": "; ".join(notes)}


def rounding(terms: RateTerms | None) -> str:
    """Return how amounts are rounded, by `rate-1` where there are no terms."""
    if terms is None:
        return _(
            "The amount of each line is rounded half up to ¥0.01. Charged in parts, a part is the"
            " rounded price of everything so far less that of what was charged before."
        )
    told = _(
        "What a contract has cost so far is rounded up to %(step)s, each component, month, band and"
        " tier by itself; a step that is begun counts from its thousandth part on. A charge is that"
        " sum less the one before, so parts add up to the whole."
    )
    return told % {"step": _yuan(Decimal(terms.to_minor) / 100)}


def _times(terms: RateTerms) -> Iterator[str]:
    for each in terms.bands:
        days = "" if len(each.days) == len(DAYS) else _listed(str(DAYS[day]) for day in each.days)
        clock = "–".join(f"{at // 60:02}:{at % 60:02}" for at in (each.starts, each.ends))
        months = _listed(map(str, each.months))
        notes = [clock, terms.zone, *([days] if days else [])]
        if months:
            notes.append(_("months %(months)s") % {"months": months})
        yield f"{band(each.band)}: {', '.join(notes)}"


def _listed(words: Iterator[str] | Sequence[str]) -> str:
    return "/".join(words)


def _price(part: PlanPart) -> str:
    unit = RateUnit(part.unit).label
    price = _yuan(part.price)
    per = _("a contract")
    if part.per == CountedOver.MONTH:
        per = _("a month, by the order's share of it")
    if part.model == PlanModel.PACKAGE:
        words = {"price": price, "block": _figure(part.block), "unit": unit}
        return _("%(price)s for each %(block)s %(unit)s begun") % words
    if part.model == PlanModel.FLAT:
        return _("%(price)s %(per)s") % {"price": price, "per": per}
    if part.model == PlanModel.MINIMUM:
        return _("at least %(price)s %(per)s") % {"price": price, "per": per}
    if part.model == PlanModel.PREPAID:
        words = {
            "price": price,
            "hours": _figure(part.tiers[1].starts_from),
            "unit": _("unit-hours") if part.unit == RateUnit.UNIT_HOUR else unit,
            "more": _yuan(part.tiers[1].unit_price),
        }
        told = _("%(price)s for the first %(hours)s %(unit)s, then %(more)s each") % words
        if part.owed_from:
            return ", ".join([told, _("owed from the start, used or not")])
        return ", ".join([told, _("owed once anything is used")])
    told_tiers = [
        f"{_yuan(tier.unit_price)} / {unit}"
        + (f" (≥ {_figure(tier.starts_from)})" if tier.starts_from else "")
        for tier in part.tiers
    ]
    return ", ".join([*told_tiers, *_manner(part)])


def _manner(part: PlanPart) -> Iterator[str]:
    if part.model == PlanModel.VOLUME:
        yield _("all of it at the price of the tier that it reaches")
    elif part.model == PlanModel.READY:
        yield _("for what is kept ready, used or not")
    elif part.model == PlanModel.RESERVED:
        share = f"{(part.discount * 100).normalize():f}%"
        yield _("reserved whole, %(share)s off") % {"share": share}


def _figure(value: Decimal) -> str:
    """Return a number with thousands separators and as many digits as it has."""
    digits = max(0, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{digits}f}"


def _yuan(value: Decimal) -> str:
    digits = max(2, -int(value.normalize().as_tuple().exponent))  # as all pages write prices
    return f"¥{value:,.{digits}f}"
