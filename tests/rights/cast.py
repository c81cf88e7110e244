"""Incidents and erasures that tests speak of."""

from datetime import datetime

from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import User
from identity.rights import services
from identity.rights.contracts import IncidentNature, Severity
from identity.rights.models import Erasure, Incident
from tests import cast


def desk() -> tuple[Person, Person]:
    """Return two operators of one organisation."""
    office = cast.organization("Desk")
    first, second = (cast.member(office, Role.OPERATOR) for _each in range(2))
    return Person(first.pk, office.pk), Person(second.pk, office.pk)


def reported(now: datetime) -> Incident:
    """Return an incident of low severity."""
    return services.report_incident(
        title="Lost phone",
        nature=IncidentNature.LOSS,
        severity=Severity.LOW,
        noticed_at=now,
        people_affected=0,
        text="a phone",
        by=desk()[0],
        now=now,
    )


def erased(now: datetime) -> Erasure:
    """Return the erasure of a person who belonged nowhere."""
    first, second = desk()
    person = User.objects.create_user("erased.soon@test.example")
    proposed = services.propose_erasure(
        person=f"#{person.pk}", reason="asked for it", by=first, now=now
    )
    return services.erase_person(
        proposal_id=proposed.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=now,
    )
