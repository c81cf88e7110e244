"""
Journals as files: CSV, hledger and beancount.

In the two plain-text formats debits are positive and dates are the market's: of taking effect in a
journal, of booking in a statement. Accounts stand below assets, liabilities, revenue or equity, as
`ledger.classes` says. A statement begins with the balance before it, and its last line lets the
reader's program check the balance after it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final

from common.moments import market_date
from common.money import EXACT
from common.period import Period
from common.tabular.columns import Column, ColumnType
from common.tabular.writing import csv_text
from ledger import selectors
from ledger.contracts import AccountStatement, PeriodStatement, PostedTransfer

COLUMNS: Final = tuple(
    Column(name, ColumnType.QUANTITY if name == "amount" else ColumnType.TEXT)
    for name in (
        "id",
        "effective_at",
        "recorded_at",
        "operation",
        "debit",
        "credit",
        "asset",
        "amount",
        "reason",
        "reference",
        "group",
        "hold_id",
        "expires_at",
        "reverses",
    )
)
STATEMENT_COLUMNS: Final = (
    Column("entry"),
    *COLUMNS,
    Column("change", ColumnType.QUANTITY),
    Column("balance", ColumnType.QUANTITY),
)
MEDIA_TYPES: Final = {"csv": "text/csv", "hledger": "text/plain", "beancount": "text/plain"}
ENDINGS: Final = {"csv": "csv", "hledger": "journal", "beancount": "beancount"}
_COMMODITY_MAX: Final = 24  # of beancount
# Names that no account's code can make.
_HLEDGER_OPENING: Final = "equity:opening balances"
_BEANCOUNT_OPENING: Final = "Equity:Opening-Balances"
RootOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Balances:
    """What an account held before a file begins and after it ends; debits are positive."""

    account: str
    asset: str
    scale: int
    begins_on: date  # no transfer of the file is booked earlier
    ends_on: date  # nor later
    opening: str
    closing: str


def amount_text(minor: int, scale: int) -> str:
    """Return an amount in plain digits of the major unit."""
    return f"{Decimal(minor).scaleb(-scale, context=EXACT):f}"


def written(transfers: Iterable[PostedTransfer], *, form: str) -> str:
    """Return transfers as `csv`, `hledger` or `beancount`."""
    found = list(transfers)
    if form == "csv":
        return csv_journal(found)
    return _plain_text(found, None, form=form)


def written_statement(statement: PeriodStatement, *, period: Period, form: str) -> str:
    """Return the statement of a whole period as `csv`, `hledger` or `beancount`."""
    if form == "csv":
        return csv_statement(statement)
    posted = [line.transfer for line in reversed(statement.lines) if line.transfer.op.moves]
    opening, closing = statement.opening, statement.closing
    balances = Balances(
        account=statement.account,
        asset=statement.asset,
        scale=statement.scale,
        begins_on=market_date(period.starts_at),
        ends_on=market_date(period.ends_at - timedelta(microseconds=1)),
        opening=amount_text(opening.debits - opening.credits, statement.scale),
        closing=amount_text(closing.debits - closing.credits, statement.scale),
    )
    return _plain_text(posted, balances, form=form)


def _plain_text(found: list[PostedTransfer], balances: Balances | None, *, form: str) -> str:
    roots = selectors.roots_of(_codes(found, balances))
    write = hledger_journal if form == "hledger" else beancount_journal
    return write(found, balances, root_of=roots.__getitem__)


def csv_journal(transfers: Iterable[PostedTransfer]) -> str:
    """Return transfers as CSV."""
    return csv_text(COLUMNS, map(_cells, transfers))


def csv_statement(statement: AccountStatement | PeriodStatement) -> str:
    """Return a statement's lines as CSV, newest first."""
    scale = statement.scale
    return csv_text(
        STATEMENT_COLUMNS,
        (
            [
                str(line.entry),
                *_cells(line.transfer),
                amount_text(line.change, scale),
                amount_text(line.balance, scale),
            ]
            for line in statement.lines
        ),
    )


def _cells(one: PostedTransfer) -> list[str]:
    return [
        str(one.id),
        one.effective_at.isoformat(),
        one.recorded_at.isoformat(),
        one.op.name.lower(),
        one.debit,
        one.credit,
        one.asset,
        amount_text(one.amount, one.scale),
        one.reason,
        one.reference,
        str(one.group or ""),
        str(one.hold_id or ""),
        one.expires_at.isoformat() if one.expires_at else "",
        str(one.reverses or ""),
    ]


def hledger_journal(
    transfers: Iterable[PostedTransfer], balances: Balances | None = None, *, root_of: RootOf
) -> str:
    """Return a journal that `hledger check --strict` accepts."""
    found = list(transfers)

    def account(code: str) -> str:
        return f"{root_of(code).lower()}:{code}"

    def lines() -> Iterator[str]:
        for asset, scale in sorted(_assets(found, balances)):
            yield f'commodity {amount_text(0, scale) if scale else "0."} "{asset}"'
        for code in sorted(_codes(found, balances)):
            yield f"account {account(code)}"
        if balances:
            yield f"account {_HLEDGER_OPENING}\n"
            yield f"{balances.begins_on} * opening balance"
            # Assigned, not added: a file that follows the one before it adds nothing.
            yield f'    {account(balances.account)}    = {balances.opening} "{balances.asset}"'
            yield f"    {_HLEDGER_OPENING}"
        for one in found:
            amount = amount_text(one.amount, one.scale)
            day = _day(one, balances)
            yield f"\n{day} * ({one.id}) {one.reason}{_comment(one, day)}"
            yield f'    {account(one.debit)}    {amount} "{one.asset}"'
            yield f'    {account(one.credit)}    -{amount} "{one.asset}"'
        if balances:
            asset = f'"{balances.asset}"'
            yield f"\n{balances.ends_on} * closing balance"
            yield f"    {account(balances.account)}    0 {asset} = {balances.closing} {asset}"

    return "\n".join(lines()) + "\n"


def _day(one: PostedTransfer, balances: Balances | None) -> date:
    """Return the day that a transfer stands under: in a statement that of its booking."""
    return market_date(one.recorded_at if balances else one.effective_at)


def _comment(one: PostedTransfer, day: date) -> str:
    """Return what stands behind a transfer; no control character can start a line."""
    parts = []
    if (effect := market_date(one.effective_at)) != day:
        parts.append(f"effective: {effect}")
    if one.reference:
        plain = re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", one.reference)
        parts.append(f"reference: {plain}")
    return "  ; " + ", ".join(parts) if parts else ""


def beancount_journal(
    transfers: Iterable[PostedTransfer], balances: Balances | None = None, *, root_of: RootOf
) -> str:
    """Return a journal that `bean-check` accepts."""
    found = list(transfers)
    codes = _codes(found, balances)
    accounts = {code: _beancount_account(root_of(code), code) for code in codes}
    first = balances.begins_on if balances else _first_day(found)

    def lines() -> Iterator[str]:
        yield 'option "name_income" "Revenue"'
        for asset, _ in sorted(_assets(found, balances)):
            yield f"{first} commodity {_beancount_commodity(asset)}"
        for code in sorted(accounts):
            yield f"{first} open {accounts[code]}"
        if balances:
            amount = f"{balances.opening} {_beancount_commodity(balances.asset)}"
            yield f"{first} open {_BEANCOUNT_OPENING}\n"
            yield f'{first} * "opening balance"'
            yield f"  {accounts[balances.account]}  {amount}"
            yield f"  {_BEANCOUNT_OPENING}"
        for one in found:
            amount = f"{amount_text(one.amount, one.scale)} {_beancount_commodity(one.asset)}"
            day = _day(one, balances)
            yield f"\n{day} * {_quoted(one.reason)}"
            yield from _metadata(one, day)
            yield f"  {accounts[one.debit]}  {amount}"
            yield f"  {accounts[one.credit]}  -{amount}"
        if balances:
            amount = f"{balances.closing} {_beancount_commodity(balances.asset)}"
            after = balances.ends_on + timedelta(days=1)  # it is checked as a day begins
            yield f"\n{after} balance {accounts[balances.account]}  {amount}"

    return "\n".join(lines()) + "\n"


def _metadata(one: PostedTransfer, day: date) -> Iterator[str]:
    yield f'  id: "{one.id}"'
    if (effect := market_date(one.effective_at)) != day:
        yield f"  effective: {effect}"
    if one.reference:
        yield f"  reference: {_quoted(one.reference)}"


def _first_day(transfers: Iterable[PostedTransfer]) -> date | None:
    return min((market_date(one.effective_at) for one in transfers), default=None)


def _assets(
    transfers: Iterable[PostedTransfer], balances: Balances | None = None
) -> set[tuple[str, int]]:
    also = {(balances.asset, balances.scale)} if balances else set()
    return {(one.asset, one.scale) for one in transfers} | also


def _codes(transfers: Iterable[PostedTransfer], balances: Balances | None = None) -> set[str]:
    also = {balances.account} if balances else set()
    return {code for one in transfers for code in (one.debit, one.credit)} | also


def _beancount_account(root: str, code: str) -> str:
    """Return an account's name in beancount's alphabet; what does not fit is told apart by hash."""
    parts = [re.sub(r"[^A-Za-z0-9-]", "-", part) for part in code.split(":")]
    named = [part[:1].upper() + part[1:] for part in parts]
    if all(part[:1].isalnum() for part in named) and _is_restorable(code):
        return ":".join([root, *named])
    return f"{root}:X{sha256(code.encode()).hexdigest()[:16]}"


def _is_restorable(code: str) -> bool:
    return re.fullmatch(r"[a-z0-9][a-z0-9_]*(:[A-Za-z0-9][A-Za-z0-9-]*)*", code) is not None


def _beancount_commodity(asset: str) -> str:
    """Return an asset's name in beancount's alphabet of 24 characters at most."""
    name = re.sub(r"[^A-Z0-9'._-]", "-", asset.upper())
    if name == asset and re.fullmatch(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]", name):
        return name
    return "X" + sha256(asset.encode()).hexdigest()[: _COMMODITY_MAX - 1].upper()


def _quoted(text: str) -> str:
    return json.dumps(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", text), ensure_ascii=False)
