"""Applications for vouchers, and the decision that issues one."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common.ids import uuid7
from common.moments import market_date
from common.numbers import take_numbers
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import Role, SecondPersonRequired
from ledger import services as ledger_services
from ledger.contracts import AccountSpec, Transfer, TransferRefused
from marketplace import accounts, limits
from marketplace.vouchers import locks, programme_rules, rules, selectors, telling
from marketplace.vouchers.contracts import (
    AlreadyDecided,
    ApplicationsClosed,
    ApplicationState,
    CertificateRequired,
    Decision,
    EntityYearCapReached,
    ProgrammeExhausted,
    ProgrammeRules,
)
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Application, Programme, Voucher


@transaction.atomic
def apply(
    *,
    programme_id: UUID,
    applicant_id: UUID,
    amount_minor: int,
    beneficiary: str,
    purpose: str,
    applied_by_id: int,
    now: datetime,
) -> Application:
    """
    Apply for a voucher under the rules in force.

    :raises ApplicationsClosed: outside the programme's window, or if it reimburses afterwards
    :raises CertificateRequired: if the programme needs a certificate that the applicant lacks
    :raises EntityYearCapReached: if the yearly cap leaves less than the amount
    :raises AmountTooLarge: beyond the limit of one voucher
    :raises OrganizationSuspended: while the applicant is suspended
    """
    identity_services.require_standing(applicant_id)
    limits.require_act(amount_minor, at_most=settings.VOUCHERS_GRANT_MINOR_MAX)
    version = selectors.version_in_force(programme_id=programme_id, at=now)
    parsed = programme_rules.parse(version.rules)
    if not rules.takes_applications(parsed, at=now):
        raise ApplicationsClosed(field="programme")
    _check_evidence(parsed, applicant_id=applicant_id, at=now)
    _check_year(
        parsed,
        programme_id=version.programme_id,
        holder_id=applicant_id,
        amount_minor=amount_minor,
        at=now,
    )
    (number,) = take_numbers("vouchers_application_number", prefix="A", at=now)
    application = Application.objects.create(
        number=number,
        programme_version=version,
        applicant_id=applicant_id,
        beneficiary=beneficiary,
        amount_minor=amount_minor,
        purpose=purpose,
        applied_by_id=applied_by_id,
        applied_at=now,
    )
    issuer_id = version.programme.issuer_id
    telling.of_application(VoucherEvent.APPLICATION_MADE, application, issuer_id)
    return application


@transaction.atomic
def decide(
    *,
    application_id: UUID,
    decision: Decision,
    issuer_id: UUID,
    decided_by_id: int,
    note: str,
    now: datetime,
) -> Application:
    """
    Approve an application and issue its voucher in the same transaction, or reject it.

    :raises ApplicationNotFound: if it is for another issuer's programme
    :raises AlreadyDecided: if it was decided before
    :raises SecondPersonRequired: if the officer applied, or belongs to the applicant
    :raises Forbidden: if the officer has lost the role meanwhile
    :raises CertificateRequired: if the applicant's certificate has lapsed meanwhile
    :raises EntityYearCapReached: if the yearly cap leaves less than the amount
    :raises ProgrammeExhausted: if the pool holds less than the amount
    :raises DayLimitReached: beyond the limits of a day
    :raises OrganizationSuspended: if a voucher would go to who is suspended
    """
    application = locks.application(application_id=application_id, issuer_id=issuer_id)
    state = rules.TRANSITIONS.get((ApplicationState(application.state), decision))
    if state is None:
        raise AlreadyDecided
    _require_second_person(application, issuer_id=issuer_id, decided_by_id=decided_by_id)
    application.state = state
    application.decided_by_organization_id = issuer_id
    application.decided_by_id = decided_by_id
    application.decided_at = now
    application.note = note
    application.save()
    if state == ApplicationState.APPROVED:
        identity_services.require_standing(application.applicant_id)
        telling.of_application(VoucherEvent.APPLICATION_APPROVED, application, issuer_id)
        _issue(application, now=now)
    else:
        telling.of_application(VoucherEvent.APPLICATION_REJECTED, application, issuer_id)
    return application


def _require_second_person(
    application: Application, *, issuer_id: UUID, decided_by_id: int
) -> None:
    is_own = application.applicant_id == issuer_id
    if is_own or decided_by_id == application.applied_by_id:
        raise SecondPersonRequired
    identity_services.require_outsider(
        person_id=decided_by_id, organization_id=application.applicant_id
    )
    identity_services.hold_role(
        person_id=decided_by_id, organization_id=issuer_id, role=Role.ISSUER
    )


def _check_evidence(parsed: ProgrammeRules, *, applicant_id: UUID, at: datetime) -> None:
    if not parsed.requires_sme_certificate:
        return
    if not identity_selectors.sme_standing(organization_ids=[applicant_id], on=market_date(at)):
        raise CertificateRequired


def _check_year(
    parsed: ProgrammeRules,
    *,
    programme_id: UUID,
    holder_id: UUID,
    amount_minor: int,
    at: datetime,
) -> None:
    cap = parsed.per_entity_year_cap_minor
    if cap is None:
        return
    issued = selectors.issued_in_year(
        programme_id=programme_id, holder_id=holder_id, year=market_date(at).year
    )
    if issued + amount_minor > cap:
        raise EntityYearCapReached(field="amount")


def _check_day(application: Application, *, at: datetime) -> None:
    """Bound what one person, and all together, grant on a day."""
    limits.take_turns("grants")
    of_person = Voucher.objects.filter(application__decided_by=application.decided_by_id)
    for found, at_most in (
        (of_person, settings.VOUCHERS_GRANT_PERSON_DAY_MINOR_MAX),
        (Voucher.objects.all(), settings.VOUCHERS_GRANT_DAY_MINOR_MAX),
    ):
        spent = limits.sum_of_day([(found, "issued_at")], at=at, column="face_minor")
        limits.require_day(application.amount_minor, spent_minor=spent, at_most=at_most)


def _issue(application: Application, *, now: datetime) -> Voucher:
    """Make the voucher of an approved application: pool → voucher account."""
    version = application.programme_version
    parsed = programme_rules.parse(version.rules)
    # One decision at a time for a programme, so that two cannot share what a yearly cap leaves.
    locks.programme(programme_id=version.programme_id, issuer_id=version.programme.issuer_id)
    _check_evidence(parsed, applicant_id=application.applicant_id, at=now)
    _check_year(
        parsed,
        programme_id=version.programme_id,
        holder_id=application.applicant_id,
        amount_minor=application.amount_minor,
        at=now,
    )
    _check_day(application, at=now)
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
    amount = {"amount_minor": voucher.face_minor, "expires_at": expires_at}
    telling.of_vouchers(VoucherEvent.VOUCHER_ISSUED, [voucher], **amount)
    return voucher


def _post_issue(voucher: Voucher, programme: Programme, *, now: datetime) -> None:
    account = accounts.voucher(voucher.id)
    ledger_services.open_accounts(
        specs=[
            AccountSpec(account, programme.asset, accounts.AccountKind.VOUCHER, voucher.holder_id)
        ]
    )
    try:
        ledger_services.post(
            transfers=[
                Transfer(
                    id=uuid7(),
                    debit=accounts.voucher_pool(programme.code),
                    credit=account,
                    asset=programme.asset,
                    amount=voucher.face_minor,
                    reason=accounts.TransferReason.ISSUE,
                    reference=voucher.number,
                    effective_at=now,
                )
            ]
        )
    except TransferRefused as refusal:
        raise ProgrammeExhausted from refusal
