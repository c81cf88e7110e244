"""
The voucher of an approved application: a step of its own, and the one that moves money.

Applications are issued as a set: what is known of applicants is read before the programme is held,
what is left is read once while it is, decisions are made in their order without a statement, and
all that was granted is written by as many statements as one. Who waits for the programme waits for
a short time, however many wait.
"""

from collections.abc import Collection, Mapping, Sequence
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
from identity import evidence
from identity import services as identity_services
from identity.contracts import Role, SecondPersonRequired
from identity.evidence import OrganizationFacts
from ledger import services as ledger_services
from ledger.contracts import AccountSpec, Transfer, TransferRefused
from marketplace import accounts, limits
from marketplace.vouchers import life, locks, moves, programme_rules, rules, selectors, telling
from marketplace.vouchers.contracts import LifeStep, ProgrammeExhausted, ProgrammeRules
from marketplace.vouchers.control_contracts import ControlSeverity
from marketplace.vouchers.models import Application, ControlFinding, Voucher
from marketplace.vouchers.moves import Officer
from marketplace.vouchers.services.controlling import findings_of, require_cleared
from marketplace.vouchers.services.granting import GrantsLeft, require_certificate, written_check

ISSUED_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class IssueOutcome:
    """What became of one application: its voucher, or why there is none."""

    application_id: UUID
    voucher: Voucher | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of applications and applicants before their programme is held."""

    own: Collection[UUID]
    barred: Collection[UUID]
    facts: Mapping[UUID, OrganizationFacts]
    clean_years: Mapping[UUID, int | None]
    findings: Mapping[UUID, Sequence[ControlFinding]]
    rules: Mapping[UUID, ProgrammeRules]  # by version


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
    (voucher,) = issued_all([application], Officer(issued_by_id, issuer_id), now=now)
    return voucher


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
    rows.sort(key=lambda each: (each.applied_at, each.pk))
    return _issued(rows, Officer(issued_by_id, issuer_id), now=now)


def issued_all(rows: Sequence[Application], officer: Officer, *, now: datetime) -> list[Voucher]:
    """
    Issue locked applications in their order, all or none; the caller holds the transaction.

    :raises Refusal: what the first that is refused is refused with, as `issue_voucher`
    """
    vouchers = []
    for each in _issued(rows, officer, now=now):
        if each.refusal is not None:
            raise each.refusal
        assert each.voucher is not None
        vouchers.append(each.voucher)
    return vouchers


def _issued(rows: Sequence[Application], officer: Officer, *, now: datetime) -> list[IssueOutcome]:
    """Decide locked applications in their order, and write what is granted."""
    known = _known(rows, officer, at=now)
    try:
        identity_services.hold_role(
            person_id=officer.person_id, organization_id=officer.issuer_id, role=Role.ISSUER
        )
    except Refusal as refusal:
        return [IssueOutcome(each.pk, refusal=refusal) for each in rows]
    left = _left(rows, at=now)
    day = _DayLeft(officer, at=now)
    refused: dict[UUID, Refusal] = {}
    for each in rows:
        try:
            _decide(each, known, left[each.programme_version.programme_id], day, officer, now=now)
        except Refusal as refusal:
            refused[each.pk] = refusal
    vouchers, late = _written([each for each in rows if each.pk not in refused], officer, now=now)
    refused |= late
    return [IssueOutcome(each.pk, vouchers.get(each.pk), refused.get(each.pk)) for each in rows]


def _known(rows: Sequence[Application], officer: Officer, *, at: datetime) -> _Known:
    applicants = {each.applicant_id: each.applicant.uscc for each in rows}
    return _Known(
        own=moves.judged_by_their_own(rows, officer),
        barred=identity_services.suspended(applicants),
        facts=evidence.facts_of_many(applicants, at),
        clean_years=selectors.clean_years_of(applicants, at=at),
        findings=findings_of(rows),
        rules={
            version.pk: programme_rules.parse(version.rules)
            for version in {each.programme_version for each in rows}
        },
    )


def _left(rows: Sequence[Application], *, at: datetime) -> dict[UUID, GrantsLeft]:
    """Hold programmes, so that no two share what a cap leaves, and return what each leaves."""
    programmes = {each.programme_version.programme for each in rows}
    holders = {each.applicant_id for each in rows}
    for each in sorted(programmes, key=lambda it: it.pk):
        locks.programme(programme_id=each.pk, issuer_id=each.issuer_id)
    return {each.pk: GrantsLeft(each, holder_ids=holders, at=at) for each in programmes}


class _DayLeft:
    """What one person, and all together, may still grant on a day: asked for last, for all wait."""

    def __init__(self, officer: Officer, *, at: datetime) -> None:
        self._officer, self._at = officer, at
        self._spent: list[tuple[int, int]] = []
        self._granted = 0

    def require(self, amount_minor: int) -> None:
        self._spent = self._spent or self._read()
        for spent, at_most in self._spent:
            limits.require_day(amount_minor, spent_minor=spent + self._granted, at_most=at_most)

    def grant(self, amount_minor: int) -> None:
        self._granted += amount_minor

    def _read(self) -> list[tuple[int, int]]:
        limits.take_turns("grants")
        of_person = Voucher.objects.filter(application__issued_by=self._officer.person_id)
        return [
            (limits.sum_of_day([(found, "issued_at")], at=self._at, column="face_minor"), at_most)
            for found, at_most in (
                (of_person, settings.VOUCHERS_GRANT_PERSON_DAY_MINOR_MAX),
                (Voucher.objects.all(), settings.VOUCHERS_GRANT_DAY_MINOR_MAX),
            )
        ]


def _decide(
    application: Application,
    known: _Known,
    left: GrantsLeft,
    day: _DayLeft,
    officer: Officer,
    *,
    now: datetime,
) -> None:
    """Let an application stand as issued, and count what it takes, or refuse it."""
    life.state_after(application.state, LifeStep.ISSUE)
    if application.pk in known.own:
        raise SecondPersonRequired
    applicant_id = application.applicant_id
    if applicant_id in known.barred:
        identity_services.require_standing(applicant_id)
    parsed, facts = known.rules[application.programme_version_id], known.facts[applicant_id]
    require_certificate(parsed, facts)
    left.require_year(application, parsed)
    left.require_caps(application, parsed)
    require_cleared(known.findings[application.pk], set(ControlSeverity))
    day.require(application.amount_minor)
    left.require_pool(application)
    wish = left.wish(application, parsed, known.clean_years[applicant_id])
    moves.stand_after(
        application,
        LifeStep.ISSUE,
        now=now,
        issued_by_id=officer.person_id,
        **written_check(application, parsed, facts, wish),
    )
    left.grant(application)
    day.grant(application.amount_minor)


def _written(
    rows: Sequence[Application], officer: Officer, *, now: datetime
) -> tuple[dict[UUID, Voucher], dict[UUID, Refusal]]:
    """
    Write what was granted, together.

    A pool that fell short since it was read refuses all; then each is written by itself.
    """
    if not rows:
        return {}, {}
    try:
        with transaction.atomic():
            moves.write_issues(rows, person_id=officer.person_id, now=now)
            made = _made(rows, now=now)
    except TransferRefused as refusal:
        if len(rows) == 1:
            exhausted = ProgrammeExhausted()
            exhausted.__cause__ = refusal
            return {}, {rows[0].pk: exhausted}
        parts = [_written([each], officer, now=now) for each in rows]
        return (
            {pk: voucher for vouchers, _none in parts for pk, voucher in vouchers.items()},
            {pk: refusal for _none, refused in parts for pk, refusal in refused.items()},
        )
    return {each.application_id: each for each in made}, {}


def _made(rows: Sequence[Application], *, now: datetime) -> list[Voucher]:
    """Make the vouchers of applications: pool → voucher account."""
    numbers = take_numbers("vouchers_voucher_number", prefix="V", at=now, count=len(rows))
    vouchers = Voucher.objects.bulk_create(
        _voucher(number, each, now=now) for number, each in zip(numbers, rows, strict=True)
    )
    programmes = {each.pk: each.programme_version.programme for each in vouchers}
    ledger_services.open_accounts(
        specs=[
            AccountSpec(
                accounts.voucher(each.pk),
                programmes[each.pk].asset,
                accounts.AccountKind.VOUCHER,
                each.holder_id,
            )
            for each in vouchers
        ]
    )
    ledger_services.post(
        transfers=[
            Transfer(
                id=uuid7(),
                debit=accounts.voucher_pool(programmes[each.pk].code),
                credit=accounts.voucher(each.pk),
                asset=programmes[each.pk].asset,
                amount=each.face_minor,
                reason=accounts.TransferReason.ISSUE,
                reference=each.number,
                effective_at=now,
            )
            for each in vouchers
        ]
    )
    telling.of_issued(vouchers)
    return vouchers


def _voucher(number: str, application: Application, *, now: datetime) -> Voucher:
    parsed = programme_rules.parse(application.programme_version.rules)
    expires_at = now + timedelta(days=parsed.validity_days)
    return Voucher(
        number=number,
        programme_version=application.programme_version,
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
