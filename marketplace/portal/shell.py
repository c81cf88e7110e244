"""The frame around every page: what the side bar offers to whom, theme, organisations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from identity import passkeys
from identity import selectors as identity_selectors
from identity.contracts import PLATFORM_ROLES, Actor, Role
from marketplace.portal import jobs

THEMES: Final = ("light", "dark")
# As many lines as a screen of 900 pixels shows; whoever has more finds some groups folded.
LINES_MAX: Final = 26


@dataclass(frozen=True, slots=True)
class SideBarEntry:
    """One line of the side bar."""

    page: str
    label: str | Promise
    icon: str
    roles: frozenset[Role] = frozenset()
    is_public: bool = False
    key: str = ""  # pressed after g, it leads here
    unless: frozenset[Role] = frozenset()  # who finds the page under another heading

    def is_for(self, actor: Actor | None) -> bool:
        """Return whether the actor, or a reader who is nobody, finds the page here."""
        if actor is None:
            return self.is_public
        if self.unless and actor.has_role(*self.unless):
            return False
        return not self.roles or actor.has_role(*self.roles)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of the side bar under one heading."""

    label: str | Promise
    entries: tuple[SideBarEntry, ...]
    is_aside: bool = False  # of those who have much to do, folded away until it is opened


@dataclass(frozen=True, slots=True)
class SideBarLine:
    """A line as it is drawn for one request."""

    entry: SideBarEntry
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class SideBarGroup:
    """A group as it is drawn for one request: in full, or as a heading that opens it."""

    label: str | Promise
    lines: list[SideBarLine]
    is_folded: bool


def _to(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


OVERSEERS: Final = _to(Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
TRADERS: Final = _to(Role.BUYER, Role.PROVIDER)
# A page stands in the group of the work that it belongs to; a member sees those of their roles.
GROUPS: Final = (
    Group("", (SideBarEntry("own-home", _("Home"), "home", key="h"),)),
    Group(
        _("Market"),
        (
            SideBarEntry("market", _("Compute market"), "building-store", key="m"),
            SideBarEntry("prices", _("Prices and index"), "adjustments-horizontal", key="i"),
            SideBarEntry("rounds", _("Call rounds"), "chart-bar"),
            SideBarEntry(
                "demands",
                _("Demands"),
                "search",
                _to(Role.BUYER, Role.OPERATOR, Role.AUDITOR),
            ),
            SideBarEntry(
                "orders",
                _("Orders"),
                "receipt",
                _to(Role.BUYER, Role.PROVIDER, Role.OPERATOR, Role.AUDITOR, Role.FINANCE),
                key="o",
            ),
            SideBarEntry(
                "deliveries",
                _("Deliveries of compute"),
                "server-2",
                _to(Role.BUYER),
                unless=_to(Role.PROVIDER),
            ),
            SideBarEntry("rule-changes", _("Rule changes"), "file-text", is_public=True, key="r"),
            SideBarEntry("measurement-rules", _("Measurement rules"), "scale", is_public=True),
            SideBarEntry(
                "statistics",
                _("Statistics"),
                "chart-bar",
                # Buyers come from the prices.
                _to(Role.PROVIDER, Role.ISSUER) | OVERSEERS,
                is_public=True,
            ),
            SideBarEntry(
                "energy",
                _("Energy and carbon"),
                "sun",
                _to(Role.PROVIDER, Role.OPERATOR, Role.AUDITOR),
            ),
        ),
        is_aside=True,
    ),
    Group(
        _("Supply"),
        (
            SideBarEntry("resources", _("Resources"), "table", _to(Role.PROVIDER), key="u"),
            SideBarEntry("listings", _("My listings"), "server-2", _to(Role.PROVIDER), key="l"),
            SideBarEntry("plans", _("Rate plans"), "calculator", _to(Role.PROVIDER)),
            SideBarEntry("deliveries", _("Deliveries of compute"), "server-2", _to(Role.PROVIDER)),
            SideBarEntry("meters", _("Meters"), "adjustments-horizontal", _to(Role.PROVIDER)),
            SideBarEntry("senders", _("Senders"), "api", _to(Role.PROVIDER)),
            SideBarEntry("metering", _("Metering"), "gauge", _to(Role.PROVIDER), key="t"),
            SideBarEntry("verification", _("Verification"), "shield-check", _to(Role.PROVIDER)),
        ),
    ),
    Group(
        _("Programmes"),
        (
            SideBarEntry(
                "programmes",
                _("Programmes"),
                "building-bank",
                _to(Role.ISSUER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE),
                key="p",
            ),
            SideBarEntry(
                "workbench",
                _("Workbench"),
                "calculator",
                _to(Role.ISSUER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE),
            ),
            SideBarEntry(
                "control-findings",
                _("Fraud control"),
                "shield-check",
                _to(Role.ISSUER, Role.AUDITOR, Role.OPERATOR),
            ),
            SideBarEntry("issued-vouchers", _("Issued vouchers"), "ticket", _to(Role.ISSUER)),
            SideBarEntry(
                "voucher-batches",
                _("Batches of vouchers"),
                "table",
                # Buyers come from their voucher wallet.
                _to(Role.ISSUER),
            ),
            SideBarEntry(
                "voucher-claims",
                _("Voucher claims"),
                "receipt",
                _to(Role.PROVIDER, Role.ISSUER, Role.AUDITOR, Role.FINANCE),
            ),
            SideBarEntry(
                "reimbursements",
                _("Reimbursements"),
                "receipt",
                # Buyers come from their voucher wallet.
                _to(Role.ISSUER, Role.AUDITOR, Role.FINANCE),
            ),
        ),
    ),
    Group(
        _("Money"),
        (
            SideBarEntry("wallet", _("Wallet"), "wallet", _to(Role.BUYER)),
            SideBarEntry("budgets", _("Budgets"), "calculator", OVERSEERS | {Role.BUYER}),
            SideBarEntry("projects", _("Projects"), "table", OVERSEERS | {Role.BUYER}),
            SideBarEntry("vouchers", _("Vouchers"), "ticket", _to(Role.BUYER), key="v"),
            SideBarEntry("settlement", _("Settlement"), "wallet", _to(Role.PROVIDER), key="s"),
            SideBarEntry("payments-desk", _("Payments"), "building-bank", _to(Role.FINANCE)),
            SideBarEntry("deposits", _("Deposits"), "cash", _to(Role.FINANCE), key="d"),
            SideBarEntry("income", _("Income"), "cash", _to(Role.PROVIDER)),
            SideBarEntry(
                "bills", _("Statements"), "file-text", TRADERS | OVERSEERS | _to(Role.ISSUER)
            ),
            SideBarEntry("fapiao", _("Fapiao"), "list-details", OVERSEERS | _to(Role.BUYER)),
            SideBarEntry("ledger-books", _("Books"), "book", OVERSEERS),
            SideBarEntry("payout-runs", _("Payout runs"), "cash", OVERSEERS),
            SideBarEntry("taxes", _("Taxes withheld"), "scale", OVERSEERS | _to(Role.PROVIDER)),
            SideBarEntry("adjustments", _("Adjustments"), "scale", OVERSEERS | TRADERS),
            SideBarEntry("fees", _("Fees"), "calculator", OVERSEERS),
            SideBarEntry("ledger", _("Ledger"), "scale", OVERSEERS, key="b"),
            SideBarEntry("ledger-accounts", _("Ledger accounts"), "book", TRADERS, key="c"),
        ),
    ),
    Group(
        _("Evidence"),
        (
            SideBarEntry(
                "exports", _("Trade records"), "file-export", TRADERS | OVERSEERS, key="e"
            ),
            SideBarEntry("sme-certificates", _("Enterprise certificates"), "shield-check"),
            SideBarEntry("capacity-certificates", _("Capacity certificates"), "file-text"),
            SideBarEntry(
                "capabilities",
                _("Certificates of capability"),
                "shield-check",
                _to(Role.PROVIDER, Role.OPERATOR, Role.AUDITOR),
            ),
            SideBarEntry(
                "assessments",
                _("Assessments"),
                "file-search",
                _to(Role.PROVIDER, Role.OPERATOR, Role.AUDITOR),
            ),
            SideBarEntry(
                "power-checks", _("Use and power"), "gauge", _to(Role.OPERATOR, Role.AUDITOR)
            ),
            SideBarEntry("activity", _("Activity"), "list-details", key="a"),
        ),
        is_aside=True,
    ),
    Group(
        _("Oversight"),
        (
            SideBarEntry(
                "approvals",
                _("Approvals"),
                "shield-check",
                PLATFORM_ROLES | {Role.BUYER},
                key="w",
            ),
            SideBarEntry(
                "clearing-desk",
                _("Clearing desk"),
                "gauge",
                _to(Role.OPERATOR, Role.AUDITOR),
                key="q",
            ),
            SideBarEntry(
                "cases", _("Cases"), "file-search", _to(Role.OPERATOR, Role.AUDITOR), key="j"
            ),
            SideBarEntry("books", _("Order books"), "columns", _to(Role.OPERATOR), key="k"),
            SideBarEntry(
                "ties", _("Related parties"), "building", _to(Role.OPERATOR, Role.AUDITOR)
            ),
            SideBarEntry(
                "windows",
                _("Windows to decide"),
                "file-search",
                _to(Role.OPERATOR, Role.AUDITOR, Role.PROVIDER),
            ),
            SideBarEntry("organizations", _("Organisations"), "building", PLATFORM_ROLES),
            SideBarEntry("appoint", _("Give a role"), "user", _to(Role.OPERATOR)),
            SideBarEntry("access-requests", _("Requests for access"), "inbox", _to(Role.OPERATOR)),
            SideBarEntry(
                "form-versions",
                _("Forms as data"),
                "list-details",
                _to(Role.OPERATOR, Role.AUDITOR),
            ),
            SideBarEntry("wall-links", _("Big screen"), "table", _to(Role.OPERATOR)),
            # A page of the wiring, which alone knows every part.
            SideBarEntry("watch:system", _("System"), "gauge", _to(Role.OPERATOR), key="y"),
        ),
    ),
    Group(
        _("Your organisation"),
        (
            SideBarEntry("organization-own", _("My organisation"), "building"),
            SideBarEntry("forms", _("Forms"), "list-details"),
            SideBarEntry("files", _("Files"), "file-text"),
            SideBarEntry("developers", _("Developers"), "api", key="x"),
        ),
        is_aside=True,
    ),
)


def lines(actor: Actor | None, path: str) -> Iterator[tuple[str | Promise, list[SideBarLine]]]:
    """Return the groups of the side bar that hold anything for the actor."""
    offered = {
        entry.page: address
        for group in GROUPS
        for entry in group.entries
        if entry.is_for(actor) and (address := _address(entry.page))
    }
    # Of an address within another one, the inner one is where the reader is.
    here = max((each for each in offered.values() if path.startswith(each)), key=len, default="")
    for group in GROUPS:
        shown = [
            SideBarLine(entry, offered[entry.page], is_current=offered[entry.page] == here)
            for entry in group.entries
            if entry.page in offered and entry.is_for(actor)
        ]
        if shown:
            yield group.label, shown


def side_bar(actor: Actor | None, path: str) -> list[SideBarGroup]:
    """Return the side bar, on which a screen's height has room for what is not folded."""
    found = list(lines(actor, path))
    aside = {str(group.label) for group in GROUPS if group.is_aside}
    has_room = sum(len(shown) for _label, shown in found) <= LINES_MAX
    return [
        SideBarGroup(
            label,
            shown,
            is_folded=not has_room
            and str(label) in aside
            and not any(line.is_current for line in shown),
        )
        for label, shown in found
    ]


def _address(page: str) -> str:
    try:
        return reverse(page if ":" in page else f"portal:{page}")
    except NoReverseMatch:
        return ""


def theme(request: HttpRequest) -> str:
    """Return the theme the reader chose, in this browser or for the account, or `system`."""
    user = getattr(request, "user", None)
    for chosen in (request.COOKIES.get("theme", ""), getattr(user, "theme", "")):
        if chosen in THEMES:
            return chosen
    return "system"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template its frame (a context processor)."""
    actor: Actor | None = getattr(request, "actor", None)
    context: dict[str, Any] = {
        "site_name": settings.SITE_NAME,
        "public_url": settings.PUBLIC_URL,
        "theme": theme(request),
        "passkeys": passkeys.are_possible(),
        "actor": actor,
        "side_bar": side_bar(actor, request.path),
        "demo_accounts": [
            account | {"label": Role(account["role"]).label}
            for account in settings.PORTAL_DEMO_ACCOUNTS
        ],
    }
    if actor is not None:
        organizations = SimpleLazyObject(lambda: identity_selectors.organizations_of(actor))
        context |= {
            "organizations": organizations,
            "running_jobs": SimpleLazyObject(lambda: jobs.running(actor)),
            "own_organization": SimpleLazyObject(lambda: _own(actor, organizations)),
        }
    return context


def _own(actor: Actor, organizations: Iterable[Any]) -> Any:
    """Return the organisation that a person acts for: one of theirs."""
    return next(each for each in organizations if each.pk == actor.organization_id)
