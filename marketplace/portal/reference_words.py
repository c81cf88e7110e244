"""How reference prices read: figures with their band, and how a price lies to them."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.baselines import rules as baselines_rules
from marketplace.baselines import selectors as baselines_selectors
from marketplace.baselines.contracts import CostInput, CostStep, ReferenceBeside, rounded_price
from marketplace.catalog.collar import price_text
from marketplace.portal import collar_words, desk, source_words
from marketplace.portal.proposal_lines import Content, ProposalLine
from metering.table_contracts import HourClass

# What each line of the calculation is called, and what each input is.
STEPS: Final[Mapping[str, Promise]] = {
    "hours_sold": gettext_lazy("Hours sold a year"),
    "capital": gettext_lazy("Hardware a year"),
    "upkeep": gettext_lazy("Upkeep a year"),
    "housing": gettext_lazy("Space a year"),
    "fixed_hour": gettext_lazy("All of that, an hour sold"),
    "energy_hour": gettext_lazy("Electricity an hour"),
    "unit_hour": gettext_lazy("An hour of the unit"),
    "standard_hour": gettext_lazy("A standard hour"),
}
INPUTS: Final[Mapping[str, Promise | str]] = {
    "years": gettext_lazy("Years of use"),
    "utilisation": gettext_lazy("Share of hours sold"),
    "upkeep_share": gettext_lazy("Upkeep, of the hardware price a year"),
    "pue": "PUE",
    "electricity": gettext_lazy("Electricity, yuan a kWh"),
    "space": gettext_lazy("Space, yuan a kW and year"),
    "hardware": gettext_lazy("Hardware, yuan"),
    "staff": gettext_lazy("Staff, yuan a year"),
    "watts": gettext_lazy("Power, watts"),
    "figure": gettext_lazy("Figure of the unit"),
    "reference": gettext_lazy("Figure of the standard hour"),
}


def formula_text(step: CostStep) -> str:
    """Return the formula of a line by the names that its inputs and lines have on the page."""

    def name(found: re.Match[str]) -> str:
        label = STEPS.get(found[0]) or INPUTS.get(found[0]) or found[0]
        return re.split("[,，（]", str(label))[0]

    words = re.sub("[a-z_]+", name, step.formula)
    return words.replace("*", "×").replace("/", "÷")


def step_text(step: CostStep) -> str:
    """Return what a line comes to, half up to six digits."""
    return price_text(rounded_price(step.value))


def limits(price: Any) -> str:
    """Return what a reference price and its band allow to read, in words."""
    if price.reference is None:
        return _("none: the reference price ends")
    return _("¥%(price)s, −%(below)s +%(above)s") % {
        "price": price_text(price.reference),
        "below": collar_words.percent(price.below_bp),
        "above": collar_words.percent(price.above_bp),
    }


def off_peak(price: Any) -> str:
    """Return from when to when less is advised; nothing where nothing is."""
    if price.off_peak_from is None:
        return ""
    return _("%(first)s:00 to %(last)s:00: %(share)s less") % {
        "first": f"{price.off_peak_from:02}",
        "last": f"{price.off_peak_until:02}",
        "share": collar_words.percent(price.off_peak_bp),
    }


def beside(price: Decimal | None, *, at: datetime) -> dict[str, str] | None:
    """Return how a listing's price of a standard hour lies to the reference price, as texts."""
    if price is None:
        return None
    return told(baselines_rules.beside(price, baselines_selectors.reference_in_force(at=at)))


def told(found: ReferenceBeside | None) -> dict[str, str] | None:
    """Return a comparison as texts: the reference, its band, and where the price lies."""
    if found is None:
        return None
    share = f"{found.difference * 100:+.1f}%".replace("-", "−")
    return {
        "price": price_text(found.reference),
        "band": f"¥{price_text(found.low)} – ¥{price_text(found.high)}",
        "floor": "" if found.floor is None else f"¥{price_text(found.floor)}",
        "standing": str(found.standing.label),
        "share": share,
        "off_peak": off_peak(found),
    }


def of_quote(
    gross_minor: int, standard_hours: Decimal | None, *, at: datetime
) -> list[tuple[Any, desk.Cell]]:
    """Return how what a quote's standard hour comes to lies to the reference price, as facts."""
    if not standard_hours:
        return []
    per_hour = (Decimal(gross_minor) / 100 / standard_hours).quantize(baselines_rules.PRICE_STEP)
    said = beside(per_hour, at=at)
    if said is None:
        return []
    told_as = _("%(share)s, %(standing)s") % said
    limits_of = _("reference ¥%(price)s, band %(band)s") % said
    more = [limits_of, *([_("off-peak %(off_peak)s") % said] if said["off_peak"] else [])]
    address = reverse("portal:reference-prices")
    return [(_("To the reference price"), desk.Cell(told_as, " · ".join(more), address))]


def unit_of(unit: str) -> str:
    """Return which unit an input is of."""
    if not unit:
        return _("all of them")
    hour_class, _colon, name = unit.partition(":")
    return f"{name} ({HourClass(hour_class).label})"


def input_text(said: CostInput) -> str:
    """Return an input's figure and what it rests on."""
    return f"{said.value.normalize():f} · {said.basis.label}"


def source_of(said: CostInput) -> str:
    """Return whose figure an input is, and of which day."""
    told = source_words.told(said.source)
    return told if said.as_of is None else f"{told} · {said.as_of:%Y-%m-%d}"


def of_costs(content: Content, _at: datetime) -> list[ProposalLine]:
    """Return which inputs a proposed version of costs changes, beside those of the latest."""
    _number, latest = baselines_selectors.latest_costs()
    known = baselines_rules.inputs_by_unit(latest)
    lines = [ProposalLine(_("Version of the costs"), f"v{content['number']}")]
    for each in baselines_rules.changes_of(content["changes"]):
        was = known.get((each.unit, each.said.code))
        name = f"{unit_of(each.unit)}: {INPUTS[each.said.code]}"
        told = f"{input_text(each.said)} · {each.said.source} · {each.said.as_of}"
        lines.append(ProposalLine(name, told, now=input_text(was) if was else ""))
    return [*lines, ProposalLine(_("Reason"), content["reason"])]


def of_reference(content: Content, at: datetime) -> list[ProposalLine]:
    """Return what a proposed reference price says, beside the one in force."""
    hour_class = HourClass(content["hour_class"])
    now = baselines_selectors.reference_in_force(at=at, hour_class=hour_class)
    said = _Said(content)
    return [
        ProposalLine(_("Class"), str(hour_class.label)),
        ProposalLine(
            _("Reference and band"), limits(said), now=limits(now) if now else _("nothing yet")
        ),
        *([ProposalLine(_("Floor"), f"¥{price_text(said.floor)}")] if said.floor else []),
        *([ProposalLine(_("Off-peak guidance"), off_peak(said))] if off_peak(said) else []),
        ProposalLine(_("Costs it was set beside"), f"v{content['baseline_version']}"),
        ProposalLine(_("Reason"), content["reason"]),
    ]


class _Said:
    """A proposal's content, read as a reference price is."""

    def __init__(self, content: Content) -> None:
        for name, value in content.items():
            is_price = name in ("reference", "floor") and value is not None
            setattr(self, name, Decimal(value) if is_price else value)

    reference: Decimal | None
    floor: Decimal | None
    below_bp: int
    above_bp: int
    off_peak_from: int | None
    off_peak_until: int | None
    off_peak_bp: int


def yuan(value: Decimal | None) -> str:
    """Return a price with its sign; a dash where there is none."""
    return "—" if value is None else f"¥{price_text(value)}"
