"""
Pages of a list by key, forward and back: page 1,000 costs what page 1 costs.

A cursor holds every value that the list is sorted by, of the row at the page's edge, so that rows
alike in some of them are told apart and each row is on one page. It is signed together with its
scope: whose list it is, which, under which filters and in which order. Nothing else opens it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import BooleanField, Expression, F, Field, Func, Model, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput

CURSOR_LENGTH_MAX: Final = 2_000
FIELD: Final = "cursor"

RowT = TypeVar("RowT")
ModelT = TypeVar("ModelT", bound=Model)
Scope = tuple[str, ...]


class InvalidCursor(InvalidInput):
    """A cursor was cut or made up, or is one of another list."""

    code = "invalid_cursor"
    sentence = _("This cursor is damaged, or belongs to another list. Begin at the first page.")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: beyond a row of these values, or at it, in one direction."""

    values: tuple[Any, ...]
    is_backward: bool = False
    is_inclusive: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[RowT]):
    """A page of a list, and the cursors of its neighbours; empty where there is none."""

    rows: list[RowT]
    next: str
    previous: str


# --- Cursors -----------------------------------------------------------------------------------
def cursor_at(position: Position, *, scope: Scope) -> str:
    """Return the cursor that leads to a position of one list."""
    values = [_text(value) for value in position.values]
    content = [int(position.is_backward), int(position.is_inclusive), values]
    return _signer(scope).sign_object(content)


def position_of(cursor: str, *, scope: Scope) -> Position | None:
    """
    Return where a cursor leads to; an empty one is the beginning.

    :raises InvalidCursor: if it was not made here for this list
    """
    if not cursor:
        return None
    if not cursor.isascii() or len(cursor) > CURSOR_LENGTH_MAX:
        raise InvalidCursor(field=FIELD)
    try:
        is_backward, is_inclusive, values = _signer(scope).unsign_object(cursor)
    except BadSignature as error:
        raise InvalidCursor(field=FIELD) from error
    return Position(tuple(values), bool(is_backward), bool(is_inclusive))


def _signer(scope: Scope) -> Signer:
    digest = sha256("\0".join(scope).encode(errors="backslashreplace")).hexdigest()
    return Signer(salt=f"common.paging.{digest}")


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int | str) else str(value)


# --- Slices ------------------------------------------------------------------------------------
def sliced(
    rows: Sequence[RowT],
    *,
    size: int,
    position: Position | None,
    key: Callable[[RowT], Sequence[Any]],
    scope: Scope,
) -> Slice[RowT]:
    """Make a page of rows that were read from a position on in its direction, one more than fit."""
    is_backward = position is not None and position.is_backward
    kept, has_more = list(rows[:size]), len(rows) > size
    if is_backward:
        kept.reverse()
    if not kept:
        return _empty(position, scope)
    has_next = is_backward or has_more
    has_previous = has_more if is_backward else position is not None
    onward, back = Position(tuple(key(kept[-1]))), Position(tuple(key(kept[0])), is_backward=True)
    return Slice(
        kept,
        cursor_at(onward, scope=scope) if has_next else "",
        cursor_at(back, scope=scope) if has_previous else "",
    )


def _empty(position: Position | None, scope: Scope) -> Slice[Any]:
    """Lead back from where nothing is left, to the row that the cursor was made of."""
    if position is None:
        return Slice([], "", "")
    back = Position(position.values, is_backward=not position.is_backward, is_inclusive=True)
    cursor = cursor_at(back, scope=scope)
    return Slice([], cursor, "") if position.is_backward else Slice([], "", cursor)


def page_of(
    found: QuerySet[ModelT],
    *,
    size: int,
    cursor: str = "",
    scope: Scope = (),
    order: Sequence[str] = (),
) -> Slice[ModelT]:
    """
    Return a page of a list sorted by columns, or annotations, the last of them unique.

    :raises InvalidCursor: if the cursor was not made here for this list
    """
    names = [str(name) for name in order or found.query.order_by]
    columns = [_Column.named(found.model, name, found.query.annotations) for name in names]
    scope = (*scope, found.model._meta.label, *names)
    position = position_of(cursor, scope=scope)
    if position is not None:
        found = found.filter(_beyond(columns, position))
    is_backward = position is not None and position.is_backward
    found = found.order_by(*(column.sorted(is_backward=is_backward) for column in columns))
    return sliced(
        list(found[: size + 1]),
        size=size,
        position=position,
        key=lambda row: [column.value(row) for column in columns],
        scope=scope,
    )


# --- Conditions --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Column:
    """One of the columns that a list is sorted by."""

    name: str
    field: "Field[Any, Any]"
    is_descending: bool

    @classmethod
    def named(cls, model: type[Model], name: str, annotations: Mapping[str, Any]) -> "_Column":
        path = name.removeprefix("-").split("__")
        if path[0] in annotations:
            return cls(path[0], annotations[path[0]].output_field, name.startswith("-"))
        inner: Any = model
        for step in path[:-1]:
            inner = inner._meta.get_field(step).related_model
        field: Any = inner._meta.pk if path[-1] == "pk" else inner._meta.get_field(path[-1])
        return cls("__".join(path), field, name.startswith("-"))

    def value(self, row: Model) -> Any:
        """Return what a row has in this column."""
        return reduce(getattr, self.name.split("__"), row)

    def sorted(self, *, is_backward: bool) -> str:
        """Return the column for `order_by`; PostgreSQL has NULL last, or first if descending."""
        return f"-{self.name}" if self.is_descending != is_backward else self.name

    def beyond(self, value: Any, sign: str) -> Q:
        """Return the rows whose value comes after this one in the direction of walking."""
        is_rising = sign == ">"
        if value is None:  # The last value when rising, the first when falling.
            return Q(pk__in=[]) if is_rising else Q((f"{self.name}__isnull", False))
        further = Q((f"{self.name}__gt" if is_rising else f"{self.name}__lt", value))
        if self.field.null and is_rising:
            further |= Q((f"{self.name}__isnull", True))
        return further

    def equal(self, value: Any) -> Q:
        """Return the rows of the same value."""
        return Q((f"{self.name}__isnull", True)) if value is None else Q((self.name, value))


class _RowBeyond(Func):
    """`(a, b) > (x, y)`: one comparison, which an index of these columns answers by itself."""

    output_field = BooleanField()

    def __init__(self, columns: Sequence[_Column], values: Sequence[Any], sign: str) -> None:
        typed = [
            Value(value, output_field=column.field)
            for column, value in zip(columns, values, strict=True)
        ]
        super().__init__(*(F(column.name) for column in columns), *typed)
        self.sign = sign

    def as_sql(  # type: ignore[override] # of the shape that the compiler calls
        self,
        compiler: Any,
        connection: Any,  # noqa: ARG002
    ) -> tuple[str, list[Any]]:
        """Return the comparison with its parameters."""
        parts: list[Expression] = self.get_source_expressions()
        compiled = [compiler.compile(part) for part in parts]
        texts, parameters = [text for text, _values in compiled], [v for _text, v in compiled]
        half = len(texts) // 2
        left, right = ", ".join(texts[:half]), ", ".join(texts[half:])
        return f"({left}) {self.sign} ({right})", [one for each in parameters for one in each]


def _beyond(columns: list[_Column], position: Position) -> Any:
    """
    Return the condition of the rows from a position on.

    :raises InvalidCursor: if the position does not fit the columns
    """
    if len(position.values) != len(columns):
        raise InvalidCursor(field=FIELD)
    values = [
        column.field.to_python(value)
        for column, value in zip(columns, position.values, strict=True)
    ]
    signs = ["<" if column.is_descending != position.is_backward else ">" for column in columns]
    if len(set(signs)) == 1 and not any(column.field.null for column in columns):
        return _RowBeyond(columns, values, signs[0] + "=" * position.is_inclusive)
    return _spelled_out(columns, values, signs, is_inclusive=position.is_inclusive)


def _spelled_out(
    columns: list[_Column], values: list[Any], signs: list[str], *, is_inclusive: bool
) -> Q:
    """Return the comparison of rows where directions differ or values may be missing."""
    alike, beyond = Q(), Q(pk__in=[])
    for column, value, sign in zip(columns, values, signs, strict=True):
        beyond |= alike & column.beyond(value, sign)
        alike &= column.equal(value)
    if is_inclusive:
        beyond |= alike
    # Implied by the rest; it lets an index of the first column start in the right place.
    return (columns[0].beyond(values[0], signs[0]) | columns[0].equal(values[0])) & beyond
