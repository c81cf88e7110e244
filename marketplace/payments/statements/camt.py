"""
CAMT.053 (ISO 20022), any version of it.

The file is a stranger's: a document type, an entity or a reference to another file is refused
before anything is expanded (`defusedxml`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.moments import parse_day
from common.money import Money
from marketplace.payments.contracts import STATEMENT_LINES_MAX, StatementRefused
from marketplace.payments.statements.lines import (
    ReadLine,
    ReadStatement,
    at_line,
    cut,
    too_long,
)

DEBIT: Final = "DBIT"


def read_camt(raw: bytes) -> ReadStatement:
    """
    Return the statement of a file.

    :raises StatementRefused: if it is none, holds several, or its sums do not agree
    """
    try:
        root = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise StatementRefused(field="file", problem=f"XML: {type(error).__name__}") from error
    statements = [each for each in root.iter() if _name(each) == "Stmt"]
    if len(statements) != 1:
        told = _("%(count)s statements, not 1") % {"count": len(statements)}
        raise StatementRefused(field="file", problem=told)
    found = statements[0]
    lines = tuple(_lines(found))
    if len(lines) > STATEMENT_LINES_MAX:
        raise StatementRefused(field="file", problem=too_long())
    account = _text(found, "Acct", "Id", "IBAN") or _text(found, "Acct", "Id", "Othr", "Id")
    balances = dict(_balances(found))
    return ReadStatement(
        "CAMT053",
        cut(account, 64),
        lines,
        balances.get("OPBD", balances.get("PRCD")),
        balances.get("CLBD"),
    )


def _lines(statement: Element) -> Iterator[ReadLine]:
    for number, entry in enumerate(_all(statement, "Ntry"), start=1):
        if _text(entry, "Sts", "Cd") in ("PDNG", "INFO") or _text(entry, "Sts") in ("PDNG", "INFO"):
            continue
        details = _first(_first(entry, "NtryDtls"), "TxDtls")
        is_out = _text(entry, "CdtDbtInd") == DEBIT
        party = "Cdtr" if is_out else "Dbtr"
        parties = _first(details, "RltdPties")
        name = _text(parties, party, "Nm") or _text(parties, party, "Pty", "Nm")
        account = _first(_first(parties, f"{party}Acct"), "Id")
        remitted = _first(details, "RmtInf")
        texts = [each.text or "" for each in _all(remitted, "Ustrd")]
        texts += [
            each.text or ""
            for each in (remitted.iter() if remitted is not None else ())
            if _name(each) == "Ref"
        ]
        texts += [_text(details, "Refs", "EndToEndId"), _text(entry, "AddtlNtryInf")]
        yield ReadLine(
            line=number,
            amount_minor=_amount(_first(entry, "Amt"), is_out=is_out, line=number),
            booked_on=_day(entry, number),
            reference=cut(
                _text(entry, "AcctSvcrRef") or _text(details, "Refs", "AcctSvcrRef"), 120
            ),
            text=cut(" ".join(each for each in texts if each and each != "NOTPROVIDED"), 500),
            party=cut(name, 200),
            party_account=cut(_text(account, "IBAN") or _text(account, "Othr", "Id"), 64),
        )


def _balances(statement: Element) -> Iterator[tuple[str, int]]:
    for balance in _all(statement, "Bal"):
        code = _text(balance, "Tp", "CdOrPrtry", "Cd")
        is_out = _text(balance, "CdtDbtInd") == DEBIT
        yield code, _amount(_first(balance, "Amt"), is_out=is_out, line=0)


def _amount(found: Element | None, *, is_out: bool, line: int) -> int:
    if found is None or found.get("Ccy") != "CNY":
        raise StatementRefused(field="file", problem=at_line(line, _("no amount in CNY")))
    try:
        minor = Money.parse((found.text or "").strip()).minor
    except InvalidInput as error:
        raise StatementRefused(field="file", problem=at_line(line, error)) from error
    return -minor if is_out else minor


def _day(entry: Element, line: int) -> date:
    text = _text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm")[:10]
    try:
        return parse_day(text)
    except InvalidInput as error:
        raise StatementRefused(field="file", problem=at_line(line, error)) from error


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [each for each in element if _name(each) == name]


def _first(element: Element | None, name: str) -> Element | None:
    return next(iter(_all(element, name)), None)


def _text(element: Element | None, *names: str) -> str:
    for name in names:
        element = _first(element, name)
    return "" if element is None else (element.text or "").strip()
