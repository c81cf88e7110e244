"""Vouchers with what is left on them: for their holders, and for the rule that spends them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.vouchers import programme_2, programme_rules, rules
from marketplace.vouchers.contracts import ProgrammeRules, Purse, VoucherState
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.selectors.records import vouchers


@dataclass(frozen=True, slots=True)
class VoucherBalance:
    """What became of a voucher's face value, in minor units."""

    available_minor: int
    held_minor: int
    used_minor: int
    returned_minor: int


@dataclass(frozen=True, slots=True)
class WalletVoucher:
    """A voucher as its holder sees it."""

    id: UUID
    number: str
    holder_id: UUID
    programme_id: UUID
    programme_code: str
    programme_name: str
    programme_name_en: str
    programme_version: int
    face_minor: int
    balance: VoucherBalance
    issued_at: datetime
    expires_at: datetime
    state: VoucherState
    rules: ProgrammeRules
    funding: dict[str, int]

    @property
    def used_percent(self) -> int:
        """Return the used share of the face value in whole percent, rounded down."""
        return self.balance.used_minor * 100 // self.face_minor


@dataclass(frozen=True, slots=True)
class Wallet:
    """All vouchers of one holder, those that expire first in front, and their totals."""

    vouchers: tuple[WalletVoucher, ...]

    @property
    def usable(self) -> tuple[WalletVoucher, ...]:
        """Return the vouchers that can still pay."""
        return tuple(v for v in self.vouchers if v.state == VoucherState.ACTIVE)

    @property
    def available_minor(self) -> int:
        """Return what usable vouchers can still pay together."""
        return sum(v.balance.available_minor for v in self.usable)

    @property
    def held_minor(self) -> int:
        """Return what is on hold for orders."""
        return sum(v.balance.held_minor for v in self.vouchers)

    @property
    def used_minor(self) -> int:
        """Return what has been charged."""
        return sum(v.balance.used_minor for v in self.vouchers)


def wallet_vouchers(found: Iterable[Voucher], *, at: datetime) -> list[WalletVoucher]:
    """Return vouchers with their balances; one query of the ledger for all."""
    listed = list(found)
    balances = ledger_selectors.balances([accounts.voucher(each.id) for each in listed])
    parsed = _rules_by_version(listed)
    result = []
    for each in listed:
        version = each.programme_version
        balance = balances[accounts.voucher(each.id)]
        result.append(
            WalletVoucher(
                id=each.id,
                number=each.number,
                holder_id=each.holder_id,
                programme_id=version.programme_id,
                programme_code=version.programme.code,
                programme_name=version.programme.name,
                programme_name_en=version.programme.name_en,
                programme_version=version.version,
                face_minor=each.face_minor,
                balance=VoucherBalance(
                    available_minor=balance.available,
                    held_minor=balance.posted - balance.available,
                    used_minor=each.face_minor - balance.posted - each.returned_minor,
                    returned_minor=each.returned_minor,
                ),
                issued_at=each.issued_at,
                expires_at=each.expires_at,
                state=rules.voucher_state(
                    VoucherState(each.state),
                    posted_minor=balance.posted,
                    expires_at=each.expires_at,
                    at=at,
                ),
                rules=parsed[version.id],
                funding=each.funding,
            )
        )
    return result


def wallet(*, holder_id: UUID, at: datetime) -> Wallet:
    """Return a holder's vouchers, those that expire first in front."""
    found = vouchers(holder_id=holder_id).order_by("expires_at", "number")
    return Wallet(vouchers=tuple(wallet_vouchers(found, at=at)))


def capped_codes(*, holder_ids: Collection[UUID]) -> frozenset[str]:
    """Return which programmes with caps that all share may pay for some holders: version 2 has."""
    found = Voucher.objects.filter(
        holder_id__in=holder_ids,
        state=VoucherState.ACTIVE,
        programme_version__rules__has_key="schema",
    ).order_by()
    return frozenset(found.values_list("programme_version__programme__code", flat=True).distinct())


def _rules_by_version(found: Iterable[Voucher]) -> dict[UUID, ProgrammeRules]:
    """Return the rules of the vouchers' programmes, each version's parsed once."""
    versions = {each.programme_version_id: each.programme_version for each in found}
    return {key: programme_rules.parse(version.rules) for key, version in versions.items()}


def purses(*, holder_ids: Collection[UUID], at: datetime) -> dict[UUID, list[Purse]]:
    """Return, by holder, the vouchers that have not expired, with what is left on each."""
    found = list(
        Voucher.objects.filter(
            holder_id__in=holder_ids, state=VoucherState.ACTIVE, expires_at__gt=at
        )
        .select_related("programme_version__programme", "application")
        .order_by("expires_at", "number")
    )
    balances = ledger_selectors.balances([accounts.voucher(each.id) for each in found])
    parsed = {key: programme_2.cited(each) for key, each in _rules_by_version(found).items()}
    result: dict[UUID, list[Purse]] = {}
    for each in found:
        version = each.programme_version
        purse = Purse(
            voucher_id=each.id,
            number=each.number,
            programme_code=version.programme.code,
            programme_version=version.version,
            rules=parsed[version.id],
            beneficiary=each.beneficiary,
            valid_from=each.issued_at,
            expires_at=each.expires_at,
            available_minor=balances[accounts.voucher(each.id)].available,
            applied_at=each.application.applied_at,
        )
        result.setdefault(each.holder_id, []).append(purse)
    return result
