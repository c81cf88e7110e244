"""Lists of those who watch: ties between organisations, order books, ledger accounts."""

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from identity.contracts import ResourceClass, Role
from identity.filters import TieFilter
from marketplace.portal import figures, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag
from marketplace.portal.templatetags import portal as words


def _days(tie: Any) -> str:
    end = f" – {words.last_day(tie.valid_to)}" if tie.valid_to else f" – {_now('lasts')}"
    return f"{words.day(tie.valid_from)}{end}"


def _kind(tie: Any) -> str:
    share = "" if tie.share is None else f" {figures.grouped(tie.share * 100)}%"
    return f"{tie.get_kind_display()}{share}"


TIES: Final = ListTable(
    name="ties",
    title=_("Related parties"),
    filters=TieFilter,
    columns=(
        ListColumn(
            "holder",
            _("Who controls or holds"),
            Shows.PARTY,
            value=lambda tie: names.named(tie.holder),
            below=lambda tie: words.masked(tie.holder.uscc),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("kind", _("Tie"), value=_kind, phone=Phone.STATE),
        ListColumn(
            "held",
            _("Who is controlled or held"),
            Shows.PARTY,
            value=lambda tie: names.named(tie.held),
            below=lambda tie: words.masked(tie.held.uscc),
            phone=Phone.STRIP,
        ),
        ListColumn("days", _("Days"), value=_days, sort=("valid_from",)),
        ListColumn("source", _("Source"), phone=Phone.STRIP),
        ListColumn("recorded_at", _("Recorded"), Shows.TIME, sort=("id",), phone=Phone.HIDDEN),
        ListColumn(
            "act",
            "",
            Shows.ACT,
            template="portal/list/tie_acts.html",
            phone=Phone.ACT,
            roles=frozenset({Role.OPERATOR}),
        ),
    ),
)


BOOKS: Final = ListTable(
    name="books",
    title=_("Order books"),
    columns=(
        ListColumn(
            "hub",
            _("Hub"),
            value=lambda book: names.hub(book.hub),
            link=lambda book: reverse("portal:book-least", args=[book.resource_class, book.hub]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "class",
            _("Class"),
            Shows.TAG,
            value=lambda book: Tag(
                ResourceClass(book.resource_class).label, words.tone(book.resource_class)
            ),
            phone=Phone.STATE,
        ),
        ListColumn(
            "least_units",
            _("Least quantity"),
            value=lambda book: words.units(book.least.least_milli),
        ),
        ListColumn(
            "step_units",
            _("Steps of quantity"),
            value=lambda book: words.units(book.least.step_milli),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "least_seconds",
            _("Least duration"),
            value=lambda book: figures.duration(book.least.least_seconds),
        ),
        ListColumn(
            "step_seconds",
            _("Steps of duration"),
            value=lambda book: figures.duration(book.least.step_seconds),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "least_minor",
            _("Least amount"),
            Shows.MONEY,
            value=lambda book: book.least.least_minor,
        ),
        ListColumn("act", "", Shows.ACT, template="portal/list/book_acts.html", phone=Phone.ACT),
    ),
    size=25,
)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account of the ledger, whose it is, and whether it may not go below zero."""

    account: Any
    owner: Any
    is_floored: bool


def _owner(row: Any) -> str:
    return names.named(row.owner) if row.owner else _now("The market")


def _held(key: str) -> Any:
    return lambda row: getattr(row.account.balance, key)


ACCOUNTS: Final = ListTable(
    name="ledger-accounts",
    title=_("Ledger accounts"),
    # A room cuts these pages itself; accounts have files of their own.
    is_written=False,
    columns=(
        ListColumn(
            "kind",
            _("Account"),
            value=lambda row: words.kind_name(row.account.kind),
            link=lambda row: reverse("portal:ledger-statement", args=[row.account.code]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "code",
            _("Code"),
            Shows.IDENTIFIER,
            value=lambda row: row.account.code,
            phone=Phone.STRIP,
        ),
        ListColumn(
            "owner",
            _("Owner"),
            Shows.PARTY,
            value=_owner,
            roles=frozenset({Role.AUDITOR, Role.OPERATOR, Role.FINANCE}),
            phone=Phone.STRIP,
        ),
        ListColumn("asset", _("Asset"), value=lambda row: row.account.asset, phone=Phone.STATE),
        ListColumn("posted", _("Balance"), Shows.MONEY, value=_held("posted"), is_strong=True),
        ListColumn("pending", _("On hold, going out"), Shows.MONEY, value=_held("pending")),
        ListColumn("incoming", _("On hold, coming in"), Shows.MONEY, value=_held("incoming")),
        ListColumn(
            "available",
            _("Available"),
            Shows.MONEY,
            value=lambda row: row.account.balance.available if row.is_floored else None,
        ),
    ),
    size=50,
    row_id=lambda row: row.account.code,
)
