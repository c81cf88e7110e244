"""The calculator: what a need takes of each chip, and what open listings would ask for it."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common import clock
from common.errors import Refusal
from identity.contracts import Actor, Role
from marketplace.calculator import assumptions
from marketplace.calculator import selectors as calculator_selectors
from marketplace.calculator.contracts import NeedEstimate, NeedKind, NeedOffer
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import MarketFilter
from marketplace.catalog.least import units
from marketplace.portal import names, source_words
from marketplace.portal.calculator_form import FIELDS, NeedForm, first_values
from marketplace.portal.forms import show_refusal

FORMULAS: Final[dict[NeedKind, Promise]] = {
    NeedKind.TRAIN: _(
        "Hours of one card = 6 × parameters × tokens ÷ (peak of the card × utilisation × 3,600 s)."
    ),
    NeedKind.SERVE: _(
        "Units = requests a second × tokens a request ÷ (certified tokens a second of a unit ×"
        " load), rounded up. Only measured certificates count: nobody publishes a nameplate of it."
    ),
    NeedKind.CARD_HOURS: _("As many cards as finish in time, for as long as they then take."),
    NeedKind.CORE_HOURS: _(
        "A core-hour is an hour of one physical core: as many vCPU-hours as threads share a core."
    ),
    NeedKind.GB_MONTHS: _("A month is 720 hours."),
    NeedKind.TOKENS: _(
        "Tokens a second = (tokens read + tokens generated × weight) ÷ (hours × 3,600), rounded up;"
        " the weight is the measurement rule's."
    ),
}
TWO: Final = Decimal("0.01")


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """Show a form for a need and what it would cost; nobody needs to sign in for it."""
    asked = request.GET.get("need", "")
    kind = NeedKind(asked) if asked in NeedKind.values else NeedKind.TRAIN
    is_first = not request.GET.keys() & set(FIELDS[kind])
    now = clock.now()
    models = calculator_selectors.certified_models(at=now) if kind == NeedKind.SERVE else []
    form = NeedForm(first_values(kind) if is_first else request.GET, kind=kind, models=models)
    actor: Actor | None = getattr(request, "actor", None)
    is_buyer = actor is not None and actor.has_role(Role.BUYER)
    found: NeedEstimate | None = None
    # Of a model nobody can guess a name: the page waits for one.
    if (kind != NeedKind.SERVE or not is_first) and form.is_valid():
        buyer_id = actor.organization_id if actor is not None and is_buyer else None
        try:
            found = calculator_selectors.calculate(form.asked(), at=now, buyer_id=buyer_id)
        except Refusal as refusal:
            show_refusal(form, refusal)
    elif is_first:
        form = NeedForm(None, kind=kind, models=models)
        form.initial = first_values(kind)
    context = {
        "form": form,
        "unknown_need": asked if asked and asked not in NeedKind.values else "",
        "known_chips": _known_chips(now) if "chip" in form.fields else [],
        "kind": kind,
        "kinds": NeedKind,
        "formula": FORMULAS[kind],
        "assumed": assumptions.in_force(),
        "shown_assumptions": _assumed(kind),
        "is_calculated": found is not None,
        "considered": found.considered if found else 0,
        "is_proved": found is None or found.is_proved,
        "chips": _chips(found) if found else [],
        "offers": [_offer(each) for each in found.offers] if found else [],
        "left_out": [(why.label, count) for why, count in found.left_out.items()] if found else [],
        "no_figure": found.no_figure.label if found and found.no_figure else "",
        "chip": found.need.chip.strip() if found else "",
        "no_models": kind == NeedKind.SERVE and not models,
        "is_buyer": is_buyer,
    }
    return render(request, "portal/calculator.html", context, status=422 if form.errors else 200)


def _known_chips(now: datetime) -> list[str]:
    """Return the chips of open listings, by name; counted once for many readers."""
    counted = catalog_selectors.counts(MarketFilter(), at=now).facets.by_filter.get("chip", ())
    return sorted(each.value for each in counted)


def _assumed(kind: NeedKind) -> list[dict[str, Any]]:
    by_code = assumptions.in_force().by_code
    return [
        {
            "code": name,
            "basis": by_code[name].basis.label,
            "value": by_code[name].value,
            "source": source_words.told(by_code[name].source),
        }
        for name in FIELDS[kind]
        if name in by_code
    ]


def _chips(found: NeedEstimate) -> list[dict[str, Any]]:
    return [
        {
            "chip": each.peak.chip,
            "tflops": " / ".join(f"{figure}" for figure in each.peak.tflops),
            "source": source_words.told(each.peak.source),
            "hours": None if each.hours is None else Decimal(round(each.hours * 100)) * TWO,
            "why": each.why.label if each.why else "",
        }
        for each in found.chips
    ]


def _offer(offer: NeedOffer) -> dict[str, Any]:
    listing, milli = offer.listing, offer.shape.milli
    query = {"units": units(milli), "seconds": offer.shape.seconds}
    place = reverse("portal:order-place", args=[listing.pk])
    quoted = reverse("portal:quote-new", args=[listing.pk])
    return {
        "address": f"{place}?{urlencode(query)}",
        "quote_address": f"{quoted}?{urlencode(query)}",
        "number": listing.number,
        "title": names.named(listing, "title"),
        "told": " · ".join(
            filter(None, (names.named(listing.provider), listing.chip, names.hub(listing.hub)))
        ),
        "milli": milli,
        "unit": listing.capacity_unit,
        "hours": Decimal(offer.shape.seconds) / 3600,
        "certified": offer.certified,
        "gross_minor": offer.gross_minor,
        "path_minor": offer.path_minor,
        "total_minor": offer.total_minor,
        "path_ms": offer.path_ms,
        "path_is_charged": offer.path_is_charged,
        "voucher_minor": offer.voucher_minor,
        "cash_minor": offer.cash_minor,
        "kwh": offer.kwh,
        "pue": offer.pue,
        "kg": None if offer.grams is None else offer.grams / 1000,
    }
