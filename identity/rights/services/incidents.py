"""Incidents: reported, followed step by step, closed by two once everybody was told."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from identity.rights import duties, selectors
from identity.rights.contracts import (
    INCIDENT_KIND,
    TEXT_MAX,
    TITLE_MAX,
    IncidentClosed,
    IncidentDutiesOpen,
    IncidentNature,
    IncidentNotFound,
    InvalidIncident,
    Severity,
    TimelineKind,
)
from identity.rights.event_names import RightsEvent
from identity.rights.models import Incident, TimelineEntry


@transaction.atomic
def report_incident(
    *,
    title: str,
    nature: IncidentNature,
    severity: Severity,
    noticed_at: datetime,
    people_affected: int,
    text: str,
    by: Person,
    now: datetime,
) -> Incident:
    """
    Write down that something happened to data; who is told by when follows from the severity.

    :raises InvalidIncident: if it has no title or text, or was noticed in the future
    """
    named, said = title.strip(), text.strip()
    is_said = 1 <= len(named) <= TITLE_MAX and 1 <= len(said) <= TEXT_MAX
    if not is_said or noticed_at > now or people_affected < 0:
        raise InvalidIncident(field="noticed_at" if noticed_at > now else "title")
    with tenancy.acting_as_platform():
        made = Incident.objects.create(
            title=named,
            nature=nature,
            severity=severity,
            duties=duties.NEWEST,
            noticed_at=noticed_at,
            reported_at=now,
            reported_by_id=by.id,
            people_affected=people_affected,
        )
        _enter(made, TimelineKind.NOTED, said, happened_at=noticed_at, by=by, now=now)
        _record(RightsEvent.INCIDENT_REPORTED, made, severity=str(severity))
    return made


@transaction.atomic
def add_entry(
    *,
    incident_id: UUID,
    kind: TimelineKind,
    text: str,
    happened_at: datetime,
    by: Person,
    now: datetime,
    severity: Severity | None = None,
) -> TimelineEntry:
    """
    Write down what was done about an incident; with a severity, it is rated anew.

    :raises IncidentNotFound: if there is none
    :raises IncidentClosed: if it was closed
    :raises InvalidIncident: if nothing is said, or it would happen in the future
    """
    said = text.strip()
    if not 1 <= len(said) <= TEXT_MAX or happened_at > now:
        raise InvalidIncident(field="text" if happened_at <= now else "happened_at")
    if (kind == TimelineKind.RATED) != (severity is not None):
        raise InvalidIncident(field="severity")
    with tenancy.acting_as_platform():
        incident = _open(incident_id)
        if severity is not None:
            incident.severity = severity
            incident.save(update_fields=["severity"])
        made = _enter(incident, kind, said, happened_at=happened_at, by=by, now=now)
        _record(RightsEvent.INCIDENT_ENTERED, incident, kind=str(kind))
    return made


@transaction.atomic
def propose_incident_closing(
    *, incident_id: UUID, lesson: str, is_published: bool, by: Person, now: datetime
) -> Proposed:
    """
    Propose to close an incident, with what was learnt; published, it counts in public.

    :raises IncidentNotFound, IncidentClosed: if there is none that is open
    :raises IncidentDutiesOpen: if somebody has to be told yet
    :raises InvalidIncident: if nothing was learnt
    """
    said = lesson.strip()
    if not 1 <= len(said) <= TEXT_MAX:
        raise InvalidIncident(field="lesson")
    with tenancy.acting_as_platform():
        incident = _open(incident_id)
        _require_told(incident)
    draft = Draft(
        kind=INCIDENT_KIND,
        reference=str(incident.pk),
        label=incident.title,
        content={
            "incident_id": str(incident.pk),
            "lesson": said,
            "is_published": is_published,
        },
        role=Role.OPERATOR,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def close_incident(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Incident:
    """
    Close an incident, as another operator proposed.

    :raises IncidentClosed, IncidentDutiesOpen: if that changed meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=INCIDENT_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        incident = _open(UUID(agreed.content["incident_id"]))
        _require_told(incident)
        incident.closed_at, incident.lesson = now, agreed.content["lesson"]
        incident.is_published = agreed.content["is_published"]
        incident.proposed_by_id = agreed.proposed_by_id
        incident.agreed_by_id = agreed.decided_by_id
        incident.proposal_id = agreed.id
        incident.save()
        _record(RightsEvent.INCIDENT_CLOSED, incident)
    return incident


def _open(incident_id: UUID) -> Incident:
    incident = Incident.objects.filter(pk=incident_id).select_for_update(no_key=True).first()
    if incident is None:
        raise IncidentNotFound
    if incident.closed_at is not None:
        raise IncidentClosed
    return incident


def _require_told(incident: Incident) -> None:
    left = [str(each.kind.label) for each in selectors.duties(incident) if each.told_at is None]
    if left:
        raise IncidentDutiesOpen(left="; ".join(left))


def _enter(
    incident: Incident,
    kind: TimelineKind,
    text: str,
    *,
    happened_at: datetime,
    by: Person,
    now: datetime,
) -> TimelineEntry:
    return TimelineEntry.objects.create(
        incident_id=incident.pk,
        kind=kind,
        text=text,
        happened_at=happened_at,
        entered_at=now,
        entered_by_id=by.id,
    )


def _record(name: RightsEvent, incident: Incident, **facts: str) -> None:
    event = events.Event(
        name=name, object_kind="incident", object_id=incident.pk, object_label="", facts=facts
    )
    events.record([event])
