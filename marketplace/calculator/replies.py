"""Estimates and assumptions as plain data: what the API answers and the command prints."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from common.canonical import decimal_text
from marketplace.calculator import rules
from marketplace.calculator.contracts import (
    Assumptions,
    ComputeNeed,
    NeedEstimate,
    NeedKind,
    NeedOffer,
)

FORMULAS: Final = {
    NeedKind.TRAIN: "hours = 6 * parameters * tokens / (peak FLOP/s * utilisation * 3600)",
    NeedKind.SERVE: (
        "units = ceil(requests * tokens_a_request / (certified tokens/s of a unit * load))"
    ),
    NeedKind.CARD_HOURS: "card-hours as asked",
    NeedKind.CORE_HOURS: "vCPU-hours = core-hours * threads a core",
    NeedKind.GB_MONTHS: "GB-hours = GB * months * 720",
    NeedKind.TOKENS: "tokens/s = ceil((tokens_in + tokens_out * weight) / (hours * 3600))",
}


def assumptions_json(assumed: Assumptions, models: Sequence[str]) -> dict[str, Any]:
    """Return a version of assumptions as plain data, with the models that have certificates."""
    return {
        "version": assumed.version,
        "formulas": {str(kind): formula for kind, formula in FORMULAS.items()},
        "assumptions": [
            {
                "code": each.code,
                "value": decimal_text(each.value),
                "least": decimal_text(each.least),
                "most": decimal_text(each.most),
                "basis": str(each.basis),
                "source": each.source,
            }
            for each in assumed.by_code.values()
        ],
        "peaks": [
            {
                "chip": each.chip,
                "precision": str(each.precision),
                "density": each.density,
                "path": each.path,
                "tflops": [decimal_text(figure) for figure in each.tflops],
                "source": each.source,
            }
            for each in assumed.peaks
        ],
        "models": list(models),
    }


def estimate_json(found: NeedEstimate) -> dict[str, Any]:
    """Return an estimate as plain data; hours are rounded half up to six digits."""
    return {
        "need": _need(found.need),
        "assumptions_version": found.assumptions.version,
        "formula": FORMULAS[found.need.kind],
        "flops": None if found.flops is None else str(found.flops),
        "chips": [
            {
                "chip": each.peak.chip,
                "hours": (
                    None
                    if each.hours is None
                    else decimal_text(rules.rounded(each.hours, rules.STORED))
                ),
                "why": None if each.why is None else str(each.why),
            }
            for each in found.chips
        ],
        "offers": [_offer(each) for each in found.offers],
        "considered": found.considered,
        "is_proved": found.is_proved,
        "no_figure": None if found.no_figure is None else str(found.no_figure),
        "left_out": {str(why): count for why, count in sorted(found.left_out.items())},
        "as_of": found.as_of.isoformat(),
    }


def _need(need: ComputeNeed) -> dict[str, Any]:
    said = {each.name: getattr(need, each.name) for each in fields(need)}
    return {
        name: decimal_text(value) if isinstance(value, Decimal) else value
        for name, value in said.items()
        if value or name == "kind"
    } | {"kind": str(need.kind), "precision": str(need.precision)}


def _offer(offer: NeedOffer) -> dict[str, Any]:
    listing = offer.listing
    return {
        "listing": listing.number,
        "listing_id": str(listing.pk),
        "title": listing.title,
        "provider": listing.provider.name,
        "resource_class": listing.resource_class,
        "chip": listing.chip,
        "hub": listing.hub,
        "capacity_unit": listing.capacity_unit,
        "units_milli": offer.shape.milli,
        "seconds": offer.shape.seconds,
        "starts_at": offer.starts_at.isoformat(),
        "gross_minor": offer.gross_minor,
        "path_minor": offer.path_minor,
        "path_ms": _text(offer.path_ms),
        "path_is_charged": offer.path_is_charged,
        "total_minor": offer.total_minor,
        "voucher_minor": offer.voucher_minor,
        "kwh": _text(offer.kwh),
        "pue": _text(offer.pue),
        "grams_co2": _text(offer.grams),
        "certified_tokens_a_second": _text(offer.certified),
        "certificate_id": None if offer.certificate_id is None else str(offer.certificate_id),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)
