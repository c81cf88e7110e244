"""Statements as documents that are sealed: what each says, in texts."""

import json
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from common.documents import HASH, DocumentKind
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import money_text, time_text
from marketplace.statements.models import Statement

COLUMNS: Final = (
    Column("number"),
    Column("kind"),
    Column("side"),
    Column("subject"),
    Column("starts_on"),
    Column("ends_on"),
    Column("issued_at", ColumnType.TIME),
    Column("lines", ColumnType.INTEGER),
    Column("lines_hash"),
    Column("opening", ColumnType.MONEY),
    Column("added", ColumnType.MONEY),
    Column("taken", ColumnType.MONEY),
    Column("closing", ColumnType.MONEY),
    Column("charged", ColumnType.MONEY),
    Column("voucher", ColumnType.MONEY),
    Column("tax", ColumnType.MONEY),
    Column("taxes"),
    Column("balances"),
    Column("cancels"),
    Column("reason"),
    HASH,
)


def balance_texts(balances: list[dict[str, Any]]) -> str:
    """Return balances as one text, in the order of their accounts."""
    ordered = sorted(balances, key=lambda each: str(each["account"]))
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def content(statement: Statement, balances: list[dict[str, Any]], cancels: str) -> dict[str, str]:
    """Return the texts that the hash of a statement covers."""
    return {
        "number": statement.number,
        "kind": statement.kind,
        "side": statement.side,
        "subject": statement.subject,
        "starts_on": statement.starts_on.isoformat(),
        "ends_on": statement.ends_on.isoformat(),
        "issued_at": time_text(statement.issued_at),
        "lines": str(statement.lines_count),
        "lines_hash": statement.lines_hash,
        "opening": money_text(statement.opening_minor),
        "added": money_text(statement.added_minor),
        "taken": money_text(statement.taken_minor),
        "closing": money_text(statement.closing_minor),
        "charged": money_text(statement.charged_minor),
        "voucher": money_text(statement.voucher_minor),
        "tax": money_text(statement.tax_minor),
        "taxes": json.dumps(statement.taxes, separators=(",", ":"), sort_keys=True),
        "balances": balance_texts(balances),
        "cancels": cancels,
        "reason": statement.reason,
    }


def plain_balances(statement: Statement) -> list[dict[str, Any]]:
    """Return the balances of a statement as its document has them."""
    return [
        {
            "account": each.account,
            "asset": each.asset,
            "opening_minor": each.opening_minor,
            "added_minor": each.added_minor,
            "taken_minor": each.taken_minor,
            "closing_minor": each.closing_minor,
            "lines": each.lines_count,
        }
        for each in statement.balances.all()
    ]


def _rows(owner_id: UUID | None) -> QuerySet[Statement]:
    found = Statement.objects.select_related("cancels").prefetch_related("balances")
    return found if owner_id is None else found.filter(organization_id=owner_id)


def _content(statement: Statement) -> dict[str, str]:
    cancels = statement.cancels.number if statement.cancels else ""
    return content(statement, plain_balances(statement), cancels)


STATEMENTS: Final = DocumentKind(
    name="statements.statement",
    form=1,
    columns=COLUMNS,
    rows=_rows,
    content=_content,
    moment="issued_at",
    reference="number",
    order=("sequence",),
    stored_hash="content_hash",
)
