"""Control looks at applications as they are handed in; a person decides on what it found."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.canonical import content_hash, plain
from common.numbers import take_numbers
from identity.uscc import is_uscc
from marketplace import limits
from marketplace.vouchers import control, locks, moves, selectors, telling
from marketplace.vouchers.contracts import ApplicationState
from marketplace.vouchers.control import ControlFile, ControlFound, Dossier
from marketplace.vouchers.control_contracts import (
    CONTRACT_NUMBER_MAX,
    CONTRACTS_MAX,
    OTHERS_MAX,
    ControlCode,
    ControlSeverity,
    FindingConfirmed,
    FindingDecided,
    FindingOpen,
    FindingState,
    InvalidContract,
)
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.life import OF_APPLICANT
from marketplace.vouchers.models import (
    Application,
    ControlDossier,
    ControlFinding,
    NamedContract,
)
from marketplace.vouchers.moves import Officer

S = ApplicationState
TURN: Final = "control"
# What counts beside an application: what asks for money, or has it.
LIVE: Final = (
    S.APPLIED,
    S.EVIDENCE_ASKED,
    S.REVIEWED,
    S.PUBLISHED,
    S.APPROVED,
    S.ISSUED,
)


@transaction.atomic
def name_contract(
    *,
    application_id: UUID,
    applicant_id: UUID,
    person_id: int,
    seller_uscc: str,
    number: str,
    signed_on: date,
    amount_minor: int,
    now: datetime,
) -> NamedContract:
    """
    Name a contract that an application is for, while it is the applicant's turn.

    The same contract again changes nothing.

    :raises ApplicationNotFound: if it is another organisation's
    :raises InvalidContract: if it is none, it is not the applicant's turn, or there are too many
    """
    number, seller_uscc = number.strip(), seller_uscc.strip().upper()
    compared = control.plain_text(number)
    _require_contract(seller_uscc, number, compared, amount_minor)
    if not date(2000, 1, 1) <= signed_on <= date(2999, 12, 31):
        raise InvalidContract(field="signed_on", problem=_("no such day is known here"))
    with tenancy.acting_as_platform():
        application = locks.own_application(
            application_id=application_id, applicant_id=applicant_id
        )
        if application.state not in OF_APPLICANT:
            raise InvalidContract(problem=_("contracts are named before it is handed in"))
        if application.contracts.count() >= CONTRACTS_MAX:
            told = _("at most %(most)s are named") % {"most": CONTRACTS_MAX}
            raise InvalidContract(problem=told)
        made, is_new = NamedContract.objects.get_or_create(
            application=application,
            seller_uscc=seller_uscc,
            compared=compared,
            defaults={
                "applicant_id": applicant_id,
                "number": number,
                "signed_on": signed_on,
                "amount_minor": amount_minor,
                "named_at": now,
                "named_by_id": person_id,
            },
        )
        if is_new:
            telling.of_application(VoucherEvent.CONTRACT_NAMED, application, None)
    return made


def _require_contract(seller_uscc: str, number: str, compared: str, amount_minor: int) -> None:
    if not is_uscc(seller_uscc):
        told = _("a unified social credit code is needed")
        raise InvalidContract(field="seller_uscc", problem=told)
    # Compatible forms of a character may be many characters.
    is_long = max(len(number), len(compared)) > CONTRACT_NUMBER_MAX
    if not compared or is_long:
        told = _("its number has 1 to %(most)s characters") % {"most": CONTRACT_NUMBER_MAX}
        raise InvalidContract(field="number", problem=told)
    if not 0 < amount_minor <= settings.VOUCHERS_GRANT_MINOR_MAX * 1_000:
        raise InvalidContract(field="amount", problem=_("no such amount is known here"))


def look_for_fraud(application: Application, *, now: datetime) -> list[ControlFinding]:
    """
    Look at an application and at those that share something with it; return what is new.

    The caller acts for the market and has the application. Looks take turns, so that of two that
    are handed in at one instant the second sees the first.
    """
    limits.take_turns(TURN)
    dossier = selectors.dossier_of(application, at=now)
    ControlDossier.objects.update_or_create(
        application=application,
        defaults={
            "keys": sorted(dossier.keys),
            "content": msgspec.to_builtins(dossier, order="deterministic"),
            "looked_at": now,
        },
    )
    beside = _beside(application, dossier)
    file = ControlFile([dossier, *beside.values()])
    rules = selectors.control_rules(at=now)
    made = _keep({application.pk: control.look(dossier, file, rules)}, now=now)
    found = {
        pk: [
            each
            for each in control.look(other, file, rules)
            if application.number in str(each.evidence)
        ]
        for pk, other in beside.items()
    }
    return [*made, *_keep(found, now=now)]


def _beside(application: Application, dossier: Dossier) -> dict[UUID, Dossier]:
    """Return the dossiers of live applications that share something with one, the newest first."""
    rows = (
        ControlDossier.objects.filter(
            keys__overlap=sorted(dossier.keys), application__state__in=LIVE
        )
        .exclude(pk=application.pk)
        .order_by("-pk")
        .values_list("pk", "content")[:OTHERS_MAX]
    )
    return {pk: msgspec.convert(content, Dossier, strict=False) for pk, content in rows}


def _keep(found: dict[UUID, list[ControlFound]], *, now: datetime) -> list[ControlFinding]:
    """Write what was not found before, and tell of it."""
    found = {pk: its for pk, its in found.items() if its}
    if not found:
        return []
    applications = selectors.applications().filter(pk__in=found)
    known = set(
        ControlFinding.objects.filter(application__in=found).values_list(
            "application_id", "code", "subject"
        )
    )
    fresh = []
    for application in applications.order_by("id"):
        for each in found[application.pk]:
            subject = content_hash({"about": each.subject})
            key = (application.pk, str(each.code), subject)
            if key not in known:
                known.add(key)
                fresh.append((application, each, subject))
    numbers = take_numbers("vouchers_finding_number", prefix="F", at=now, count=len(fresh))
    made = ControlFinding.objects.bulk_create(
        _finding(number, application, each, subject, now=now)
        for number, (application, each, subject) in zip(numbers, fresh, strict=True)
    )
    telling.of_findings(VoucherEvent.CONTROL_FOUND, made)
    return made


def _finding(
    number: str, application: Application, each: ControlFound, subject: str, *, now: datetime
) -> ControlFinding:
    assert each.rule.id is not None, "a rule in force is a row"
    evidence = plain(dict(each.evidence))
    return ControlFinding(
        number=number,
        application=application,
        issuer_id=application.programme_version.programme.issuer_id,
        applicant_id=application.applicant_id,
        rule_id=each.rule.id,
        code=each.code,
        severity=each.rule.severity,
        subject=subject,
        evidence=evidence,
        content_hash=content_hash(evidence),
        found_at=now,
    )


def require_decided(application: Application, severities: Collection[ControlSeverity]) -> None:
    """
    Hold a step until a person decided on what control found.

    :raises FindingConfirmed: if a finding was confirmed
    :raises FindingOpen: if one of these severities is open
    """
    require_cleared(findings_of([application])[application.pk], severities)


def findings_of(applications: Collection[Application]) -> dict[UUID, list[ControlFinding]]:
    """Return what control found of applications and nobody cleared, in one statement."""
    found: dict[UUID, list[ControlFinding]] = {each.pk: [] for each in applications}
    rows = ControlFinding.objects.filter(application__in=list(found))
    for row in rows.exclude(state=FindingState.CLEARED).order_by("id"):
        found[row.application_id].append(row)
    return found


def require_cleared(
    found: Sequence[ControlFinding], severities: Collection[ControlSeverity]
) -> None:
    """
    Hold a step until a person decided on what control found of its application.

    :raises FindingConfirmed, FindingOpen: as `require_decided`
    """
    confirmed = [each for each in found if each.state == FindingState.CONFIRMED]
    if confirmed:
        raise FindingConfirmed(findings=_named(confirmed))
    waiting = [each for each in found if each.severity in severities]
    if waiting:
        raise FindingOpen(findings=_named(waiting))


def _named(found: Iterable[ControlFinding]) -> str:
    return "; ".join(f"{each.number} {ControlCode(each.code).label}" for each in found)


@transaction.atomic
def decide_finding(
    *,
    finding_id: UUID,
    issuer_id: UUID,
    person_id: int,
    is_confirmed: bool,
    note: str,
    now: datetime,
) -> ControlFinding:
    """
    Decide on what control found: it is so, or it is explained; nothing follows by itself.

    :raises FindingNotFound: if it is for another issuer's programme
    :raises FindingDecided: if somebody was quicker
    :raises NoteMissing: without a reason
    :raises SecondPersonRequired, Forbidden: as in a review
    """
    said = moves.require_note(note)
    with tenancy.acting_as_platform():
        finding = locks.finding(finding_id=finding_id, issuer_id=issuer_id)
        moves.require_officer(finding.application, Officer(person_id, issuer_id))
        if finding.state != FindingState.OPEN:
            raise FindingDecided
        finding.state = FindingState.CONFIRMED if is_confirmed else FindingState.CLEARED
        finding.decided_by_id, finding.decided_at, finding.note = person_id, now, said
        finding.save(update_fields=["state", "decided_by", "decided_at", "note"])
        telling.of_findings(VoucherEvent.FINDING_DECIDED, [finding])
    return finding
