import json
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import clock, commands, tenancy
from common.errors import Refusal
from common.money import Money
from marketplace.calculator import rules, selectors
from marketplace.calculator.contracts import ComputeNeed, NeedEstimate, NeedKind, NumberFormat
from marketplace.calculator.replies import FORMULAS, estimate_json

WHOLE = ("parameters", "tokens", "tokens_a_request", "tokens_in", "tokens_out", "moved_gb")
EXACT = ("requests", "unit_hours", "gb", "months", "hours", "utilisation", "load")


class Command(commands.Command):
    """Say what a need takes of each chip, and what open listings would ask for it."""

    help = "Calculate a need: calculate TRAIN --parameters 7000000000 --tokens 140000000000"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("need", choices=NeedKind.values)
        for name in (*WHOLE, *EXACT, "model", "chip", "place"):
            parser.add_argument(f"--{name.replace('_', '-')}", dest=name)
        parser.add_argument("--precision", choices=NumberFormat.values, default=NumberFormat.FP16)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        try:
            with tenancy.acting_as_platform():
                found = selectors.calculate(_need(options), at=clock.now())
        except (Refusal, ValueError, InvalidOperation) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(estimate_json(found), ensure_ascii=False))
            return
        self._tell(found)

    def _tell(self, found: NeedEstimate) -> None:
        self.stdout.write(FORMULAS[found.need.kind])
        for each in found.chips:
            told = (
                f"{rules.rounded(each.hours, Decimal('0.01')):,} h"
                if each.hours is not None
                else f"no figure: {each.why.label if each.why else ''}"
            )
            self.stdout.write(f"{each.peak.chip:24} {told}")
        for offer in found.offers:
            units = Decimal(offer.shape.milli).scaleb(-3).normalize()
            hours = Decimal(offer.shape.seconds) / 3600
            self.stdout.write(
                f"{offer.listing.number} {offer.listing.title}: {units:f} × {hours:.2f} h ="
                f" {Money(offer.total_minor).decimal()} CNY, {offer.kwh or '-'} kWh"
            )
        self.stdout.write(f"{len(found.offers)} offers of {found.considered} listings looked at")
        for why, count in found.left_out.items():
            self.stdout.write(f"left out: {count}, {why.label}")


def _need(options: dict[str, Any]) -> ComputeNeed:
    names = {each.name for each in fields(ComputeNeed)}
    said: dict[str, Any] = {
        name: value for name, value in options.items() if name in names and value is not None
    }
    said |= {name: int(said[name]) for name in WHOLE if name in said}
    said |= {name: Decimal(said[name]) for name in EXACT if name in said}
    return ComputeNeed(
        **(said | {"kind": NeedKind(options["need"]), "precision": NumberFormat(said["precision"])})
    )
