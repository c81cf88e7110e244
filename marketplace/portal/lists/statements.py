"""Lists of statements, of their lines, and of requests for fapiao."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from marketplace.portal import figures, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag
from marketplace.statements.contracts import BillSide, FapiaoState, MonitorKind, StatementKind
from marketplace.statements.selectors.filters import (
    FapiaoFilter,
    MonitorFilter,
    StatementFilter,
    StatementLineFilter,
)

FAPIAO_TONES: Final = {
    FapiaoState.REQUESTED: ("warn", ""),
    FapiaoState.EXPORTED: ("brand", ""),
    FapiaoState.ISSUED: ("ok", "check"),
    FapiaoState.REFUSED: ("bad", "circle-x"),
}


def of_statement(statement: Any) -> Tag:
    """Return whether a statement counts."""
    if statement.kind == StatementKind.CANCELLATION:
        return Tag(_("Cancels %(number)s") % {"number": statement.cancels.number}, "neutral")
    if not statement.is_live:
        return Tag(_("Cancelled"), "bad", "circle-x")
    return Tag(_("Issued"), "ok", "check")


def of_fapiao(fapiao: Any) -> Tag:
    """Return what became of a request."""
    tone, icon = FAPIAO_TONES.get(FapiaoState(fapiao.state), ("neutral", ""))
    return Tag(fapiao.get_state_display(), tone, icon, fapiao.answer)


def whose(statement: Any) -> str:
    """Return whose statement it is."""
    if statement.side == BillSide.PROGRAMME:
        return str(statement.subject)
    return names.named(statement.organization) if statement.organization else ""


def of_monitor(monitor: Any) -> Tag:
    """Return whether an account is as its monitor wants it."""
    if monitor.ended_at:
        return Tag(_("Ended"), "neutral")
    if monitor.raised_at:
        return Tag(_("Needs a look"), "bad", "alert-triangle")
    return Tag(_("In order"), "ok", "check")


def looked_for(monitor: Any) -> str:
    """Return what a monitor looks for."""
    if monitor.kind == MonitorKind.BELOW:
        return gettext("Below %(amount)s") % {"amount": figures.money(monitor.below_minor)}
    return ngettext(
        "Not at zero for %(days)d day", "Not at zero for %(days)d days", monitor.days
    ) % {"days": monitor.days}


STATEMENTS: Final = ListTable(
    name="issued-statements",
    title=_("Statements"),
    filters=StatementFilter,
    columns=(
        ListColumn(
            "number",
            _("Statement"),
            sort=("sequence",),
            link=lambda row: reverse("portal:bill", args=[row.pk]),
            below=lambda row: f"{row.starts_on:%Y-%m}",
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("side", _("Whose"), value=lambda row: row.get_side_display(), below=whose),
        ListColumn("lines_count", _("Lines"), Shows.QUANTITY, phone=Phone.HIDDEN),
        ListColumn("opening_minor", _("Opening"), Shows.MONEY, phone=Phone.HIDDEN),
        ListColumn("charged_minor", _("Charged"), Shows.MONEY),
        ListColumn("tax_minor", _("Tax"), Shows.MONEY, phone=Phone.HIDDEN),
        ListColumn("closing_minor", _("Closing"), Shows.MONEY, is_strong=True),
        ListColumn("issued_at", _("Issued"), Shows.TIME),
        ListColumn("state", _("State"), Shows.STATE, value=of_statement, phone=Phone.STATE),
    ),
    tie="sequence",
)
LINES: Final = ListTable(
    name="statement-lines",
    title=_("Lines"),
    filters=StatementLineFilter,
    columns=(
        ListColumn(
            "position",
            _("Line"),
            sort=("position",),
            value=lambda row: str(row.position),
            below=lambda row: row.corrects.number if row.corrects else "",
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("day", _("Day"), Shows.DAY),
        ListColumn("reason", _("Reason"), value=lambda row: names.REASONS[row.reason]),
        ListColumn(
            "order_number",
            _("Order"),
            value=lambda row: row.order_number or row.reference,
            below=lambda row: row.what,
            phone=Phone.STRIP,
        ),
        ListColumn("chip", _("Chip"), phone=Phone.HIDDEN),
        ListColumn("standard_hours", _("Standard hours"), Shows.QUANTITY),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True),
    ),
    tie="position",
)
FAPIAO: Final = ListTable(
    name="fapiao",
    title=_("Fapiao"),
    filters=FapiaoFilter,
    columns=(
        ListColumn("number", _("Request"), sort=("sequence",), phone=Phone.KEY, is_fixed=True),
        ListColumn("title", _("Title"), below=lambda row: row.taxpayer_code, phone=Phone.STRIP),
        ListColumn(
            "statement",
            _("Statement"),
            value=lambda row: row.statement.number,
            link=lambda row: reverse("portal:bill", args=[row.statement_id]),
        ),
        ListColumn("kind", _("Kind"), value=lambda row: row.get_kind_display()),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True),
        ListColumn("tax_minor", _("Tax"), Shows.MONEY),
        ListColumn("fapiao_number", _("Fapiao number"), Shows.IDENTIFIER, phone=Phone.HIDDEN),
        ListColumn("state", _("State"), Shows.STATE, value=of_fapiao, phone=Phone.STATE),
    ),
    tie="sequence",
)
MONITORS: Final = ListTable(
    name="account-monitors",
    title=_("Monitors"),
    filters=MonitorFilter,
    columns=(
        ListColumn(
            "account",
            _("Account"),
            sort=("account",),
            value=lambda row: names.ACCOUNT_KINDS.get(row.account.split(":")[0], row.account),
            link=lambda row: reverse("portal:account-monitor", args=[row.pk]),
            below=lambda row: row.account,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("kind", _("Tells when"), value=looked_for),
        ListColumn("balance_minor", _("Seen last"), Shows.MONEY, is_strong=True),
        ListColumn("raised_at", _("So since"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("made_at", _("Made"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("state", _("State"), Shows.STATE, value=of_monitor, phone=Phone.STATE),
    ),
    tie="id",
)
