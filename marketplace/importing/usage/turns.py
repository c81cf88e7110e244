"""The lines of a trace that become orders, and what is known of them from before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from common import tenancy
from marketplace.importing.contracts import BadRow, StepRow, UsageRow
from marketplace.importing.usage.contracts import Imported, ImportPlan, LineEnd
from marketplace.importing.usage.wishes import hash_of_line, placed_at, wish_of
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import ImportedLine, OrderWish
from marketplace.orders.rows import OrderRow

READ_BATCH: Final = 2_000
ROW_DIFFERS: Final = "row_differs"
OTHER_FILE: Final = "other_file"


@dataclass(frozen=True, slots=True)
class LineTurn:
    """A line with the order that it stands for."""

    row: UsageRow
    wish: OrderWish
    placed_at: datetime

    @property
    def imported_line(self) -> ImportedLine:
        """Return what the order remembers of its line."""
        return ImportedLine(self.row.line, hash_of_line(self.row))


def line_turns(
    rows: Iterable[UsageRow | StepRow | BadRow], plan: ImportPlan, imported: Imported
) -> Iterator[LineTurn]:
    """Yield the lines that become orders; note the others."""
    seen: dict[str, int] = {}
    for row in rows:
        imported.rows += row.line not in imported.ends
        if isinstance(row, BadRow):
            imported.refuse(row.line, row.code, row.detail)
            continue
        if isinstance(row, StepRow):
            imported.end(row.line, LineEnd.STEP)
            continue
        wish = wish_of(row, source=plan.file.source, hub=plan.hub)
        if row.identity in seen:
            told = f"{row.subject_name} stands in line {seen[row.identity]}, too"
            imported.refuse(row.line, "duplicate_name", told)
        elif wish is None:
            imported.end(row.line, LineEnd.NEVER_STARTED)
        elif wish.period.ends_at > plan.now:
            imported.refuse(row.line, "in_future", _future(wish, plan))
        else:
            seen[row.identity] = row.line
            imported.end(row.line, LineEnd.KNOWN)
            _note(row, imported)
            yield LineTurn(row, wish, placed_at(row, wish.period))


def _note(row: UsageRow, imported: Imported) -> None:
    """Count what was decided about a row by a rule that its reader may not expect."""
    if row.starts_at is not None and row.outcome:
        imported.note(f"billed runs that ended as {row.outcome}")
    if row.unit == "card-second" and not row.chips:
        imported.note("cards without a kind: any card")


def _future(wish: OrderWish, plan: ImportPlan) -> str:
    ends = wish.period.ends_at.isoformat()
    if plan.file.usage_format == "openb-pods":
        return f"it would end at {ends}, which is not over: choose an earlier --epoch"
    return f"it ends at {ends} (read in {plan.file.zone}), which is not over: see --zone"


def known_orders(plan: ImportPlan, keys: Sequence[str]) -> dict[str, OrderRow]:
    """Return the orders of these keys that were placed before."""
    found: dict[str, OrderRow] = {}
    with tenancy.acting_as_platform():
        own = orders_selectors.orders(buyer_id=plan.buyer_id)
        for start in range(0, len(keys), READ_BATCH):
            for order in own.filter(key__in=keys[start : start + READ_BATCH]):
                found[order.key] = order
    return found


def without_other_rows(
    wanted: Sequence[LineTurn], known: dict[str, OrderRow], plan: ImportPlan, imported: Imported
) -> list[LineTurn]:
    """
    Refuse the lines that say something else than the orders known under their names.

    Where nobody named the source, one such line shows that this is another file of the same name:
    then no new line of it is taken.
    """
    said = _said([order.pk for order in known.values()])
    kept: list[LineTurn] = []
    for turn in wanted:
        order = known.get(turn.wish.key)
        before = said.get(order.pk) if order is not None else None
        if order is None or before is None or before.content_hash == hash_of_line(turn.row):
            kept.append(turn)
            continue
        told = f"{turn.row.subject_name} is known otherwise as order {order.number}"
        imported.refuse(turn.row.line, ROW_DIFFERS, f"{told} (then line {before.line})")
    if len(kept) == len(wanted) or plan.file.is_named:
        return kept
    for turn in kept:
        if turn.wish.key not in known:
            told = f"{plan.file.source} is known with other rows: name this file with --source"
            imported.refuse(turn.row.line, OTHER_FILE, told)
    return [turn for turn in kept if turn.wish.key in known]


def _said(order_ids: Sequence[UUID]) -> dict[UUID, ImportedLine]:
    said: dict[UUID, ImportedLine] = {}
    with tenancy.acting_as_platform():
        for start in range(0, len(order_ids), READ_BATCH):
            said |= orders_selectors.imported_lines(order_ids[start : start + READ_BATCH])
    return said
