"""Why a price is what it is: every input, what the plan and the rule say, and the recomputation."""

from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.portal import desk, figures, rates_form, rule_words
from marketplace.portal.access import PortalRequest
from marketplace.portal.lists.quotes import quote_number
from marketplace.portal.quote_page import line_sheet
from metering import selectors as metering_selectors
from pricing import selectors as pricing_selectors
from pricing.contracts import RateUnit

SHOWN: Final = 16  # digits of a hash
# What the names of inputs mean; the names stand below, as in the document.
INPUT_WORDS: Final = {
    "starts_at": gettext_lazy("Begins"),
    "ends_at": gettext_lazy("Until"),
    "listing": gettext_lazy("Listing"),
    "listing_id": gettext_lazy("Identifier of the listing"),
    "units_milli": gettext_lazy("Thousandths of a unit"),
    "standard_factor": gettext_lazy("Standard hours of one unit-hour"),
}
CODES: Final = {"listing_id"}


def show(request: PortalRequest, quote: Any) -> HttpResponse:
    """Answer with the page of a quote."""
    told = pricing_selectors.evaluation(quote)
    number = quote_number(quote.pk)
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
        *_rule(quote),
    ]
    side = [_inputs(told), _hashes(told), *_again(quote, number)]
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


def _inputs(told: dict[str, Any]) -> desk.Facts:
    measure, subject = told["measure"], told["subject"]
    pairs = [
        (RateUnit(unit).label, desk.Cell(figures.grouped(Decimal(quantity))))
        for unit, quantity in measure["quantities"].items()
    ]
    pairs += [(name, desk.Cell(str(value))) for name, value in measure.get("facts", {}).items()]
    pairs += [
        (
            INPUT_WORDS.get(name, name),
            desk.Cell(str(value), name if name in INPUT_WORDS else "", is_code=name in CODES),
        )
        for name, value in subject.items()
        if value is not None
    ]
    return desk.Facts(_("Inputs"), pairs)


def _hashes(told: dict[str, Any]) -> desk.Facts:
    plan = f"{told['plan_code']} v{told['plan_version']}"
    pairs = [
        (_("Rate plan"), desk.Cell(plan, is_code=True)),
        (_("Rating rule"), desk.Cell(told["rating_rule"], is_code=True)),
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
