"""What an applicant does: begin an application, hand it in, add evidence, withdraw."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import tenancy
from common.numbers import take_numbers
from identity import evidence
from identity import services as identity_services
from identity.contracts import Role
from identity.files import services as files_services
from identity.files.contracts import Grant
from marketplace import limits
from marketplace.vouchers import (
    checks,
    locks,
    moves,
    programme_rules,
    rules,
    selectors,
    telling,
)
from marketplace.vouchers.contracts import (
    ApplicationsClosed,
    CheckOutcome,
    LifeStep,
    ProgrammeRules,
)
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.life import S, time_in
from marketplace.vouchers.models import Application
from marketplace.vouchers.services import asking, controlling
from marketplace.vouchers.services.asking import AnsweredForm
from marketplace.vouchers.services.granting import GrantsLeft, require_certificate, written_check

FILES_MAX: Final = 20
PURPOSE_MAX: Final = 500
RELIES: Final = "vouchers.application"


@transaction.atomic
def draft_application(
    *,
    programme_id: UUID,
    applicant_id: UUID,
    amount_minor: int,
    purpose: str,
    applied_by_id: int,
    now: datetime,
    answered: AnsweredForm | None = None,
    in_batch: bool = False,
) -> Application:
    """
    Begin an application under the rules in force; nobody decides about it yet.

    :raises ApplicationsClosed: outside the programme's window, or if it reimburses afterwards
    :raises AmountTooLarge: beyond the limit of one voucher
    :raises FormChanged, InvalidAnswers, ConsentMissing: as the programme's form asks
    :raises OrganizationSuspended: while the applicant is suspended
    """
    identity_services.require_standing(applicant_id)
    limits.require_act(amount_minor, at_most=settings.VOUCHERS_GRANT_MINOR_MAX)
    version = selectors.version_in_force(programme_id=programme_id, at=now)
    if not rules.takes_applications(programme_rules.parse(version.rules), at=now):
        raise ApplicationsClosed(field="programme")
    # Who applies by a list has said what there is to say in it.
    submission = (
        None
        if in_batch
        else asking.take_answers(
            version.programme,
            answered,
            applicant_id=applicant_id,
            person_id=applied_by_id,
            now=now,
        )
    )
    said = submission.answers if submission else {}
    (number,) = take_numbers("vouchers_application_number", prefix="A", at=now)
    time_left = time_in(S.DRAFT)
    application = Application.objects.create(
        number=number,
        programme_version=version,
        applicant_id=applicant_id,
        amount_minor=amount_minor,
        purpose=purpose or str(said.get("purpose", ""))[:PURPOSE_MAX],
        submission_id=submission.pk if submission else None,
        files=[each["id"] for each in submission.files.values()] if submission else [],
        applied_by_id=applied_by_id,
        applied_at=now,
        ends_at=now + time_left if time_left else None,
    )
    telling.of_application(VoucherEvent.APPLICATION_DRAFTED, application, None)
    return application


@transaction.atomic
def submit_application(
    *, application_id: UUID, applicant_id: UUID, person_id: int, now: datetime
) -> Application:
    """
    Hand a draft in: what is known of the applicant is looked up, and every rule checked.

    :raises ApplicationNotFound: if it is another organisation's
    :raises AlreadyDecided: if it was handed in before, or is over
    :raises ApplicationsClosed: outside the programme's window
    :raises CertificateRequired: if the programme needs a certificate that the applicant lacks
    :raises EntityYearCapReached: if the yearly cap leaves less than the amount
    """
    with tenancy.acting_as_platform():
        application = locks.own_application(
            application_id=application_id, applicant_id=applicant_id
        )
        identity_services.require_standing(applicant_id)
        # Rules that came into force since the draft was begun hold for it.
        version = selectors.version_in_force(
            programme_id=application.programme_version.programme_id, at=now
        )
        if application.state == S.DRAFT:
            application.programme_version = version
        parsed = programme_rules.parse(application.programme_version.rules)
        if not rules.takes_applications(parsed, at=now):
            raise ApplicationsClosed(field="programme")
        check_evidence(parsed, applicant_id=applicant_id, at=now)
        check_year(application, parsed, at=now)
        moves.move(
            application,
            LifeStep.SUBMIT,
            person_id=person_id,
            now=now,
            **rules_checked(application, parsed, at=now),
        )
        controlling.look_for_fraud(application, now=now)
    return application


@transaction.atomic
def apply(
    *,
    programme_id: UUID,
    applicant_id: UUID,
    amount_minor: int,
    purpose: str,
    applied_by_id: int,
    now: datetime,
    file_ids: Collection[UUID] = (),
    answered: AnsweredForm | None = None,
    in_batch: bool = False,
) -> Application:
    """
    Begin an application and hand it in at once.

    :raises ApplicationsClosed, CertificateRequired, EntityYearCapReached: as `submit_application`
    :raises AmountTooLarge: beyond the limit of one voucher
    :raises OrganizationSuspended: while the applicant is suspended
    """
    draft = draft_application(
        programme_id=programme_id,
        applicant_id=applicant_id,
        amount_minor=amount_minor,
        purpose=purpose,
        applied_by_id=applied_by_id,
        now=now,
        answered=answered,
        in_batch=in_batch,
    )
    if file_ids:
        with tenancy.acting_as_platform():
            _attach(draft, file_ids, person_id=applied_by_id, now=now)
            draft.save(update_fields=["files"])
    return submit_application(
        application_id=draft.pk, applicant_id=applicant_id, person_id=applied_by_id, now=now
    )


@transaction.atomic
def add_evidence(
    *,
    application_id: UUID,
    applicant_id: UUID,
    person_id: int,
    note: str,
    now: datetime,
    file_ids: Collection[UUID] = (),
) -> Application:
    """
    Answer what was asked, with files if there are any, and have every rule checked again.

    :raises ApplicationNotFound: if it is another organisation's
    :raises AlreadyDecided: if nothing is asked
    :raises NoteMissing: without an answer
    :raises FileNotFound: if a file is not one of the applicant's
    """
    said = moves.require_note(note)
    with tenancy.acting_as_platform():
        application = locks.own_application(
            application_id=application_id, applicant_id=applicant_id
        )
        if application.state == S.EVIDENCE_ASKED:
            _attach(application, file_ids, person_id=person_id, now=now)
        parsed = programme_rules.parse(application.programme_version.rules)
        moves.move(
            application,
            LifeStep.ANSWER,
            person_id=person_id,
            note=said,
            now=now,
            **rules_checked(application, parsed, at=now),
        )
        controlling.look_for_fraud(application, now=now)
    return application


@transaction.atomic
def withdraw_application(
    *, application_id: UUID, applicant_id: UUID, person_id: int, now: datetime, note: str = ""
) -> Application:
    """
    Take back an application for which no voucher was issued yet.

    :raises ApplicationNotFound: if it is another organisation's
    :raises AlreadyDecided: if it is over, or its voucher is issued
    """
    with tenancy.acting_as_platform():
        application = locks.own_application(
            application_id=application_id, applicant_id=applicant_id
        )
        return moves.move(application, LifeStep.WITHDRAW, person_id=person_id, note=note, now=now)


def _attach(
    application: Application, file_ids: Collection[UUID], *, person_id: int, now: datetime
) -> None:
    """Let files of the applicant be part of the record, and let its issuer see them."""
    issuer_id = application.programme_version.programme.issuer_id
    for file_id in list(file_ids)[:FILES_MAX]:
        file = files_services.rely_on(
            organization_id=application.applicant_id, file_id=file_id, by=RELIES, now=now
        )
        grants = [Grant(issuer_id, Role.ISSUER), Grant(role=Role.AUDITOR)]
        files_services.share(file=file, grants=grants, person_id=person_id, now=now)
    kept = [*application.files, *(str(each) for each in file_ids)]
    application.files = list(dict.fromkeys(kept))[:FILES_MAX]


def rules_checked(
    application: Application, parsed: ProgrammeRules, *, at: datetime
) -> dict[str, Any]:
    """Return what is written of an applicant's facts and of the check of every rule."""
    facts = evidence.facts_of(application.applicant_id, at)
    years = selectors.clean_years(application.applicant_id, at=at)
    left = left_for(application, at=at)
    return written_check(application, parsed, facts, left.wish(application, parsed, years))


def not_met(lines: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return the lines of a check that keep an application from being approved."""
    return [
        line
        for line in lines
        if line["outcome"] == CheckOutcome.NOT_MET and line["rule"] not in checks.DECIDED_AT_ISSUE
    ]


def check_evidence(parsed: ProgrammeRules, *, applicant_id: UUID, at: datetime) -> None:
    """
    Ask for the certificate that a programme needs.

    :raises CertificateRequired: if the applicant has none
    """
    if parsed.requires_sme_certificate:  # Else nothing is read.
        require_certificate(parsed, evidence.facts_of(applicant_id, at))


def check_year(application: Application, parsed: ProgrammeRules, *, at: datetime) -> None:
    """
    Keep the yearly cap of an entity.

    :raises EntityYearCapReached: if it leaves less than the amount
    """
    left_for(application, at=at).require_year(application, parsed)


def left_for(application: Application, *, at: datetime) -> GrantsLeft:
    """Return what the application's programme leaves for it."""
    programme = application.programme_version.programme
    return GrantsLeft(programme, holder_ids=[application.applicant_id], at=at)
