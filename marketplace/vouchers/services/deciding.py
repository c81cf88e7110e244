"""What an issuer decides: a review, a check by another person, and the end of an approval."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from identity import services as identity_services
from marketplace.vouchers import life, locks, moves, programme_rules
from marketplace.vouchers.contracts import Decision, LifeStep, RuleNotMet
from marketplace.vouchers.control_contracts import ControlSeverity
from marketplace.vouchers.life import S
from marketplace.vouchers.models import Application
from marketplace.vouchers.moves import Officer
from marketplace.vouchers.services.applications import not_met, rules_checked
from marketplace.vouchers.services.controlling import require_decided


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
    Decide what is to be decided about an application now: its review, or its check by another.

    :raises AlreadyDecided: if nothing is to be decided about it
    :raises FindingOpen, FindingConfirmed: if control holds it up
    """
    application = locks.application(application_id=application_id, issuer_id=issuer_id)
    officer = Officer(decided_by_id, issuer_id)
    act = _recheck if application.state == S.REVIEWED else _review
    return act(application, decision, officer, note=note.strip(), now=now)


def _review(
    application: Application, decision: Decision, officer: Officer, *, note: str, now: datetime
) -> Application:
    """Look at an application that was handed in: for it, against it, or ask for more evidence."""
    if decision is Decision.REJECT:
        return _reject(application, officer, note=note, now=now)
    step = LifeStep.ASK if decision is Decision.SEND_BACK else LifeStep.REVIEW
    life.state_after(application.state, step)
    moves.require_officer(application, officer)
    if step is LifeStep.ASK:
        said = moves.require_note(note)
        return moves.move(application, step, person_id=officer.person_id, note=said, now=now)
    require_decided(application, {ControlSeverity.BLOCK})
    return moves.move(
        application,
        step,
        person_id=officer.person_id,
        note=note,
        now=now,
        reviewed_by_id=officer.person_id,
        **_checked_again(application, now=now),
    )


def _recheck(
    application: Application, decision: Decision, officer: Officer, *, note: str, now: datetime
) -> Application:
    """Check what another person reviewed; approval opens it to objections if its rules say so."""
    if decision is Decision.REJECT:
        return _reject(application, officer, note=note, now=now)
    moves.require_officer(application, officer)
    if decision is Decision.SEND_BACK:
        said = moves.require_note(note)
        return moves.move(
            application,
            LifeStep.RETURN,
            person_id=officer.person_id,
            note=said,
            now=now,
            reviewed_by_id=None,
        )
    moves.require_another(officer, application.reviewed_by_id)
    identity_services.require_standing(application.applicant_id)
    require_decided(application, set(ControlSeverity))
    time_left = life.publicity(application.programme_version.rules)
    return moves.move(
        application,
        LifeStep.PUBLISH if time_left else LifeStep.APPROVE,
        person_id=officer.person_id,
        note=note,
        now=now,
        publicity_until=now + time_left if time_left else None,
        **_checked_again(application, now=now),
        **moves.decided(officer, now=now),
    )


def _reject(application: Application, officer: Officer, *, note: str, now: datetime) -> Application:
    life.state_after(application.state, LifeStep.REJECT)
    moves.require_officer(application, officer)
    return moves.move(
        application,
        LifeStep.REJECT,
        person_id=officer.person_id,
        note=note,
        now=now,
        **moves.decided(officer, now=now),
    )


def _checked_again(application: Application, *, now: datetime) -> dict[str, object]:
    """Check every rule as things stand now; what is not met is not approved."""
    parsed = programme_rules.parse(application.programme_version.rules)
    found = rules_checked(application, parsed, at=now)
    for line in not_met(found["checks"]):
        raise RuleNotMet(rule=line["rule"], clause=line["clause"])
    return found


@transaction.atomic
def revoke_approval(
    *, application_id: UUID, issuer_id: UUID, revoked_by_id: int, note: str, now: datetime
) -> Application:
    """
    End an approval for which no voucher was issued, for a reason.

    :raises AlreadyDecided: if it is not approved, or its voucher is issued
    :raises NoteMissing: without a reason
    :raises SecondPersonRequired, Forbidden: as in a review
    """
    application = locks.application(application_id=application_id, issuer_id=issuer_id)
    officer = Officer(revoked_by_id, issuer_id)
    life.state_after(application.state, LifeStep.REVOKE)
    moves.require_officer(application, officer)
    said = moves.require_note(note)
    return moves.move(application, LifeStep.REVOKE, person_id=officer.person_id, note=said, now=now)
