"""A provider's lists: own listings, running contracts, months, trade records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import clock
from identity.contracts import ResourceClass
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.selectors.filters import OwnListingFilter
from marketplace.portal import figures, names, preemption_words, tags
from marketplace.portal.access import PortalRequest
from marketplace.portal.lists import energy_cells
from marketplace.portal.tables import ListAct, ListColumn, ListTable, Phone, Quick, Shows, Tag
from marketplace.portal.templatetags import portal as words
from marketplace.settlement.selectors.filters import ContractFilter, TradeRecordFilter


@dataclass(frozen=True, slots=True)
class ListingLine:
    """A listing with what is free of it."""

    listing: Any
    free_milli: int

    @property
    def pk(self) -> Any:
        """Return the listing's identifier."""
        return self.listing.pk

    @property
    def percent(self) -> int:
        """Return the free part in whole per cent."""
        return int(self.free_milli * 100 // self.listing.total_milli)


def own_listings(found: Sequence[Any]) -> list[ListingLine]:
    """Return listings with what is free of each now."""
    free = catalog_selectors.free_now([row.pk for row in found], at=clock.now())
    return [ListingLine(row, free.get(row.pk, 0)) for row in found]


def _number_and_mark(listing: Any) -> str:
    """Return a listing's number, and that it is preemptible if it is."""
    marks = (listing.number, preemption_words.preemptible_mark(listing.preemption_minutes))
    return " · ".join(mark for mark in marks if mark)


def _moving(move: Callable[..., object]) -> Callable[[PortalRequest, Any], object]:
    def run(request: PortalRequest, listing: Any) -> object:
        provider_id = request.actor.organization_id
        return move(listing_id=listing.pk, provider_id=provider_id, now=clock.now())

    return run


LISTINGS: Final = ListTable(
    name="own-listings",
    title=_("My listings"),
    filters=OwnListingFilter,
    columns=(
        ListColumn(
            "title",
            _("Listing"),
            value=lambda row: names.named(row.listing, "title"),
            below=lambda row: _number_and_mark(row.listing),
            link=lambda row: reverse("portal:listing", args=[row.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "class",
            _("Class"),
            Shows.TAG,
            value=lambda row: Tag(
                ResourceClass(row.listing.resource_class).label,
                words.tone(row.listing.resource_class),
            ),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "resource",
            _("Resource"),
            value=lambda row: names.named(row.listing.resource),
            phone=Phone.STRIP,
            is_on=False,  # Most listings are called as what they offer.
        ),
        ListColumn(
            "identifier",
            _("Compute identifier"),
            Shows.IDENTIFIER,
            value=lambda row: row.listing.resource.identifier,
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "total",
            _("On sale"),
            value=lambda row: (
                f"{words.units(row.listing.total_milli)} "
                f"{words.unit_name(row.listing.capacity_unit, row.listing.total_milli)}"
            ),
        ),
        ListColumn(
            "free",
            _("Free now"),
            value=lambda row: f"{words.units(row.free_milli)} · {row.percent}%",
            template="portal/list/listing_free.html",
        ),
        ListColumn(
            "price",
            _("Price"),
            value=lambda row: words.price(row.listing.headline_price),
            below=lambda row: f"/ {words.rate_unit(row.listing.headline_unit)}",
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda row: tags.of_listing(row.listing),
            phone=Phone.STATE,
            is_fixed=True,
        ),
        ListColumn("act", "", Shows.ACT, template="portal/list/listing_acts.html", phone=Phone.ACT),
    ),
    quick=(
        Quick("open", _("On sale"), {"state": (ListingState.OPEN,)}),
        Quick("paused", _("Paused"), {"state": (ListingState.PAUSED,)}),
        Quick("closed", _("Closed"), {"state": (ListingState.CLOSED,)}),
    ),
    acts=(
        ListAct("pause", _("Pause"), _moving(catalog_services.pause_listing)),
        ListAct("resume", _("Resume"), _moving(catalog_services.resume_listing)),
    ),
    size=25,
    row_label=lambda row: row.listing.number,
)


CONTRACTS: Final = ListTable(
    name="running-contracts",
    prefix="contracts",
    title=_("Running contracts"),
    filters=ContractFilter,
    shown_filters=(),
    columns=(
        ListColumn(
            "number",
            _("Contract"),
            sort=("id",),
            below=lambda row: row.order_number,
            link=lambda row: reverse("portal:order", args=[row.order_id]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("buyer", _("Buyer"), Shows.PARTY, value=lambda row: names.named(row.buyer)),
        ListColumn(
            "resource",
            _("Resource"),
            value=lambda row: names.named(row.resource),
            phone=Phone.STRIP,
        ),
        ListColumn("starts_at", _("From"), Shows.TIME),
        ListColumn("ends_at", _("To"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("standard_hours", _("Standard hours"), Shows.QUANTITY, total=True),
        ListColumn("gross_minor", _("Charged"), Shows.MONEY, is_strong=True, total=True),
        ListColumn(
            "review",
            _("State"),
            Shows.STATE,
            value=lambda row: tags.BEING_CHECKED if row.needs_review else None,
            below=tags.beyond,
            phone=Phone.STATE,
        ),
    ),
    tone=lambda row: "attn" if row.needs_review else "",
)


MONTHS: Final = ListTable(
    name="months",
    prefix="months",
    title=_("Months"),
    columns=(
        ListColumn(
            "month",
            _("Month"),
            value=lambda row: f"{figures.local(row.month_starts_at):%Y-%m}",
            sort=("month_starts_at",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("trades", _("Trades"), Shows.QUANTITY, phone=Phone.HIDDEN, total=True),
        ListColumn("standard_hours", _("Standard hours"), Shows.QUANTITY, total=True),
        ListColumn("gross_minor", _("Gross"), Shows.MONEY, sort=("gross_minor",), total=True),
        ListColumn(
            "voucher_minor",
            _("In vouchers"),
            Shows.MONEY,
            tone="voucher",
            phone=Phone.HIDDEN,
            total=True,
        ),
        ListColumn("cash_minor", _("In cash"), Shows.MONEY, phone=Phone.HIDDEN, total=True),
        ListColumn("fee_minor", _("Fee"), Shows.MONEY, total=True),
        ListColumn(
            "net_minor",
            _("Net"),
            Shows.MONEY,
            sort=("net_minor",),
            is_strong=True,
            total=True,
        ),
    ),
)


TRADES: Final = ListTable(
    name="trade-records",
    title=_("Trade records"),
    filters=TradeRecordFilter,
    shown_filters=("kind", "traded_from", "traded_until", "amount_from", "amount_to"),
    columns=(
        ListColumn(
            "number",
            _("Trade"),
            sort=("sequence",),
            below=lambda row: row.corrects_number and f"{_('corrects')} {row.corrects_number}",
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("traded_at", _("Traded at"), Shows.TIME, sort=("traded_at", "sequence")),
        ListColumn(
            "buyer",
            _("Buyer"),
            Shows.PARTY,
            value=lambda row: names.recorded(row, "buyer"),
            below=lambda row: words.masked(row.buyer_uscc),
        ),
        ListColumn("identifier", _("Compute identifier"), Shows.IDENTIFIER, phone=Phone.STRIP),
        ListColumn(
            "standard_hours",
            _("Standard hours"),
            Shows.QUANTITY,
            below=tags.beyond,
            total=True,
        ),
        ListColumn("gross_minor", _("Gross"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("fee_minor", _("Fee"), Shows.MONEY, phone=Phone.HIDDEN, total=True),
        *energy_cells.COLUMNS,
        ListColumn("rule", _("Rule"), phone=Phone.HIDDEN, is_on=False),
        ListColumn(
            "proof",
            _("Proof"),
            Shows.ACT,
            value=lambda row: tags.proof("settlement.trade_record", row.number),
            phone=Phone.ACT,
        ),
    ),
    tie="sequence",
)


METERS: Final = ListTable(
    name="meter-health",
    prefix="meters",
    title=_("How the meters are doing"),
    columns=(
        ListColumn(
            "resource",
            _("Resource"),
            value=lambda row: names.named(row[1]),
            sort=("resource",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "identifier",
            _("Compute identifier"),
            Shows.IDENTIFIER,
            value=lambda row: row[1].identifier,
            phone=Phone.HIDDEN,
        ),
        ListColumn("meter", _("Meter"), value=lambda row: row[0].name, sort=("meter",)),
        ListColumn(
            "last",
            _("Last reading"),
            Shows.TIME,
            value=lambda row: row[0].last_reading_at,
            sort=("last",),
        ),
        ListColumn(
            "coverage",
            _("Coverage"),
            value=lambda row: words.percent(row[0].coverage),
        ),
        ListColumn("pue", "PUE", Shows.QUANTITY, value=lambda row: row[1].pue),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda row: tags.of_meter(row[0].state),
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    tone=lambda row: {"LIVE": "", "LATE": "attn"}.get(row[0].state, "fail"),
    # Meters of two resources may bear one name.
    row_id=lambda row: row[0].meter_id,
)
