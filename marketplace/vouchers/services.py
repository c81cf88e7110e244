"""Writes of voucher programmes, applications and vouchers."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.canonical import content_hash
from common.ids import uuid7
from common.numbers import market_date, take_numbers
from identity import selectors as identity
from ledger import selectors as balances
from ledger import services as ledger
from ledger.contracts import AccountSpec, Transfer, TransferRefused
from marketplace import accounts
from marketplace.vouchers import programme_rules, rules, selectors
from marketplace.vouchers.contracts import (
    AlreadyDecided,
    ApplicationNotFound,
    ApplicationsClosed,
    ApplicationState,
    CertificateRequired,
    Decision,
    EntityYearCapReached,
    ProgrammeCodeTaken,
    ProgrammeExhausted,
    ProgrammeNotFound,
    ReferenceReused,
    SecondPersonRequired,
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

SWEEP_MAX: Final = 500
# A voucher with open holds is looked at again after this time: a released hold becomes spare.
SWEEP_AGAIN_AFTER: Final = timedelta(minutes=10)


@transaction.atomic
def create_programme(
    *,
    code: str,
    name: str,
    name_en: str,
    region: str,
    issuer_id: UUID,
    rules_data: object,
    source: str,
    published_by_id: int | None,
    now: datetime,
    valid_from: datetime | None = None,
) -> Programme:
    """
    Set up a programme with its first rules, its asset and its accounts.

    :raises InvalidProgrammeRules: if the rules break their format
    :raises ProgrammeCodeTaken: if the code was ever used
    """
    programme_rules.parse(rules_data)
    asset = accounts.programme_asset(code)
    programme, is_new = Programme.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "name_en": name_en,
            "region": region,
            "issuer_id": issuer_id,
            "asset": asset,
            "created_at": now,
        },
    )
    if not is_new:
        raise ProgrammeCodeTaken(field="code")
    accounts.open_programme(code, issuer_id=issuer_id)
    publish_version(
        programme_id=programme.id,
        issuer_id=issuer_id,
        rules_data=rules_data,
        source=source,
        published_by_id=published_by_id,
        valid_from=valid_from or now,
    )
    return programme


@transaction.atomic
def publish_version(
    *,
    programme_id: UUID,
    issuer_id: UUID,
    rules_data: object,
    source: str,
    published_by_id: int | None,
    valid_from: datetime,
) -> ProgrammeVersion:
    """
    Publish the next rules of a programme; vouchers already issued keep the rules they came with.

    :raises InvalidProgrammeRules: if the rules break their format
    :raises ProgrammeNotFound: if the programme is another issuer's
    """
    programme = _locked_programme(programme_id, issuer_id)
    canonical = programme_rules.canonical(programme_rules.parse(rules_data))
    return ProgrammeVersion.objects.create(
        programme=programme,
        version=programme.versions.count() + 1,
        rules=canonical,
        content_hash=content_hash(canonical),
        source=source,
        valid_from=valid_from,
        published_by_id=published_by_id,
    )


@transaction.atomic
def fund_programme(
    *,
    programme_id: UUID,
    issuer_id: UUID,
    amount_minor: int,
    reference: str,
    funded_by_id: int | None,
    now: datetime,
) -> ProgrammeFunding:
    """
    Add to a programme's pool, once for each reference.

    :raises ProgrammeNotFound: if the programme is another issuer's
    :raises ReferenceReused: if the reference stands for another amount
    """
    programme = _locked_programme(programme_id, issuer_id)
    funding, is_new = ProgrammeFunding.objects.get_or_create(
        programme=programme,
        reference=reference,
        defaults={
            "amount_minor": amount_minor,
            "transfer_id": uuid7(),
            "funded_by_id": funded_by_id,
            "funded_at": now,
        },
    )
    if funding.amount_minor != amount_minor:
        raise ReferenceReused(field="reference")
    if is_new:
        ledger.post(
            transfers=[
                Transfer(
                    id=funding.transfer_id,
                    debit=accounts.voucher_budget(programme.code),
                    credit=accounts.voucher_pool(programme.code),
                    asset=programme.asset,
                    amount=amount_minor,
                    reason=accounts.Reason.BUDGET,
                    reference=reference,
                    effective_at=now,
                )
            ]
        )
    return funding


@transaction.atomic
def apply(
    *,
    programme_id: UUID,
    applicant_id: UUID,
    amount_minor: int,
    beneficiary: str,
    purpose: str,
    applied_by_id: int | None,
    now: datetime,
) -> Application:
    """
    Apply for a voucher under the rules in force.

    :raises ApplicationsClosed: outside the programme's window, or if it reimburses afterwards
    :raises CertificateRequired: if the programme needs a certificate that the applicant lacks
    :raises EntityYearCapReached: if the yearly cap leaves less than the amount
    """
    version = selectors.version_in_force(programme_id=programme_id, at=now)
    parsed = programme_rules.parse(version.rules)
    if not rules.takes_applications(parsed, at=now):
        raise ApplicationsClosed(field="programme")
    _check_evidence(version, applicant_id=applicant_id, at=now)
    _check_year(version, holder_id=applicant_id, amount_minor=amount_minor, at=now)
    (number,) = take_numbers("vouchers_application_number", prefix="A", at=now)
    return Application.objects.create(
        number=number,
        programme_version=version,
        applicant_id=applicant_id,
        beneficiary=beneficiary,
        amount_minor=amount_minor,
        purpose=purpose,
        applied_by_id=applied_by_id,
        applied_at=now,
    )


@transaction.atomic
def decide(
    *,
    application_id: UUID,
    decision: Decision,
    issuer_id: UUID,
    decided_by_id: int | None,
    note: str,
    now: datetime,
) -> Application:
    """
    Approve an application and issue its voucher in the same transaction, or reject it.

    :raises ApplicationNotFound: if it is for another issuer's programme
    :raises AlreadyDecided: if it was decided before
    :raises SecondPersonRequired: if applicant and officer are the same organisation or person
    :raises CertificateRequired: if the applicant's certificate has lapsed meanwhile
    :raises EntityYearCapReached: if the yearly cap leaves less than the amount
    :raises ProgrammeExhausted: if the pool holds less than the amount
    """
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("programme_version__programme")
        .filter(pk=application_id, programme_version__programme__issuer_id=issuer_id)
        .first()
    )
    if application is None:
        raise ApplicationNotFound
    state = rules.TRANSITIONS.get((ApplicationState(application.state), decision))
    if state is None:
        raise AlreadyDecided
    is_same_person = decided_by_id is not None and decided_by_id == application.applied_by_id
    if application.applicant_id == issuer_id or is_same_person:
        raise SecondPersonRequired
    application.state = state
    application.decided_by_organization_id = issuer_id
    application.decided_by_id = decided_by_id
    application.decided_at = now
    application.note = note
    application.save()
    if state == ApplicationState.APPROVED:
        _issue(application, now=now)
    return application


@transaction.atomic
def claw_back(*, voucher_id: UUID, issuer_id: UUID, reason: str, now: datetime) -> Voucher:
    """
    Take back what is left on a voucher; what orders hold or have used is not touched.

    :raises VoucherNotFound: if it is of another issuer's programme
    """
    found = _locked_vouchers(
        Voucher.objects.filter(pk=voucher_id, programme_version__programme__issuer_id=issuer_id)
    )
    if not found:
        raise VoucherNotFound
    (voucher,) = found
    voucher.state = VoucherState.CLAWED_BACK
    _return_spare([voucher], reason=accounts.Reason.CLAW_BACK, reference=reason, now=now)
    return voucher


@transaction.atomic
def expire_vouchers(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """
    Return to their pools what is left on vouchers whose time is over; tell how many were swept.

    Amounts on hold stay with their orders; what those release is returned by a later sweep.
    """
    with tenancy.acting_as_platform():
        due = _locked_vouchers(
            Voucher.objects.filter(sweep_at__lte=now).order_by("sweep_at", "id")[:limit]
        )
        for voucher in due:
            if voucher.state == VoucherState.ACTIVE:
                voucher.state = VoucherState.EXPIRED
        _return_spare(due, reason=accounts.Reason.EXPIRE, reference="", now=now)
    return len(due)


def _locked_programme(programme_id: UUID, issuer_id: UUID) -> Programme:
    programme = (
        Programme.objects.select_for_update().filter(pk=programme_id, issuer_id=issuer_id).first()
    )
    if programme is None:
        raise ProgrammeNotFound
    return programme


def _locked_vouchers(found: Any) -> list[Voucher]:
    """Lock vouchers that nobody else is sweeping, with their programmes."""
    return list(
        found.select_for_update(skip_locked=True, of=("self",)).select_related(
            "programme_version__programme"
        )
    )


def _check_evidence(version: ProgrammeVersion, *, applicant_id: UUID, at: datetime) -> None:
    if not programme_rules.parse(version.rules).requires_sme_certificate:
        return
    if not identity.sme_standing(organization_ids=[applicant_id], on=market_date(at)):
        raise CertificateRequired


def _check_year(
    version: ProgrammeVersion, *, holder_id: UUID, amount_minor: int, at: datetime
) -> None:
    cap = programme_rules.parse(version.rules).per_entity_year_cap_minor
    if cap is None:
        return
    issued = selectors.issued_in_year(
        programme_id=version.programme_id, holder_id=holder_id, year=market_date(at).year
    )
    if issued + amount_minor > cap:
        raise EntityYearCapReached(field="amount")


def _issue(application: Application, *, now: datetime) -> Voucher:
    """Make the voucher of an approved application: pool → voucher account."""
    version = application.programme_version
    # One decision at a time for a programme, so that two cannot share what a yearly cap leaves.
    _locked_programme(version.programme_id, version.programme.issuer_id)
    _check_evidence(version, applicant_id=application.applicant_id, at=now)
    _check_year(
        version,
        holder_id=application.applicant_id,
        amount_minor=application.amount_minor,
        at=now,
    )
    parsed = programme_rules.parse(version.rules)
    expires_at = now + timedelta(days=parsed.validity_days)
    (number,) = take_numbers("vouchers_voucher_number", prefix="V", at=now)
    voucher = Voucher.objects.create(
        number=number,
        programme_version=version,
        application=application,
        holder_id=application.applicant_id,
        beneficiary=application.beneficiary,
        face_minor=application.amount_minor,
        funding=rules.split_funding(application.amount_minor, parsed.funding),
        entity_year=market_date(now).year,
        issued_at=now,
        expires_at=expires_at,
        sweep_at=expires_at,
    )
    _post_issue(voucher, version.programme, now=now)
    return voucher


def _post_issue(voucher: Voucher, programme: Programme, *, now: datetime) -> None:
    account = accounts.voucher(voucher.id)
    ledger.open_accounts(
        specs=[AccountSpec(account, programme.asset, accounts.Kind.VOUCHER, voucher.holder_id)]
    )
    try:
        ledger.post(
            transfers=[
                Transfer(
                    id=uuid7(),
                    debit=accounts.voucher_pool(programme.code),
                    credit=account,
                    asset=programme.asset,
                    amount=voucher.face_minor,
                    reason=accounts.Reason.ISSUE,
                    reference=voucher.number,
                    effective_at=now,
                )
            ]
        )
    except TransferRefused as refusal:
        raise ProgrammeExhausted from refusal


def _return_spare(found: list[Voucher], *, reason: str, reference: str, now: datetime) -> None:
    """Move what vouchers have left to their pools in one batch, and plan the next look."""
    left = balances.balances([accounts.voucher(voucher.id) for voucher in found])
    transfers = []
    for voucher in found:
        programme = voucher.programme_version.programme
        balance = left[accounts.voucher(voucher.id)]
        voucher.returned_minor += balance.available
        is_on_hold = balance.posted > balance.available
        voucher.sweep_at = now + SWEEP_AGAIN_AFTER if is_on_hold else None
        if balance.available > 0:
            transfers.append(
                Transfer(
                    id=uuid7(),
                    debit=accounts.voucher(voucher.id),
                    credit=accounts.voucher_pool(programme.code),
                    asset=programme.asset,
                    amount=balance.available,
                    reason=reason,
                    reference=reference or voucher.number,
                    effective_at=now,
                )
            )
    Voucher.objects.bulk_update(found, ["state", "returned_minor", "sweep_at"])
    if transfers:
        ledger.post(transfers=transfers)
