"""Why a price is what it is: every input, what the plan and the rule say, and the recomputation."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.moments import parse_moment
from identity.contracts import CapacityUnit, ResourceClass
from marketplace.catalog import selectors as catalog_selectors
from marketplace.portal import (
    basis_words,
    desk,
    figures,
    names,
    rates_form,
    rating_words,
    rule_words,
)
from marketplace.portal.access import PortalRequest
from marketplace.portal.quote_page import line_sheet
from metering import selectors as metering_selectors
from pricing import rate_4, wording
from pricing import selectors as pricing_selectors
from pricing.contracts import RateUnit
from pricing.token_kinds import KINDS

SHOWN: Final = 16  # digits of a hash
# What the names of inputs mean; the names stand below, as in the document.
INPUT_WORDS: Final = {
    "listing": gettext_lazy("Listing"),
    "listing_id": gettext_lazy("Identifier of the listing"),
    "units_milli": gettext_lazy("Capacity"),
    "starts_at": gettext_lazy("Begins"),
    "ends_at": gettext_lazy("Until"),
    "standard_factor": gettext_lazy("Standard hours of one unit-hour"),
    "token_mix": gettext_lazy("Tokens by kind, in these shares"),
    "token_weights": gettext_lazy("Throughput that a token of a kind takes"),
}
CODES: Final = {"listing_id"}


def show(request: PortalRequest, quote: Any) -> HttpResponse:
    """Answer with the page of a quote."""
    told = pricing_selectors.evaluation(quote)
    number = names.quoted(quote.pk)
    is_same = told["recomputes"]
    head = desk.Head(
        _("Why this price?"),
        _("Everything that decided it; computed again, it is the same.")
        if is_same
        else _("Computed again, it is not what was promised."),
        crumbs=[
            (_("Quotes"), reverse("portal:quotes")),
            (number, reverse("portal:quote", args=[quote.pk])),
        ],
        tags=[
            desk.Cell(_("Recomputes"), tone="ok")
            if is_same
            else desk.Cell(_("Differs"), tone="bad")
        ],
    )
    main: list[Any] = [
        line_sheet(told["lines"], told["gross_minor"]),
        desk.Steps(
            _("What the plan says"), list(rates_form.told(told["components"], told["terms"]))
        ),
        *_basis(told),
        _rating(told["rating_rule"]),
        *_rule(quote),
    ]
    side = [
        _inputs(told, catalog_selectors.listing(UUID(quote.subject["listing_id"]))),
        _hashes(told),
        *_again(quote, number),
    ]
    return desk.show(request, head, main, side)


def _rule(quote: Any) -> list[desk.Facts]:
    """Return the measurement rule with its clauses, where one decides what counts."""
    texts = metering_selectors.rule_texts()
    text = next((each for each in texts if each.id == quote.rule_version_id), None)
    if text is None:
        return []
    said = rule_words.of_measurement(text.definition)
    address = reverse("portal:measurement-rule", args=[text.code, text.version])
    return [
        desk.Facts(
            _("What counts as use"),
            [
                (_("Measurement rule"), desk.Cell(f"{text.code} v{text.version}", is_code=True)),
                *((label, desk.Cell(words)) for label, words in said.items()),
                (
                    _("Hash of the rule"),
                    desk.Cell(text.content_hash[:SHOWN], is_code=True, copied=text.content_hash),
                ),
            ],
            links=[desk.Link(_("The rule"), address)],
        )
    ]


def _basis(told: dict[str, Any]) -> list[desk.Facts]:
    """Return the document and the clause that the plan rests on, where it names one."""
    pairs = basis_words.of_prices(told["plan_source"], told["plan_clause"])
    return [desk.Facts(_("What the plan rests on"), pairs)] if pairs else []


def _rating(name: str) -> desk.Facts:
    """Return the rating rule, clause by clause: how the lines follow from plan and quantities."""
    clauses = [(number, desk.Cell(said)) for number, said in rating_words.clauses(name)]
    address = reverse("portal:rating-rule", args=[name])
    links = [desk.Link(_("The rule"), address)] if clauses else []
    return desk.Facts(_("How it is rated: %(rule)s") % {"rule": name}, clauses, links=links)


def _inputs(told: dict[str, Any], listing: Any) -> desk.Facts:
    """Return every input in words, in the market's time, with its name in the document below."""
    measure, subject = told["measure"], told["subject"]
    pairs: list[tuple[Any, desk.Cell]] = [
        (
            INPUT_WORDS[name],
            desk.Cell(_said(name, subject[name], listing), name, is_code=name in CODES),
        )
        for name in INPUT_WORDS
        if subject.get(name) is not None
    ]
    pairs += [
        (RateUnit(unit).label, desk.Cell(figures.grouped(Decimal(quantity)), unit))
        for unit, quantity in measure["quantities"].items()
    ]
    pairs += [
        (wording.KINDS.get(kind, kind), desk.Cell(_fact(kind, str(value)), kind))
        for kind, value in measure.get("facts", {}).items()
    ]
    pairs += [
        (name, desk.Cell(str(value)))
        for name, value in subject.items()
        if name not in INPUT_WORDS and value is not None
    ]
    return desk.Facts(_("Inputs"), pairs)


def _said(name: str, value: Any, listing: Any) -> str:
    if name in ("starts_at", "ends_at"):
        return figures.moment(parse_moment(value))
    if name == "units_milli":
        unit = names.unit(CapacityUnit(listing.capacity_unit), is_one=value == 1000)
        return f"{figures.grouped(Decimal(value) / 1000)} {unit}"
    if name == "token_mix":
        whole = sum(map(Decimal, value.values()))
        shares = {kind: 100 * Decimal(n) / whole for kind, n in value.items()}
        return _by_kind({kind: f"{figures.grouped(n, 2)} %" for kind, n in shares.items()})
    if name == "token_weights":
        return _by_kind({kind: figures.grouped(Decimal(n)) for kind, n in value.items()})
    return figures.grouped(Decimal(value)) if name == "standard_factor" else str(value)


def _by_kind(told: Mapping[str, str]) -> str:
    """Return what is told of kinds of tokens, each under its name."""
    return " · ".join(f"{KINDS[kind].label}: {each}" for kind, each in told.items())


def _fact(kind: str, value: str) -> str:
    if kind == "class" and value in ResourceClass.values:
        return str(ResourceClass(value).label)
    return str(wording.SOLD_AS.get(value, value)) if kind == rate_4.SOLD_AS else value


def _hashes(told: dict[str, Any]) -> desk.Facts:
    plan = f"{told['plan_code']} v{told['plan_version']}"
    pairs = [
        (_("Rate plan"), desk.Cell(plan, is_code=True)),
        (
            _("Rating rule"),
            desk.Cell(
                told["rating_rule"],
                is_code=True,
                address=reverse("portal:rating-rule", args=[told["rating_rule"]]),
            ),
        ),
        (
            _("Hash of the plan's version"),
            desk.Cell(
                told["plan_content_hash"][:SHOWN], is_code=True, copied=told["plan_content_hash"]
            ),
        ),
        (
            _("Hash of the inputs"),
            desk.Cell(told["inputs_hash"][:SHOWN], is_code=True, copied=told["inputs_hash"]),
        ),
    ]
    return desk.Facts(_("Versions and hashes"), pairs)


def _again(quote: Any, number: str) -> list[Any]:
    command = f"python3 verify_price.py {number}.json"
    return [
        desk.Facts(
            _("Compute it yourself"),
            [
                (_("What it takes"), desk.Cell(_("Python 3.11 and nothing of the market"))),
                (_("Command"), desk.Cell(command, is_code=True, copied=command)),
            ],
            links=[
                desk.Link(
                    _("The document"),
                    reverse("portal:quote-evidence", args=[quote.pk]),
                    symbol="file-export",
                ),
                desk.Link(_("The script"), reverse("portal:price-verifier"), symbol="file-export"),
            ],
        )
    ]
