"""The lists of projects and of budgets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.contracts import PLATFORM_ROLES
from identity.projects.filters import ProjectFilter
from marketplace.budgets import selectors as budgets_selectors
from marketplace.budgets import words
from marketplace.budgets.contracts import THRESHOLDS, CapRoom
from marketplace.budgets.filters import CapFilter
from marketplace.portal import figures, names, tags
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows
from marketplace.portal.tables.columns import Tag
from marketplace.settlement.selectors.spending import SpentOnProject

EXCEEDED: Final = Tag(_("Used up"), "fail", "x")
NEARLY: Final = Tag(_("Most is used"), "warn", "alert-triangle")
HALF: Final = Tag(_("Half is used"), "neutral")
ENDED: Final = Tag(_("Ended"))

WALLET_MAX: Final = 5  # budgets that a wallet shows


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project with what was spent on it."""

    project: Any
    spent: SpentOnProject

    @property
    def pk(self) -> UUID:
        """Return the project's identifier."""
        found: UUID = self.project.pk
        return found


@dataclass(frozen=True, slots=True)
class CapLine:
    """A budget with its name and what is used of it, drawn as a bar of a thousand parts."""

    party: str
    set_at: datetime | None
    ended_at: datetime | None
    room: CapRoom
    name: str
    on: date

    @property
    def pk(self) -> UUID:
        """Return the cap's identifier."""
        return self.room.cap_id

    @property
    def percent(self) -> int:
        """Return how many hundredths are used, rounded down."""
        return self.room.used_minor * 100 // self.room.amount_minor

    @property
    def width(self) -> str:
        """Return how much of the bar is filled."""
        return f"{self.room.used_minor * 1000 // self.room.amount_minor / 10}%"

    @property
    def foreseen(self) -> int | None:
        """Return how many hundredths the period comes to, if it is old enough to tell."""
        minor = self.room.forecast_minor(self.on)
        return None if minor is None else minor * 100 // self.room.amount_minor

    @property
    def foreseen_width(self) -> str:
        """Return how far the forecast reaches on the bar."""
        return f"{min(self.foreseen or 0, 100)}%"

    @property
    def marks(self) -> Sequence[str]:
        """Return where people are told."""
        return [f"{each}%" for each in THRESHOLDS if each < 100]

    @property
    def told(self) -> str:
        """Say in words what the bar shows."""
        if self.room.is_of_each_order:
            return gettext("at most %(amount)s an order") % {
                "amount": figures.money(self.room.amount_minor)
            }
        said = gettext("%(used)s of %(amount)s used, %(left)s left") % {
            "used": figures.money(self.room.used_minor),
            "amount": figures.money(self.room.amount_minor),
            "left": figures.money(self.room.left_minor),
        }
        if self.foreseen is None:
            return said
        return f"{said} · " + gettext("foreseen: %(percent)s %%") % {"percent": self.foreseen}


def budget_state(line: CapLine) -> Tag:
    """Return how far a budget is used."""
    if line.ended_at is not None:
        return ENDED
    for least, tag in ((100, EXCEEDED), (80, NEARLY), (50, HALF)):
        if line.percent >= least:
            return tag
    return tags.OPEN


def cap_lines(
    rows: Sequence[Any], rooms: Mapping[UUID, CapRoom], called: Mapping[UUID, str], *, on: date
) -> list[CapLine]:
    """Return budgets as their list shows them."""
    return [
        CapLine(
            names.named(each.organization),
            each.set_at,
            each.ended_at,
            rooms[each.pk],
            called[each.pk],
            on,
        )
        for each in rows
    ]


def wallet_budgets(organization_id: UUID, *, on: date) -> list[CapLine]:
    """Return the budgets of an organisation that its wallet shows, the fullest first."""
    rooms = budgets_selectors.rooms_of(organization_id, on=on)
    called = words.names_of(rooms)
    lines = [CapLine("", None, None, each, called[each.cap_id], on) for each in rooms]
    return sorted(lines, key=lambda line: -line.percent)[:WALLET_MAX]


PROJECTS: Final = ListTable(
    name="projects",
    title=_("Projects"),
    filters=ProjectFilter,
    columns=(
        ListColumn(
            "name",
            _("Name"),
            value=lambda line: line.project.name,
            below=lambda line: line.project.code,
            link=lambda line: reverse("portal:project", args=[line.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "organization",
            _("Organisation"),
            Shows.PARTY,
            value=lambda line: names.named(line.project.organization),
            roles=PLATFORM_ROLES,
        ),
        ListColumn("orders", _("Orders"), value=lambda line: figures.grouped(line.spent.orders)),
        ListColumn(
            "cash",
            _("In cash"),
            Shows.MONEY,
            value=lambda line: line.spent.cash_minor,
            is_strong=True,
            total=True,
        ),
        ListColumn(
            "voucher",
            _("In vouchers"),
            Shows.MONEY,
            value=lambda line: line.spent.voucher_minor,
            tone="voucher",
            total=True,
        ),
        ListColumn(
            "opened_at",
            _("Opened"),
            Shows.TIME,
            value=lambda line: line.project.opened_at,
            sort=("id",),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda line: tags.OPEN if line.project.state == "OPEN" else tags.CLOSED,
            phone=Phone.STATE,
        ),
    ),
)


BUDGETS: Final = ListTable(
    name="budgets",
    title=_("Budgets"),
    filters=CapFilter,
    columns=(
        ListColumn(
            "name",
            _("Bounds"),
            value=lambda line: line.name,
            link=lambda line: reverse("portal:budget", args=[line.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "organization",
            _("Organisation"),
            Shows.PARTY,
            value=lambda line: line.party,
            roles=PLATFORM_ROLES,
        ),
        ListColumn(
            "bar",
            _("Used"),
            value=lambda line: line.told,
            template="portal/list/cap_bar.html",
            phone=Phone.STRIP,
        ),
        ListColumn("used", _("Used"), Shows.MONEY, value=lambda line: line.room.used_minor),
        ListColumn("amount", _("Allowed"), Shows.MONEY, value=lambda line: line.room.amount_minor),
        ListColumn(
            "left",
            _("Left"),
            Shows.MONEY,
            value=lambda line: line.room.left_minor,
            is_strong=True,
        ),
        ListColumn(
            "approve",
            _("Second person from"),
            Shows.MONEY,
            value=lambda line: line.room.approve_from_minor,
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "set_at",
            _("Set"),
            Shows.TIME,
            value=lambda line: line.set_at,
            sort=("id",),
            phone=Phone.HIDDEN,
        ),
        ListColumn("state", _("State"), Shows.STATE, value=budget_state, phone=Phone.STATE),
    ),
)
