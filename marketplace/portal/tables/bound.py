"""A list as one request asks for it: what its template draws, and the answers it gives itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from identity.lists import selectors as lists_selectors
from identity.lists.contracts import SIZES, RowHeight, Wish
from marketplace.portal import figures, pager
from marketplace.portal.access import PortalRequest
from marketplace.portal.tables import acting, cells, exporting
from marketplace.portal.tables.asked import SORT, Asked
from marketplace.portal.tables.columns import FALLING, ListColumn, Shows
from marketplace.portal.tables.declared import ListAct, ListTable, Quick
from marketplace.portal.tables.narrowing import FilterChip, Narrowing, written_count
from marketplace.portal.tables.sources import COUNT_MAX, Computed, Queried, SortedBy, Source

WISHES: Final = "wishes_of_lists"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column, and where it leads to if the list can be sorted by it."""

    column: ListColumn
    label: str
    address: str
    sorted: str  # as ARIA calls it; empty where the list is sorted by something else


@dataclass(frozen=True, slots=True)
class ListCell:
    """What one row shows in one column."""

    column: ListColumn
    html: SafeString
    label: str


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row as it is drawn."""

    it: Any
    id: str
    label: str
    tone: str
    cells: list[ListCell]


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A view with a name above the list."""

    label: str
    address: str
    is_current: bool
    id: str = ""  # of one that the reader keeps


class BoundTable:
    """One list in one request."""

    def __init__(
        self,
        table: ListTable,
        request: PortalRequest,
        source: Source,
        *,
        dress: Callable[[Sequence[Any]], Sequence[Any]],
        path: str,
    ) -> None:
        self.table, self.request = table, request
        self._whole, self._dress = source, dress
        self.asked = Asked(request.GET, path, table.prefix)
        self.actor = getattr(request, "actor", None)  # Public pages have readers who are nobody.

    # --- What is wanted ------------------------------------------------------------------------
    @cached_property
    def wish(self) -> Wish:
        """Return how the reader wants this list; all lists of a page are asked for at once."""
        if not self.actor:
            return Wish()
        if not hasattr(self.request, WISHES):
            setattr(self.request, WISHES, lists_selectors.wishes(self.actor))
        wishes: dict[str, Wish] = getattr(self.request, WISHES)
        return wishes.get(self.table.name, Wish())

    @cached_property
    def narrowing(self) -> Narrowing | None:
        """Return what the list is narrowed by, if it can be."""
        if self.table.filters is None or not isinstance(self._whole, Queried | Computed):
            return None
        return Narrowing(self.table.filters, self._whole, self.asked, self.table.shown_filters)

    @property
    def source(self) -> Source:
        """Return the rows that pass the filters."""
        return self.narrowing.source if self.narrowing else self._whole

    @property
    def chips(self) -> list[FilterChip]:
        """Return a chip for each filter that holds."""
        return self.narrowing.chips if self.narrowing else []

    @cached_property
    def columns(self) -> list[ListColumn]:
        """Return the columns that the reader may see and chose."""
        return [column for column in self.open_columns if self.shows(column)]

    @cached_property
    def open_columns(self) -> list[ListColumn]:
        """Return the columns that the reader may see."""
        return [
            column
            for column in self.table.columns
            if not column.roles or (self.actor and self.actor.has_role(*column.roles))
        ]

    def shows(self, column: ListColumn) -> bool:
        """Return whether the reader chose a column."""
        if column.is_fixed or column.kind is Shows.ACT:
            return True
        return column.key in self.wish.columns if self.wish.columns else column.is_on

    @property
    def choices(self) -> list[tuple[ListColumn, bool]]:
        """Return the columns that can be chosen, and whether each is."""
        return [
            (column, self.shows(column))
            for column in self.open_columns
            if column.kind is not Shows.ACT and column.label
        ]

    @property
    def is_compact(self) -> bool:
        """Return whether rows are low."""
        return self.wish.density == RowHeight.COMPACT

    @property
    def size(self) -> int:
        """Return how many rows a page has."""
        return self.wish.size or self.table.size

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return how many rows a page may have."""
        return SIZES

    # --- The order -----------------------------------------------------------------------------
    @cached_property
    def order(self) -> SortedBy | None:
        """Return what the list is sorted by; an order that it does not know is its own."""
        for wanted in (self.asked.sort, self.table.order):
            key = wanted.removeprefix("-")
            column = next((c for c in self.open_columns if c.sort and c.key == key), None)
            if column is not None:
                return SortedBy(column.sort, column.of, wanted.startswith("-"))
        return None

    @property
    def _sorted_by(self) -> str:
        known = {c.key for c in self.open_columns if c.sort}
        asked = self.asked.sort
        return asked if asked.removeprefix("-") in known else self.table.order

    @property
    def heads(self) -> list[Head]:
        """Return the heads of the columns."""
        return [self._head(column) for column in self.columns]

    def _label(self, column: ListColumn) -> str:
        """Return the word of a column, with the zone of its times and the sign of its amounts."""
        if column.kind is Shows.TIME and column.label:
            times = (moment for it in self._page[0] if (moment := column.of(it)) is not None)
            first = next(times, None)
            return f"{column.label} ({figures.zone_name(first)})" if first else str(column.label)
        return f"{column.label} ¥" if column.kind is Shows.MONEY else str(column.label)

    def _head(self, column: ListColumn) -> Head:
        label = self._label(column)
        if not column.sort:
            return Head(column, label, "", "")
        now = self._sorted_by
        is_own = now.removeprefix("-") == column.key
        falls = column.kind in FALLING if not is_own else not now.startswith("-")
        wanted = f"-{column.key}" if falls else column.key
        address = self.asked.address(and_={self.asked.name(SORT): [wanted]})
        told = ("descending" if now.startswith("-") else "ascending") if is_own else ""
        return Head(column, label, address, told)

    # --- The page ------------------------------------------------------------------------------
    @cached_property
    def _page(self) -> tuple[list[Any], pager.Pager]:
        name, path = self.asked.cursor, self.asked.path
        cursor = pager.cursor_of(self.request, name)
        scope = pager.page_scope_of(self.request, name, path)
        page = self.source.page(self.order, size=self.size, cursor=cursor, scope=scope)
        beside = "" if path == self.request.path else path
        links = pager.pager(self.request, page.next, page.previous, name, beside)
        return list(self._dress(page.rows)), links

    @property
    def pages(self) -> pager.Pager:
        """Return the links to the neighbouring pages."""
        return self._page[1]

    @cached_property
    def rows(self) -> list[ListRow]:
        """Return the rows of the page."""
        return [self._row(it) for it in self._page[0]]

    def drawn(self, rows: Sequence[Any]) -> list[ListRow]:
        """Return rows as the list draws them."""
        return [self._row(it) for it in self._dress(rows)]

    def _row(self, it: Any) -> ListRow:
        table = self.table
        return ListRow(
            it=it,
            id=str(table.row_id(it) if table.row_id else getattr(it, "pk", "")),
            label=str(table.row_label(it) if table.row_label else self.columns[0].of(it)),
            tone=table.tone(it) if table.tone else "",
            cells=[self._cell(column, it) for column in self.columns],
        )

    def _cell(self, column: ListColumn, it: Any) -> ListCell:
        html = SafeString() if column.template else cells.shown(column, it)
        return ListCell(column, html, self._label(column))

    @property
    def totals(self) -> list[str]:
        """Return the sums of the page, a text a column; nothing where no column has one."""
        if not any(column.total for column in self.columns) or len(self.rows) < 2:
            return []
        return [self._total(column) if column.total else "" for column in self.columns]

    @property
    def footed(self) -> list[tuple[Head, str]]:
        """Return the heads, each with the sum of its column."""
        return list(zip(self.heads, self.totals, strict=True))

    def _total(self, column: ListColumn) -> str:
        values = [value for row in self.rows if (value := column.of(row.it)) is not None]
        total = sum(values)
        if column.kind is Shows.MONEY:
            return figures.grouped(Decimal(total).scaleb(-2), 2)
        return figures.grouped(total, None if isinstance(total, int) else cells.DIGITS)

    @cached_property
    def count(self) -> int:
        """Return how many rows pass the filters, counted up to a bound."""
        if not self.pages.is_needed:
            return len(self._page[0])
        return self.source.count(COUNT_MAX + 1)

    @property
    def is_counted(self) -> bool:
        """Return whether it is known how many rows there are."""
        return not self.pages.is_needed or isinstance(self._whole, Queried | Computed)

    @property
    def counted(self) -> str:
        """Return how many rows pass, in words: `37`, `10,000+`."""
        return written_count(self.count)

    @property
    def is_narrowed(self) -> bool:
        """Return whether any filter holds, or one cannot be read."""
        return bool(self.chips) or bool(self.narrowing and self.narrowing.errors)

    # --- Views ---------------------------------------------------------------------------------
    @property
    def tabs(self) -> list[ViewTab]:
        """Return the views with a name: all of it, the list's own, the reader's."""
        if not self.table.quick and not self.wish.views:
            return []
        own = [self._quick(each) for each in self.table.quick]
        kept = [
            ViewTab(
                view.name, f"{self.asked.path}?{view.query}", self._asks(view.query), str(view.id)
            )
            for view in self.wish.views
        ]
        is_some = any(tab.is_current for tab in own + kept)
        everything = ViewTab(_("All"), self.asked.path, not is_some and not self.is_narrowed)
        return [everything, *own, *kept]

    def _quick(self, quick: Quick) -> ViewTab:
        chosen = {name: sorted(values) for name, values in self._filters_asked().items()}
        is_current = chosen == {name: sorted(values) for name, values in quick.query.items()}
        address = self.asked.address(without=self._filters_asked(), and_=quick.query)
        return ViewTab(str(quick.label), address, is_current)

    def _filters_asked(self) -> dict[str, list[str]]:
        kept = self.asked.kept([self.asked.name(SORT)])
        return {name: [v for v in values if v] for name, values in kept.lists() if any(values)}

    def _asks(self, query: str) -> bool:
        return self.query == query

    @property
    def query(self) -> str:
        """Return what a view keeps: filters and order, no page."""
        return self.asked.kept().urlencode()

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Return what the form of filters sends along: what other lists of the page ask for."""
        own = [*(self.narrowing.names if self.narrowing else ()), self.asked.sort_name]
        return [(name, value) for name, values in self.asked.kept(own).lists() for value in values]

    # --- Acts and files ------------------------------------------------------------------------
    @cached_property
    def acts(self) -> list[ListAct]:
        """Return what the reader may do to several rows."""
        return [
            act
            for act in self.table.acts
            if not act.roles or (self.actor and self.actor.has_role(*act.roles))
        ]

    @property
    def is_picked(self) -> bool:
        """Return whether rows can be picked."""
        return bool(self.acts) and bool(self.rows)

    @property
    def files(self) -> list[tuple[str, str]]:
        """Return the files that the list can be had as, with their addresses."""
        if not self.table.is_written:
            return []
        name = self.asked.name("export")
        return [
            (label, self.asked.address(and_={name: [form]}))
            for form, label in exporting.FORMATS.items()
        ]

    @property
    def written_rows(self) -> str:
        """Return how many rows a file of the list has."""
        return figures.grouped(min(self.count, exporting.ROWS_MAX))

    @property
    def is_cut(self) -> bool:
        """Return whether a file of the list has not all of its rows."""
        return self.count > exporting.ROWS_MAX

    def first(self, limit: int) -> list[Any]:
        """Return the first rows that the filters let pass, in the list's order."""
        return list(self.source.first(self.order, limit))

    def dressed(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Return rows with what else the list shows of them."""
        return self._dress(rows)

    def picked(self, ids: Sequence[str]) -> list[Any]:
        """Return the rows of the list that were picked; what it does not hold is left out."""
        return list(self._whole.picked(ids).first(None, len(ids)))

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """Return the orders that the list knows, for screens without heads."""
        found = []
        for column in self.open_columns:
            for sign, way in (("", "↑"), ("-", "↓")) if column.sort else ():
                key = f"{sign}{column.key}"
                found.append((key, f"{column.label} {way}", key == self._sorted_by))
        return found

    def answer(
        self, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """Answer a request for a page of this list alone: a file, an act, or the page."""
        return answer_lists(self.request, template, self, context=context, status=status)


def answer_lists(
    request: PortalRequest,
    template: str,
    *tables: BoundTable,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer a request for a page of lists: the file of one, an act on one, or the page."""
    for table in tables:
        if table.table.is_written and table.asked.export in exporting.FORMATS:
            return exporting.answered(table, table.asked.export)
        if request.method == "POST" and request.POST.get(acting.LIST) == table.table.name:
            return acting.answered(table)
    given: dict[str, Any] = {"table": tables[0], "pages": tables[0].pages}
    given |= {table.table.name.replace("-", "_"): table for table in tables[1:]}
    given |= {f"{table.table.name}_pages": table.pages for table in tables[1:]}
    return render(request, template, given | (context or {}), status=status)
