"""What happens in the tests of notices, and to whom."""

from uuid import UUID

from common import doing, tenancy
from common.ids import uuid7
from identity.contracts import Actor, Role
from identity.events import services as events
from identity.models import Organization, User
from identity.notices.models import Notice

ASKED, COUNTED, ROLES = (f"notices.test.{verb}" for verb in ("asked", "counted", "rolled"))


def happened(
    name: str,
    *concerns: Organization,
    object_id: UUID | None = None,
    person: User | None = None,
    **facts: object,
) -> None:
    with tenancy.acting_as_platform(), doing.by(doing.Doer(person_id=person and person.pk)):
        events.record(
            [
                events.Event(
                    name=name,
                    object_kind="member",
                    object_id=object_id or uuid7(),
                    object_label="M-1",
                    concerns=[each.pk for each in concerns],
                    facts=facts,
                )
            ]
        )


def told(user: User) -> list[Notice]:
    with tenancy.acting_as_platform():
        return list(Notice.objects.filter(user=user).order_by("id"))


def actor(user: User, organization: Organization, *roles: Role) -> Actor:
    return Actor(person_id=user.pk, organization_id=organization.pk, roles=frozenset(roles))
