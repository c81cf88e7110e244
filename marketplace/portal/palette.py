"""
The command palette: what a reader may go to or do, found by a few letters.

Each kind of record is one bounded statement, asked only where the text looks like such a record's
number; whoever may not open a page is not shown it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from identity.contracts import PLATFORM_ROLES, Actor, Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import MarketFilter
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import how_tos, names, shell
from marketplace.portal.order_page import whose_orders
from marketplace.portal.qr import passport_of
from marketplace.portal.views.orders import ORDER_READERS
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors

TEXT_MAX: Final = 96
OF_A_KIND_MAX: Final = 5
SHOWN_MAX: Final = 24
NUMBER_LENGTH_MIN: Final = 3


@dataclass(frozen=True, slots=True)
class PaletteLine:
    """One line: where it leads and what it is."""

    label: str
    note: str
    address: str
    icon: str


@dataclass(frozen=True, slots=True)
class PaletteCommand:
    """Something to do, and on which page it is done."""

    label: str | Promise
    page: str
    icon: str
    roles: frozenset[Role] = frozenset()


BUYERS: Final = frozenset({Role.BUYER})
PROVIDERS: Final = frozenset({Role.PROVIDER})
COMMANDS: Final = (
    PaletteCommand(gettext_lazy("Place an order"), "market", "plus", BUYERS),
    PaletteCommand(gettext_lazy("Compare listings"), "compare", "columns"),
    PaletteCommand(gettext_lazy("Apply for a voucher"), "vouchers", "ticket", BUYERS),
    PaletteCommand(gettext_lazy("Register a resource"), "resource-new", "plus", PROVIDERS),
    PaletteCommand(gettext_lazy("Register a meter"), "meter-new", "gauge", PROVIDERS),
    PaletteCommand(gettext_lazy("List capacity"), "listing-new", "plus", PROVIDERS),
    PaletteCommand(
        gettext_lazy("Decide applications"), "programmes", "circle-check", frozenset({Role.ISSUER})
    ),
    PaletteCommand(gettext_lazy("Book a deposit"), "deposits", "cash", frozenset({Role.FINANCE})),
    PaletteCommand(gettext_lazy("Decide proposals"), "approvals", "shield-check", PLATFORM_ROLES),
    PaletteCommand(gettext_lazy("Record a tie"), "tie-new", "building", frozenset({Role.OPERATOR})),
    PaletteCommand(
        gettext_lazy("Export trade records"),
        "exports",
        "file-export",
        BUYERS | PROVIDERS | {Role.AUDITOR, Role.OPERATOR, Role.FINANCE},
    ),
    PaletteCommand(gettext_lazy("Make an API key"), "developers", "key"),
    PaletteCommand(gettext_lazy("Read notices"), "notices", "bell"),
    PaletteCommand(gettext_lazy("Choose letters"), "notice-letters", "adjustments-horizontal"),
    PaletteCommand(gettext_lazy("Change name, language, time zone or theme"), "profile", "user"),
    PaletteCommand(gettext_lazy("End sessions elsewhere"), "devices", "login"),
    PaletteCommand(gettext_lazy("Help"), "help", "help"),
)


def found(request: HttpRequest, actor: Actor, text: str) -> list[tuple[str, list[PaletteLine]]]:
    """Return what a text names, under headings; without one, everything to do and every page."""
    text = "".join(filter(str.isprintable, text)).strip()[:TEXT_MAX]
    groups = [
        (_("Records"), list(_records(actor, text)) if text else []),
        (_("To do something"), list(_commands(actor, text))),
        (_("Pages"), list(_pages(request, actor, text))),
        (_("Help"), list(_help(actor, text)) if text else []),
    ]
    left = SHOWN_MAX
    shown: list[tuple[str, list[PaletteLine]]] = []
    for heading, entries in groups:
        if entries[:left]:
            shown.append((heading, entries[:left]))
            left -= len(entries[:left])
    return shown


def _is_named(label: str | Promise, text: str) -> bool:
    return all(word in str(label).lower() for word in text.lower().split())


def _commands(actor: Actor, text: str) -> Iterator[PaletteLine]:
    for command in COMMANDS:
        may = not command.roles or actor.has_role(*command.roles)
        if may and _is_named(command.label, text):
            address = reverse(f"portal:{command.page}")
            yield PaletteLine(str(command.label), "", address, command.icon)


def _pages(request: HttpRequest, actor: Actor, text: str) -> Iterator[PaletteLine]:
    for group, lines in shell.lines(actor, request.path):
        for line in lines:
            if _is_named(line.entry.label, text):
                label = str(line.entry.label)
                yield PaletteLine(label, str(group), line.address, line.entry.icon)


def _help(actor: Actor, text: str) -> Iterator[PaletteLine]:
    for topic in how_tos.find(actor, text)[:OF_A_KIND_MAX]:
        address = reverse("portal:help-topic", args=[topic.name])
        yield PaletteLine(topic.title, _("how-to"), address, "help")


# --- Records -----------------------------------------------------------------------------------
def _records(actor: Actor, text: str) -> Iterator[PaletteLine]:
    number = text.upper()
    if len(number) >= NUMBER_LENGTH_MIN:
        for prefix, look in NUMBERED.items():
            if number.startswith(prefix):
                named = list(look(actor, number))
                yield from named
                if named or prefix != "SP":
                    return
    yield from _listings(text)


def _listings(text: str) -> Iterator[PaletteLine]:
    """Find open listings by what they are called, as the market does."""
    asked = MarketFilter(text=text)
    rows = catalog_selectors.market_page(asked, at=clock.now(), size=OF_A_KIND_MAX).rows
    for row in rows:
        address = reverse("portal:listing", args=[row.id])
        yield PaletteLine(names.named(row, "title"), _("listing"), address, "server-2")


def _listing(_actor: Actor, number: str) -> Iterator[PaletteLine]:
    if row := catalog_selectors.listing_by_number(number):
        address = reverse("portal:listing", args=[row.pk])
        yield PaletteLine(names.named(row, "title"), number, address, "server-2")


def _orders(actor: Actor, number: str) -> Iterator[PaletteLine]:
    if actor.has_role(*ORDER_READERS):
        mine = orders_selectors.orders_of(organization_id=whose_orders(actor))
        yield from _as_orders(mine.filter(number__startswith=number))


def _contracts(actor: Actor, number: str) -> Iterator[PaletteLine]:
    if actor.has_role(*ORDER_READERS):
        named = settlement_selectors.contracts().filter(number__startswith=number)
        yield from _as_orders(_of(actor, pk__in=named.order_by().values("order_id")))


def _trades(actor: Actor, number: str) -> Iterator[PaletteLine]:
    if actor.has_role(*ORDER_READERS):
        named = settlement_selectors.trade_records().filter(number__startswith=number)
        yield from _as_orders(_of(actor, number__in=named.order_by().values("order_number")))


def _of(actor: Actor, **which: Any) -> QuerySet[Any]:
    return orders_selectors.orders_of(organization_id=whose_orders(actor)).filter(**which)


def _as_orders(rows: QuerySet[Any]) -> Iterator[PaletteLine]:
    for order in rows[:OF_A_KIND_MAX]:
        thing = order.listing or order.wanted_listing
        title = names.named(thing, "title") if thing else ""
        address = reverse("portal:order", args=[order.pk])
        note = " · ".join(filter(None, [str(order.get_state_display()), title]))
        yield PaletteLine(order.number, note, address, "receipt")


def _vouchers(actor: Actor, number: str) -> Iterator[PaletteLine]:
    if not actor.has_role(Role.BUYER):
        return
    held = vouchers_selectors.vouchers(holder_id=actor.organization_id)
    for voucher in held.filter(number__startswith=number)[:OF_A_KIND_MAX]:
        address = f"{reverse('portal:vouchers')}#{voucher.number}"
        programme = names.named(voucher.programme_version.programme)
        yield PaletteLine(voucher.number, programme, address, "ticket")


def _applications(actor: Actor, number: str) -> Iterator[PaletteLine]:
    if actor.has_role(Role.ISSUER):
        rows = vouchers_selectors.applications(issuer_id=actor.organization_id)
        for row in rows.filter(number__startswith=number)[:OF_A_KIND_MAX]:
            address = reverse("portal:application-decide", args=[row.pk])
            yield PaletteLine(row.number, names.named(row.applicant), address, "file-search")
    elif actor.has_role(Role.BUYER):
        rows = vouchers_selectors.applications(applicant_id=actor.organization_id)
        for row in rows.filter(number__startswith=number)[:OF_A_KIND_MAX]:
            state = str(row.get_state_display())
            address = reverse("portal:application", args=[row.pk])
            yield PaletteLine(row.number, state, address, "file-search")


def _codes(_actor: Actor, code: str) -> Iterator[PaletteLine]:
    """Lead from a whole code to its passport, whether anything of it is offered or not."""
    if address := passport_of(code):
        yield PaletteLine(code, _("Passport"), address, "file-text")


NUMBERED: Final[dict[str, Callable[[Actor, str], Iterator[PaletteLine]]]] = {
    "L-": _listing,
    "O-": _orders,
    "C-": _contracts,
    "T-": _trades,
    "V-": _vouchers,
    "A-": _applications,
    "SP": _codes,
}
