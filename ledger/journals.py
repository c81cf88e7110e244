"""
Journals as files: CSV, hledger and beancount.

In the two plain-text formats debits are positive. Accounts stand below a root that their rule
gives: what may not be overdrawn by its owner is a liability of the market, what may not be oversold
an asset, everything else equity.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Final

from common.money import EXACT
from ledger import selectors
from ledger.contracts import PostedTransfer, Statement

ROOTS: Final = {"D": "Liabilities", "C": "Assets", "N": "Equity"}
COLUMNS: Final = (
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
MEDIA_TYPES: Final = {"csv": "text/csv", "hledger": "text/plain", "beancount": "text/plain"}
ENDINGS: Final = {"csv": "csv", "hledger": "journal", "beancount": "beancount"}
_COMMODITY_MAX: Final = 24  # of beancount
RuleOf = Callable[[str], str]


def amount_text(minor: int, scale: int) -> str:
    """Return an amount in plain digits of the major unit."""
    return f"{Decimal(minor).scaleb(-scale, context=EXACT):f}"


def written(transfers: Iterable[PostedTransfer], *, form: str) -> str:
    """Return transfers as `csv`, `hledger` or `beancount`."""
    found = list(transfers)
    if form == "csv":
        return csv_journal(found)
    rules = selectors.rules_of(_codes(found))
    write = hledger_journal if form == "hledger" else beancount_journal
    return write(found, rule_of=rules.__getitem__)


def csv_journal(transfers: Iterable[PostedTransfer]) -> str:
    """Return transfers as CSV; text that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in transfers:
        writer.writerow(
            [
                one.id,
                one.effective_at.isoformat(),
                one.recorded_at.isoformat(),
                one.op.name.lower(),
                harmless(one.debit),
                harmless(one.credit),
                one.asset,
                amount_text(one.amount, one.scale),
                one.reason,
                harmless(one.reference),
                one.group or "",
                one.hold_id or "",
                one.expires_at.isoformat() if one.expires_at else "",
                one.reverses or "",
            ]
        )
    return out.getvalue()


def csv_statement(statement: Statement) -> str:
    """Return a statement's lines as CSV, newest first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["entry", *COLUMNS, "change", "balance"])
    rows = list(csv.reader(io.StringIO(csv_journal(line.transfer for line in statement.lines))))
    for line, row in zip(statement.lines, rows[1:], strict=True):
        change = amount_text(line.change, statement.scale)
        writer.writerow([line.entry, *row, change, amount_text(line.balance, statement.scale)])
    return out.getvalue()


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def hledger_journal(transfers: Iterable[PostedTransfer], *, rule_of: RuleOf) -> str:
    """Return a journal that `hledger check --strict` accepts."""
    found = list(transfers)

    def account(code: str) -> str:
        return f"{ROOTS[rule_of(code)].lower()}:{code}"

    def lines() -> Iterator[str]:
        for asset, scale in sorted({(one.asset, one.scale) for one in found}):
            yield f'commodity {amount_text(0, scale) if scale else "0."} "{asset}"'
        for code in sorted(_codes(found)):
            yield f"account {account(code)}"
        for one in found:
            amount = amount_text(one.amount, one.scale)
            yield ""
            yield f"{one.effective_at:%Y-%m-%d} * ({one.id}) {one.reason}{_comment(one)}"
            yield f'    {account(one.debit)}    {amount} "{one.asset}"'
            yield f'    {account(one.credit)}    -{amount} "{one.asset}"'

    return "\n".join(lines()) + "\n"


def _comment(one: PostedTransfer) -> str:
    """Return the reference as a comment, where control characters cannot start a line."""
    if not one.reference:
        return ""
    return "  ; reference: " + re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", one.reference)


def beancount_journal(transfers: Iterable[PostedTransfer], *, rule_of: RuleOf) -> str:
    """Return a journal that `bean-check` accepts."""
    found = list(transfers)
    accounts = {code: _beancount_account(ROOTS[rule_of(code)], code) for code in _codes(found)}

    def lines() -> Iterator[str]:
        first = min((one.effective_at for one in found), default=None)
        for asset in sorted({one.asset for one in found}):
            yield f"{first:%Y-%m-%d} commodity {_beancount_commodity(asset)}"
        for code in sorted(accounts):
            yield f"{first:%Y-%m-%d} open {accounts[code]}"
        for one in found:
            amount = amount_text(one.amount, one.scale)
            commodity = _beancount_commodity(one.asset)
            yield ""
            yield f"{one.effective_at:%Y-%m-%d} * {_quoted(one.reason)}"
            yield f'  id: "{one.id}"'
            if one.reference:
                yield f"  reference: {_quoted(one.reference)}"
            yield f"  {accounts[one.debit]}  {amount} {commodity}"
            yield f"  {accounts[one.credit]}  -{amount} {commodity}"

    return "\n".join(lines()) + "\n"


def _codes(transfers: Iterable[PostedTransfer]) -> set[str]:
    return {code for one in transfers for code in (one.debit, one.credit)}


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
