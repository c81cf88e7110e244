import json
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from common import commands, tenancy
from common.errors import Refusal
from common.moments import parse_moment
from common.period import Period
from pricing import calendars, plan_terms, rules, selectors, wording
from pricing.contracts import TOKEN_KINDS, Measure, RateCard, RateUnit

NOBODY = UUID(int=0)
TOKENS = {
    "millions-in": "million tokens read, where tokens have prices by kind",
    "millions-out": "million tokens generated",
    "millions-cached": "million tokens read from a cache",
}


class Command(commands.Command):
    """Rate an order by a plan's version, or by terms in a file, and say how its price comes."""

    help = "Rate units from one moment to another by a plan; --explain says each line in words."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", help="a version's UUID, or a file of terms (JSON)")
        parser.add_argument("--units", required=True, help="how many units, such as 8 or 0.5")
        parser.add_argument("--from", dest="starts", required=True, help="2026-11-24T00:00+08:00")
        parser.add_argument("--until", required=True, help="when it ends")
        for kind, told in TOKENS.items():
            parser.add_argument(f"--{kind}", help=told)
        parser.add_argument("--factor", help="standard hours of a unit-hour, if there are any")
        parser.add_argument(
            "--fact", action="append", default=[], metavar="KIND=VALUE", help="such as region=31"
        )
        parser.add_argument("--explain", action="store_true", help="say times, factors and hashes")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        try:
            card, measure = _card(options["plan"]), _measure(options)
            lines = rules.rate(card, rules.as_asked(card, measure))
        except (Refusal, OSError, ValueError, InvalidOperation) as error:
            raise CommandError(str(error), returncode=2) from error
        told = [rules.line_json(line) for line in lines]
        total = rules.total_minor(lines)
        if options["json"]:
            self.stdout.write(json.dumps({"lines": told, "total_minor": total}))
            return
        for line in told:
            notes = f"  ({wording.line_notes(line)})" if options["explain"] else ""
            self.stdout.write(
                f"{line['component']:16} {line['quantity']:>16} {line['unit']:14}"
                f" × {line['unit_price']:>12} = {line['amount_minor']:>14}{notes}"
            )
        self.stdout.write(f"{'total':16} {total:>64} {card.asset}, minor units")
        if options["explain"]:
            self._explain(card, measure)

    def _explain(self, card: RateCard, measure: Measure) -> None:
        self.stdout.write(f"rule {card.rating_rule}, plan hash {card.content_hash}")
        if card.terms is None or measure.spread is None:
            return
        for (month, band), inside in calendars.cells(card.terms, measure.spread):
            hours = Decimal(inside) / 3_600_000_000
            self.stdout.write(f"{month} {wording.band(band)}: {hours:f} h")
        for sentence in wording.told(card.terms):
            self.stdout.write(sentence)


def _card(named: str) -> RateCard:
    path = Path(named)
    if not path.is_file():
        with tenancy.acting_as_platform():
            return selectors.rate_card(UUID(named))
    terms = plan_terms.parse(json.loads(path.read_text("utf-8")))
    shown = plan_terms.projected(terms)
    return RateCard(
        version_id=NOBODY,
        plan_code=path.stem,
        version=0,
        asset="CNY",
        components=shown,
        content_hash=rules.version_hash(
            plan_code=path.stem, version=0, asset="CNY", components=shown, terms=terms
        ),
        provider_id=NOBODY,
        rating_rule=rules.timed_rule(terms),
        terms=terms,
    )


def _measure(options: dict[str, Any]) -> Measure:
    spread = Period(parse_moment(options["starts"]), parse_moment(options["until"]))
    seconds = Decimal(options["units"]) * Decimal(spread.microseconds) / 1_000_000
    quantities = {
        RateUnit.UNIT_HOUR: rules.unit_hours(seconds),
        RateUnit.GB_MONTH: rules.gb_months(seconds),
        RateUnit.KTOKEN: rules.ktokens(seconds),  # units are tokens a second
    }
    for unit, kind in zip(TOKEN_KINDS, TOKENS, strict=True):
        quantities[unit] = Decimal(options[kind.replace("-", "_")] or 0)
    measure = Measure(quantities, spread=spread, facts=_facts(options["fact"]))
    if options["factor"] is None:
        return measure
    standard = rules.unit_hours(seconds * Decimal(options["factor"]))
    return replace(measure, quantities=quantities | {RateUnit.STANDARD_HOUR: standard})


def _facts(given: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = [each.partition("=") for each in given]
    return tuple(sorted((kind, value) for kind, _sign, value in pairs))
