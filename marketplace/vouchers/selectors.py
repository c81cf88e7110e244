"""Reads of programmes, applications and vouchers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet, Sum

from common import tenancy
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.vouchers import programme_rules, rules
from marketplace.vouchers.contracts import (
    ApplicationNotFound,
    ProgrammeNotFound,
    ProgrammeRules,
    Purse,
    VoucherNotFound,
    VoucherState,
)
from marketplace.vouchers.models import (
    Application,
    Programme,
    ProgrammeFunding,
    ProgrammeVersion,
    Voucher,
)


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


@dataclass(frozen=True, slots=True)
class ProgrammeSummary:
    """A programme with the version in force and the state of its budget."""

    id: UUID
    code: str
    name: str
    name_en: str
    region: str
    issuer_id: UUID
    issuer_name: str
    issuer_name_en: str
    version_id: UUID
    version: int
    source: str
    content_hash: str
    rules: ProgrammeRules
    rules_data: dict[str, Any]
    funded_minor: int
    pool_minor: int
    takes_applications: bool

    @property
    def issued_minor(self) -> int:
        """Return what was issued and has not come back."""
        return self.funded_minor - self.pool_minor


def programme(*, programme_id: UUID, issuer_id: UUID | None = None) -> Programme:
    """
    Return a programme; with `issuer_id`, only that issuer's.

    :raises ProgrammeNotFound: if there is none
    """
    found = Programme.objects.filter(pk=programme_id)
    if issuer_id is not None:
        found = found.filter(issuer_id=issuer_id)
    result = found.first()
    if result is None:
        raise ProgrammeNotFound
    return result


def version_in_force(*, programme_id: UUID, at: datetime) -> ProgrammeVersion:
    """
    Return the version of a programme's rules that holds at a moment.

    :raises ProgrammeNotFound: if none holds yet
    """
    version = (
        ProgrammeVersion.objects.filter(programme_id=programme_id, valid_from__lte=at)
        .select_related("programme")
        .order_by("-version")
        .first()
    )
    if version is None:
        raise ProgrammeNotFound
    return version


def programmes() -> QuerySet[Programme]:
    """Return every programme with its versions, the newest programme first."""
    versions = ProgrammeVersion.objects.order_by("programme_id", "-version")
    return (
        Programme.objects.select_related("issuer")
        .prefetch_related(Prefetch("versions", queryset=versions))
        .order_by("-id")
    )


def summaries(found: Iterable[Programme], *, at: datetime) -> list[ProgrammeSummary]:
    """Return programmes with the version in force and their budgets; two queries for all."""
    listed = list(found)
    with tenancy.acting_as_platform():  # What a programme has left is public.
        pools = ledger.balances([accounts.voucher_pool(each.code) for each in listed])
    funded = dict(
        ProgrammeFunding.objects.filter(programme__in=listed)
        .values_list("programme_id")
        .annotate(total=Sum("amount_minor"))
    )
    result = []
    for each in listed:
        version = next((v for v in each.versions.all() if v.valid_from <= at), None)
        if version is None:
            continue
        parsed = programme_rules.parse(version.rules)
        pool = pools.get(accounts.voucher_pool(each.code))
        result.append(
            ProgrammeSummary(
                id=each.id,
                code=each.code,
                name=each.name,
                name_en=each.name_en,
                region=each.region,
                issuer_id=each.issuer_id,
                issuer_name=each.issuer.name,
                issuer_name_en=each.issuer.name_en,
                version_id=version.id,
                version=version.version,
                source=version.source,
                content_hash=version.content_hash,
                rules=parsed,
                rules_data=version.rules,
                funded_minor=int(funded.get(each.id, 0)),
                pool_minor=pool.available if pool else 0,
                takes_applications=rules.takes_applications(parsed, at=at),
            )
        )
    return result


def programme_summary(*, programme_id: UUID, at: datetime) -> ProgrammeSummary:
    """
    Return one programme with the version in force and its budget.

    :raises ProgrammeNotFound: if there is none, or none of its versions is in force yet
    """
    found = summaries(programmes().filter(pk=programme_id), at=at)
    if not found:
        raise ProgrammeNotFound
    return found[0]


def applications(
    *, applicant_id: UUID | None = None, issuer_id: UUID | None = None
) -> QuerySet[Application]:
    """Return the applications of an applicant, or those that an issuer decides; newest first."""
    found = Application.objects.select_related(
        "programme_version__programme", "applicant", "voucher"
    ).order_by("-id")
    if applicant_id is not None:
        found = found.filter(applicant_id=applicant_id)
    if issuer_id is not None:
        found = found.filter(programme_version__programme__issuer_id=issuer_id)
    return found


def application(
    *, application_id: UUID, applicant_id: UUID | None = None, issuer_id: UUID | None = None
) -> Application:
    """
    Return one application of an applicant or for an issuer.

    :raises ApplicationNotFound: if it does not exist or is someone else's
    """
    found = applications(applicant_id=applicant_id, issuer_id=issuer_id)
    result = found.filter(pk=application_id).first()
    if result is None:
        raise ApplicationNotFound
    return result


def vouchers(*, holder_id: UUID | None = None, issuer_id: UUID | None = None) -> QuerySet[Voucher]:
    """Return the vouchers of a holder, or those of an issuer's programmes; newest first."""
    found = Voucher.objects.select_related("programme_version__programme", "holder").order_by("-id")
    if holder_id is not None:
        found = found.filter(holder_id=holder_id)
    if issuer_id is not None:
        found = found.filter(programme_version__programme__issuer_id=issuer_id)
    return found


def voucher(
    *, voucher_id: UUID, holder_id: UUID | None = None, issuer_id: UUID | None = None
) -> Voucher:
    """
    Return one voucher of a holder or of an issuer's programme.

    :raises VoucherNotFound: if it does not exist or is someone else's
    """
    found = vouchers(holder_id=holder_id, issuer_id=issuer_id).filter(pk=voucher_id).first()
    if found is None:
        raise VoucherNotFound
    return found


def wallet_vouchers(found: Iterable[Voucher], *, at: datetime) -> list[WalletVoucher]:
    """Return vouchers with their balances; one query of the ledger for all."""
    listed = list(found)
    balances = ledger.balances([accounts.voucher(each.id) for each in listed])
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
                rules=programme_rules.parse(version.rules),
                funding=each.funding,
            )
        )
    return result


def wallet(*, holder_id: UUID, at: datetime) -> Wallet:
    """Return a holder's vouchers, those that expire first in front."""
    found = vouchers(holder_id=holder_id).order_by("expires_at", "number")
    return Wallet(vouchers=tuple(wallet_vouchers(found, at=at)))


def purses(*, holder_ids: Collection[UUID], at: datetime) -> dict[UUID, list[Purse]]:
    """Return, by holder, the vouchers that have not expired, with what is left on each."""
    found = list(
        Voucher.objects.filter(
            holder_id__in=holder_ids, state=VoucherState.ACTIVE, expires_at__gt=at
        )
        .select_related("programme_version__programme")
        .order_by("expires_at", "number")
    )
    balances = ledger.balances([accounts.voucher(each.id) for each in found])
    parsed: dict[UUID, ProgrammeRules] = {}
    result: dict[UUID, list[Purse]] = {}
    for each in found:
        version = each.programme_version
        if version.id not in parsed:
            parsed[version.id] = programme_rules.parse(version.rules)
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
        )
        result.setdefault(each.holder_id, []).append(purse)
    return result


def issued_in_year(*, programme_id: UUID, holder_id: UUID, year: int) -> int:
    """Return what a holder was issued in a year by a programme and has not returned."""
    total = Voucher.objects.filter(
        programme_version__programme_id=programme_id, holder_id=holder_id, entity_year=year
    ).aggregate(total=Sum("face_minor") - Sum("returned_minor"))["total"]
    return int(total or 0)
