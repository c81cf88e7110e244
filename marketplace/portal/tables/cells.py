"""A value as a list shows it, and as a file of the list holds it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from common.tabular.columns import ColumnType
from marketplace.portal import figures, icons
from marketplace.portal.tables.columns import ListColumn, RowLink, Shows, Tag

NOTHING: Final = "—"
SHOWN_WHOLE_MAX: Final = 20
ENDS: Final = 8
DIGITS: Final = 2  # of quantities; all of them in the title
TYPES: Final = {Shows.MONEY: ColumnType.MONEY, Shows.QUANTITY: ColumnType.QUANTITY}


# --- Shown -------------------------------------------------------------------------------------
def shown(column: ListColumn, row: Any) -> SafeString:
    """Return a cell; markup of the page's own cells comes from their templates."""
    value = column.of(row)
    if column.kind is Shows.ACT:
        return _links(value or ())
    if value in (None, "", ()):
        main = format_html('<span class="cm-none">{}</span>', NOTHING)
    else:
        main = DRAWN.get(column.kind, _text)(value)
    if column.link and (address := column.link(row)):
        main = format_html('<a href="{}">{}</a>', address, main)
    if column.kind is Shows.IDENTIFIER and value:
        main = format_html("{}{}", main, _copier(str(value)))
    below = column.below(row) if column.below else ""
    return format_html("{}<small>{}</small>", main, below) if below else main


def _text(value: Any) -> SafeString:
    return format_html("{}", value)


def _money(minor: Any) -> SafeString:
    """Without the sign of the currency, which the head of the column bears."""
    return format_html("{}", figures.grouped(Decimal(int(minor)).scaleb(-2), 2))


def _quantity(number: Any) -> SafeString:
    short = figures.grouped(number, None if isinstance(number, int) else DIGITS)
    return format_html('<span title="{}">{}</span>', figures.grouped(number), short)


def _time(moment: datetime) -> SafeString:
    words = f"{figures.local(moment):%Y-%m-%d %H:%M}"
    whole = f"{figures.local(moment):%Y-%m-%d %H:%M:%S} ({figures.zone_name(moment)})"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), whole, words)


def _day(day: date) -> SafeString:
    return format_html("{}", _plain_day(day))


def _identifier(text: Any) -> SafeString:
    whole = str(text)
    short = whole
    if len(whole) > SHOWN_WHOLE_MAX:
        short = f"{whole[:ENDS]}…{whole[-ENDS:]}"
    return format_html('<span class="cm-mono" title="{}">{}</span>', whole, short)


def _copier(text: str) -> SafeString:
    """Return the button of `<c-copy>`."""
    return format_html(
        ' <button type="button" class="cm-copy" data-copy="{}" data-copied-text="{}">{}'
        '<span class="cm-unseen">{}</span></button>',
        text,
        gettext("Copied"),
        icons.svg("copy", "small"),
        gettext("Copy %(text)s") % {"text": text},
    )


def _links(links: Iterable[RowLink]) -> SafeString:
    return format_html_join(
        " ",
        '<a class="cm-btn cm-btn--small" href="{}">{}<span class="cm-unseen"> {}</span></a>',
        ((each.address, each.label, each.about) for each in links),
    )


def _tags(value: Tag | tuple[Tag, ...]) -> SafeString:
    tags = value if isinstance(value, tuple) else (value,)
    return format_html_join(" ", "{}", ([_tag(each)] for each in tags))


def _tag(tag: Tag) -> SafeString:
    style = "small spin" if tag.icon == "loader-2" else "small"
    return format_html(
        '<span class="cm-tag cm-tag--{}"{}>{}{}</span>',
        tag.tone,
        format_html(' title="{}"', tag.title) if tag.title else "",
        icons.svg(tag.icon, style) if tag.icon else "",
        tag.label,
    )


def _party(name: Any) -> SafeString:
    return format_html('<span class="cm-dt__party" title="{0}">{0}</span>', name)


DRAWN: Final[dict[Shows, Callable[[Any], SafeString]]] = {
    Shows.PARTY: _party,
    Shows.MONEY: _money,
    Shows.QUANTITY: _quantity,
    Shows.TIME: _time,
    Shows.DAY: _day,
    Shows.IDENTIFIER: _identifier,
    Shows.TAG: _tags,
    Shows.STATE: _tags,
}


# --- Written -----------------------------------------------------------------------------------
def written(column: ListColumn, row: Any) -> str:
    """Return what a file holds of a cell: whole, plain, times with their zone."""
    value = column.of(row)
    if value in (None, "", ()):
        return ""
    return WRITTEN.get(column.kind, str)(value)


def _plain_money(minor: Any) -> str:
    return f"{Decimal(int(minor)).scaleb(-2):f}"


def _plain_number(number: Any) -> str:
    return f"{Decimal(number):f}"


def _plain_day(day: date) -> str:
    return f"{figures.local(day) if isinstance(day, datetime) else day:%Y-%m-%d}"


def _plain_time(moment: datetime) -> str:
    return figures.local(moment).isoformat(timespec="seconds")


def _plain_tags(value: Tag | tuple[Tag, ...]) -> str:
    tags = value if isinstance(value, tuple) else (value,)
    return ", ".join(str(each.label) for each in tags)


WRITTEN: Final[dict[Shows, Callable[[Any], str]]] = {
    Shows.MONEY: _plain_money,
    Shows.QUANTITY: _plain_number,
    Shows.TIME: _plain_time,
    Shows.DAY: _plain_day,
    Shows.TAG: _plain_tags,
    Shows.STATE: _plain_tags,
}
