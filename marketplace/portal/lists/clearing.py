"""Lists of the clearing desk: how books stand, and how often organisations may order."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from identity.contracts import CapacityUnit, Role
from marketplace.orders.contracts import RoundStep
from marketplace.orders.selectors import BookStanding
from marketplace.portal import collar_words, figures, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag
from marketplace.portal.templatetags import portal as words


def _place(row: BookStanding) -> list[str]:
    return [row.book.resource_class, row.book.hub]


def _name(row: BookStanding) -> str:
    return names.traded_in(row.book.resource_class, row.book.hub)


def _state(row: BookStanding) -> tuple[Tag, ...]:
    if row.halt is not None:
        tags = (Tag(_("Halted"), "bad", "circle-x", title=row.halt.reason),)
    else:
        tags = (Tag(_("Open for trading"), "ok", "check"),)
    if not row.set_aside:
        return tags
    told = ngettext("%(n)s set aside", "%(n)s set aside", row.set_aside) % {"n": row.set_aside}
    return (*tags, Tag(told, "warn", "alert-triangle"))


def _depth(row: BookStanding) -> str:
    if not row.unit:
        return "—"
    quantity = words.units(row.free_milli)
    unit = names.unit(CapacityUnit(row.unit), is_one=row.free_milli == 1000)
    return f"{quantity} {unit}"


def _offers(row: BookStanding) -> str:
    return ngettext("%(n)s listing", "%(n)s listings", row.offers) % {"n": row.offers}


def _waiting(row: BookStanding) -> str:
    return figures.grouped(row.waiting)


def _waits_since(row: BookStanding) -> str:
    if row.waits_since is None:
        return ""
    return _now("since %(time)s") % {"time": figures.moment(row.waits_since)}


def _last(row: BookStanding) -> str:
    if row.last is None:
        return ""
    counts = {"cleared": row.last.cleared, "rejected": row.last.rejected}
    return _now("%(cleared)s cleared, %(rejected)s rejected") % counts


def _took(row: BookStanding) -> str:
    return "—" if row.last is None else _milliseconds(row.last.microseconds)


def _steps(row: BookStanding) -> str:
    if row.last is None:
        return ""
    slowest = max(row.last.steps, key=lambda step: int(step["microseconds"]), default=None)
    if slowest is None:
        return ""
    label = RoundStep(slowest["step"]).label
    return f"{label} {_milliseconds(int(slowest['microseconds']))}"


def _milliseconds(microseconds: int) -> str:
    return f"{figures.grouped(microseconds // 1000)} ms"


def _next(row: BookStanding) -> str:
    if row.halt is not None:
        if row.halt.until is None:
            return _now("once two operators resume it")
        return _now("after %(time)s") % {"time": figures.moment(row.halt.until)}
    return _now("within 3 seconds") if row.waiting else _now("with the next order")


CLEARING: Final = ListTable(
    name="clearing",
    title=_("Clearing desk"),
    columns=(
        ListColumn(
            "book",
            _("Book"),
            value=_name,
            link=lambda row: reverse("portal:book-trade", args=_place(row)),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE),
        ListColumn("depth", _("Free now"), value=_depth, below=_offers, phone=Phone.FACT),
        ListColumn("waiting", _("Waiting"), value=_waiting, below=_waits_since, phone=Phone.FACT),
        ListColumn(
            "last",
            _("Last round"),
            Shows.TIME,
            value=lambda row: row.last and row.last.finished_at,
            below=_last,
            phone=Phone.STRIP,
        ),
        ListColumn(
            "round",
            _("Round"),
            Shows.IDENTIFIER,
            value=lambda row: row.last and row.last.number,
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn("took", _("Took"), value=_took, below=_steps, phone=Phone.FACT),
        ListColumn("next", _("Next round"), value=_next, phone=Phone.FACT),
        ListColumn(
            "collar",
            _("A standard hour may cost"),
            value=lambda row: collar_words.limits(row.low, row.high),
            link=lambda row: reverse("portal:book-collar", args=_place(row)),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "act",
            "",
            Shows.ACT,
            template="portal/list/clearing_acts.html",
            phone=Phone.ACT,
            roles=frozenset({Role.OPERATOR}),
        ),
    ),
    size=25,
)


def _rate(field: str) -> Any:
    return lambda row: figures.grouped(getattr(row, field))


ORDER_RATES: Final = ListTable(
    name="order-rates",
    title=_("Order rates"),
    columns=(
        ListColumn(
            "organization",
            _("Organisation"),
            value=lambda row: names.named(row.organization),
            below=lambda row: words.masked(row.organization.uscc),
            link=lambda row: reverse("portal:organization", args=[row.organization_id]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("placed", _("Placed a minute"), value=_rate("placed_per_minute")),
        ListColumn("cancelled", _("Cancelled a minute"), value=_rate("cancelled_per_minute")),
        ListColumn("reason", _("Reason"), phone=Phone.STRIP),
        ListColumn("set_at", _("Said"), Shows.TIME, sort=("id",), phone=Phone.FACT),
    ),
)
