"""The frame around every page: what the side bar offers to whom, theme, organisations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from identity import selectors as identity_selectors
from identity.contracts import PLATFORM_ROLES, Actor, Role
from marketplace.portal import jobs

THEMES: Final = ("light", "dark")


@dataclass(frozen=True, slots=True)
class SideBarEntry:
    """One line of the side bar."""

    page: str
    label: str | Promise
    icon: str
    roles: frozenset[Role] = frozenset()
    is_public: bool = False

    def is_for(self, actor: Actor | None) -> bool:
        """Return whether the actor, or a reader who is nobody, may open the page."""
        if actor is None:
            return self.is_public
        return not self.roles or actor.has_role(*self.roles)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of the side bar under one heading."""

    label: str | Promise
    entries: tuple[SideBarEntry, ...]


@dataclass(frozen=True, slots=True)
class SideBarLine:
    """A line as it is drawn for one request."""

    entry: SideBarEntry
    address: str
    is_current: bool


def _to(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


OVERSEERS: Final = _to(Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
GROUPS: Final = (
    Group(
        _("Market"),
        (
            SideBarEntry("market", _("Compute market"), "building-store"),
            SideBarEntry("prices", _("Prices and index"), "adjustments-horizontal"),
            SideBarEntry("rule-changes", _("Rule changes"), "file-text", is_public=True),
            SideBarEntry(
                "orders",
                _("Orders"),
                "receipt",
                _to(Role.BUYER, Role.PROVIDER, Role.OPERATOR, Role.AUDITOR, Role.FINANCE),
            ),
            SideBarEntry("vouchers", _("Vouchers"), "ticket", _to(Role.BUYER)),
        ),
    ),
    Group(
        _("Supply"),
        (
            SideBarEntry("resources", _("Resources"), "table", _to(Role.PROVIDER)),
            SideBarEntry("listings", _("My listings"), "server-2", _to(Role.PROVIDER)),
            SideBarEntry("metering", _("Metering"), "gauge", _to(Role.PROVIDER)),
            SideBarEntry("settlement", _("Settlement"), "wallet", _to(Role.PROVIDER)),
        ),
    ),
    Group(
        _("Oversight"),
        (
            SideBarEntry(
                "exports",
                _("Trade records"),
                "file-export",
                _to(Role.AUDITOR, Role.PROVIDER, Role.BUYER, Role.FINANCE, Role.OPERATOR),
            ),
            SideBarEntry(
                "programmes",
                _("Programmes"),
                "building-bank",
                _to(Role.ISSUER, Role.AUDITOR, Role.OPERATOR),
            ),
            SideBarEntry("approvals", _("Approvals"), "shield-check", PLATFORM_ROLES),
            SideBarEntry("fees", _("Fees"), "calculator", OVERSEERS),
            SideBarEntry("appoint", _("Give a role"), "user", _to(Role.OPERATOR)),
            SideBarEntry("organizations", _("Organisations"), "building", PLATFORM_ROLES),
            SideBarEntry("books", _("Order books"), "list-details", _to(Role.OPERATOR)),
            SideBarEntry(
                "ties", _("Related parties"), "building", _to(Role.OPERATOR, Role.AUDITOR)
            ),
            # A page of the wiring, which alone knows every part.
            SideBarEntry("watch:system", _("System"), "gauge", _to(Role.OPERATOR)),
            SideBarEntry("deposits", _("Deposits"), "cash", _to(Role.FINANCE)),
            SideBarEntry("ledger", _("Ledger"), "scale", OVERSEERS),
            SideBarEntry(
                "ledger-accounts", _("Ledger accounts"), "book", _to(Role.PROVIDER, Role.BUYER)
            ),
            SideBarEntry("activity", _("Activity"), "file-text"),
            SideBarEntry("developers", _("Developers"), "api"),
        ),
    ),
)


def lines(actor: Actor | None, path: str) -> Iterator[tuple[str | Promise, list[SideBarLine]]]:
    """Return the groups of the side bar that hold anything for the actor."""
    for group in GROUPS:
        shown = [
            SideBarLine(entry, address, is_current=path.startswith(address))
            for entry in group.entries
            if entry.is_for(actor) and (address := _address(entry.page))
        ]
        if shown:
            yield group.label, shown


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
        "actor": actor,
        "side_bar": list(lines(actor, request.path)),
        "demo_accounts": [
            account | {"label": Role(account["role"]).label}
            for account in settings.PORTAL_DEMO_ACCOUNTS
        ],
    }
    if actor is not None:
        context |= {
            "organizations": SimpleLazyObject(lambda: identity_selectors.organizations_of(actor)),
            "running_jobs": SimpleLazyObject(lambda: jobs.running(actor)),
            "own_organization": SimpleLazyObject(
                lambda: identity_selectors.organization(actor.organization_id)
            ),
        }
    return context
