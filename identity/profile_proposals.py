"""Layouts of codes are published, and taken into use from a day on, as two operators agree."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.canonical import content_hash
from common.errors import InvalidInput
from common.moments import parse_moment
from identity import selectors
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import PROFILE_KIND, Role
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.identifiers import profiles, wellformed
from identity.models import IdentifierProfile
from identity.services import publishing


def propose_profile(
    *,
    definition: Mapping[str, Any] | None,
    version: str,
    use_from: datetime | None,
    reason: str,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose to publish a layout, or to take one into use for codes in no pool, or both.

    :raises ProfileFaults: if the definition is not as its schema says
    :raises ProfileRefused: if it does not read its vectors, or a code could be of two profiles
    :raises ProfileExists: if it is published
    :raises InvalidInput: if there is nothing to do, or the day is over
    :raises UnknownProfile: if no such version is published, nor to be
    :raises ProposalWaits: if that was proposed already
    """
    if definition is None and use_from is None:
        raise InvalidInput(field="use_from")
    if use_from is not None and use_from <= now:
        raise InvalidInput(field="use_from")
    if definition is not None:
        wellformed.require_wellformed(definition)
        version = str(definition["version"])
        if IdentifierProfile.objects.filter(version=version).exists():
            raise publishing.ProfileExists(field="definition")
        profiles.require_publishable(definition, selectors.layouts())
    else:
        selectors.identifier_profile(version)
    content = {
        "content_hash": content_hash(definition) if definition is not None else "",
        "definition": definition,
        "reason": reason.strip(),
        "use_from": use_from.isoformat() if use_from else None,
        "version": version,
    }
    draft = Draft(
        kind=PROFILE_KIND,
        reference=version,
        label=f"SP{version}",
        content=content,
        reason=reason.strip(),
        role=Role.OPERATOR,
        by=by,
        lapses_at=use_from,
        lapses_field="use_from",
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def publish(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> IdentifierProfile:
    """
    Publish a layout, or take it into use, as another operator proposed.

    :raises ProfileRefused, ProfileExists: if what was published meanwhile stands against it
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=PROFILE_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    said = agreed.content
    with tenancy.acting_as_platform():
        if said["definition"] is not None:
            publishing.publish_profile(definition=said["definition"], valid_from=now)
        if said["use_from"]:
            publishing.use_profile(version=said["version"], from_at=parse_moment(said["use_from"]))
        row = IdentifierProfile.objects.get(version=said["version"])
        event = events.Event(
            name=IdentityEvent.PROFILE_PUBLISHED,
            object_kind="identifier_profile",
            object_id=row.version,
            object_label=f"SP{row.version}",
            facts={"use_from": said["use_from"], "content_hash": row.content_hash},
        )
        events.record([event])
    return row
