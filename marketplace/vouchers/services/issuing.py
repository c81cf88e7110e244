"""The voucher of an approved application: a step of its own, and the one that moves money."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common.errors import Refusal
from common.ids import uuid7
from common.moments import market_date
from common.numbers import take_numbers
from identity import services as identity_services
from ledger import services as ledger_services
from ledger.contracts import AccountSpec, Transfer, TransferRefused
from marketplace import accounts, limits
from marketplace.vouchers import life, locks, moves, programme_rules, rules, telling
from marketplace.vouchers.contracts import LifeStep, ProgrammeExhausted, ProgrammeRules
from marketplace.vouchers.control_contracts import Severity
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Application, Programme, Voucher
from marketplace.vouchers.moves import Officer
from marketplace.vouchers.services.applications import (
    check_caps,
    check_evidence,
    check_year,
    rules_checked,
)
from marketplace.vouchers.services.controlling import require_decided

ISSUED_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class IssueOutcome:
    """What became of one application: its voucher, or why there is none."""

    application_id: UUID
    voucher: Voucher | None = None
    refusal: Refusal | None = None


@transaction.atomic
def issue_voucher(
    *, application_id: UUID, issuer_id: UUID, issued_by_id: int, now: datetime
) -> Voucher:
    """
    Issue the voucher of an approved application, of what the pool and the caps leave now.

    :raises ApplicationNotFound: if it is for another issuer's programme
    :raises AlreadyDecided: if it is not approved, or its voucher is issued
    :raises SecondPersonRequired: if the officer applied, or belongs to the applicant
    :raises Forbidden: if the officer has lost the role meanwhile
    :raises CertificateRequired: if the applicant's certificate has lapsed meanwhile
    :raises EntityYearCapReached: if the yearly cap leaves less than the amount
    :raises ProgrammeCapReached: if the programme, its window or its budget grants no more
    :raises ProgrammeExhausted: if the pool holds less than the amount
    :raises FindingOpen, FindingConfirmed: if control found something since
    :raises DayLimitReached: beyond the limits of a day
    :raises OrganizationSuspended: if the voucher would go to who is suspended
    """
    application = locks.application(application_id=application_id, issuer_id=issuer_id)
    officer = Officer(issued_by_id, issuer_id)
    life.state_after(application.state, LifeStep.ISSUE)
    moves.require_officer(application, officer)
    identity_services.require_standing(application.applicant_id)
    parsed = programme_rules.parse(application.programme_version.rules)
    # One issue at a time for a programme, so that two cannot share what a yearly cap leaves.
    locks.programme(programme_id=application.programme_version.programme_id, issuer_id=issuer_id)
    check_evidence(parsed, applicant_id=application.applicant_id, at=now)
    check_year(application, parsed, at=now)
    check_caps(application, parsed, at=now)
    require_decided(application, set(Severity))
    _check_day(application, officer, at=now)
    moves.move(
        application,
        LifeStep.ISSUE,
        person_id=issued_by_id,
        now=now,
        issued_by_id=issued_by_id,
        **rules_checked(application, parsed, at=now),
    )
    return _issue(application, parsed, now=now)


@transaction.atomic
def issue_vouchers(
    *, application_ids: Collection[UUID], issuer_id: UUID, issued_by_id: int, now: datetime
) -> list[IssueOutcome]:
    """
    Issue approved applications in the order of their beginning, as far as pool and caps reach.

    Each stands for itself: one that is refused keeps no other back. All are issued under one lock
    of their programmes, so that nobody waits for as many turns as there are applications.
    """
    wanted = list(application_ids)[:ISSUED_MAX]
    rows = locks.applications(application_ids=wanted, issuer_id=issuer_id)
    for programme_id in sorted({each.programme_version.programme_id for each in rows}):
        locks.programme(programme_id=programme_id, issuer_id=issuer_id)
    return [
        _outcome(each.pk, issuer_id=issuer_id, issued_by_id=issued_by_id, now=now)
        for each in sorted(rows, key=lambda each: (each.applied_at, each.pk))
    ]


def _outcome(
    application_id: UUID, *, issuer_id: UUID, issued_by_id: int, now: datetime
) -> IssueOutcome:
    try:
        voucher = issue_voucher(
            application_id=application_id, issuer_id=issuer_id, issued_by_id=issued_by_id, now=now
        )
    except Refusal as refusal:
        return IssueOutcome(application_id, refusal=refusal)
    return IssueOutcome(application_id, voucher=voucher)


def _check_day(application: Application, officer: Officer, *, at: datetime) -> None:
    """Bound what one person, and all together, grant on a day."""
    limits.take_turns("grants")
    of_person = Voucher.objects.filter(application__issued_by=officer.person_id)
    for found, at_most in (
        (of_person, settings.VOUCHERS_GRANT_PERSON_DAY_MINOR_MAX),
        (Voucher.objects.all(), settings.VOUCHERS_GRANT_DAY_MINOR_MAX),
    ):
        spent = limits.sum_of_day([(found, "issued_at")], at=at, column="face_minor")
        limits.require_day(application.amount_minor, spent_minor=spent, at_most=at_most)


def _issue(application: Application, parsed: ProgrammeRules, *, now: datetime) -> Voucher:
    """Make the voucher of an application: pool → voucher account."""
    version = application.programme_version
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
