"""Whom statements are of, and which accounts of the ledger stand on them."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from common.errors import InvalidInput
from ledger import selectors as ledger_selectors
from ledger.contracts import NumberedAccount
from marketplace import accounts
from marketplace.accounts import AccountKind
from marketplace.statements.contracts import SIDES, BillSide, Subject
from marketplace.vouchers import selectors as vouchers_selectors

# What the sums on top of a statement are of; all accounts stand below.
HEADLINES: Final[dict[BillSide, frozenset[AccountKind]]] = {
    BillSide.BUYER: frozenset({AccountKind.BUYER_CASH}),
    BillSide.PROVIDER: frozenset({AccountKind.PROVIDER_PAYABLE, AccountKind.PROVIDER_RECEIVABLE}),
    BillSide.PROGRAMME: frozenset({AccountKind.VOUCHER_POOL}),
    BillSide.MARKET: frozenset({AccountKind.PLATFORM_FEE}),
}
MARKET: Final = Subject(BillSide.MARKET)
_OWNERS_AT_ONCE: Final = 1_000


def of_organization(side: BillSide, organization_id: UUID) -> Subject:
    """Return a side of an organisation."""
    return Subject(side, str(organization_id), organization_id)


def accounts_of(subject: Subject) -> list[NumberedAccount]:
    """Return the accounts on a statement."""
    kinds = SIDES[subject.side]
    if subject.side is BillSide.MARKET:
        return ledger_selectors.numbered(kinds=kinds)
    if subject.side is BillSide.PROGRAMME:
        return ledger_selectors.numbered(kinds=kinds, asset=accounts.programme_asset(subject.key))
    return ledger_selectors.numbered(kinds=kinds, owner_id=subject.organization_id)


def sign_of(subject: Subject, kind: str) -> int:
    """
    Return the sign by which credits stand on a statement.

    What is credited to somebody is theirs. In the market's own books what it has is debited.
    """
    is_asset = accounts.CLASSES[AccountKind(kind)] is accounts.AccountClass.ASSETS
    return -1 if subject.side is BillSide.MARKET and is_asset else 1


def place(subject: Subject) -> str:
    """Return a subject's place in the row of all."""
    return f"{subject.side} {subject.key}"


def all_of_them(*, after: str = "") -> Iterator[Subject]:
    """Yield everybody whom statements may be of, in the order of their places."""
    if after < BillSide.BUYER or after.startswith(BillSide.BUYER):
        yield from _owners(BillSide.BUYER, after)
    if place(MARKET) > after:
        yield MARKET
    programmes = sorted(vouchers_selectors.programmes(), key=lambda each: each.code)
    for programme in programmes:
        found = Subject(BillSide.PROGRAMME, programme.code, programme.issuer_id)
        if place(found) > after:
            yield found
    yield from _owners(BillSide.PROVIDER, after)


def _owners(side: BillSide, after: str) -> Iterator[Subject]:
    """Yield the sides of organisations; identifiers sort as their texts do."""
    last = UUID(after.split(" ")[1]) if after.startswith(f"{side} ") else None
    while True:
        owners = ledger_selectors.owners(kinds=SIDES[side], after=last, limit=_OWNERS_AT_ONCE)
        for owner in owners:
            yield of_organization(side, owner)
        if len(owners) < _OWNERS_AT_ONCE:
            return
        last = owners[-1]


def find(side: str, *, organization_id: UUID | None = None, programme: str = "") -> Subject:
    """
    Return whom somebody names.

    :raises InvalidInput: if they do not say whom
    """
    if side == BillSide.MARKET:
        return MARKET
    if side == BillSide.PROGRAMME:
        for each in vouchers_selectors.programmes().filter(code=programme):
            return Subject(BillSide.PROGRAMME, each.code, each.issuer_id)
        raise InvalidInput(field="programme")
    if organization_id is None:
        raise InvalidInput(field="organization_id")
    return of_organization(BillSide(side), organization_id)
